"""The two halves see the same rows: what the assets write by SQL is what the web half's models read."""

import json
import os
import subprocess
import sys
from typing import Any

import psycopg

from dss_assets import registry
from dss_assets.database import Connection, is_alive, run_lock
from dss_assets.errors import DamagedFile, IngestionError, InvalidFile, TransientError
from dss_assets.sources import RemoteFile
from dss_assets.storage import StoredFile
from tests.conftest import REPOSITORY, web_environment

SOURCE, FILE = "hmrc.exporters", "exporters1601.zip"


def models(connection: Connection, model: str) -> list[dict[str, Any]]:
    """The rows of a model, read by Django."""
    parameters = connection.info
    url = f"postgresql://{parameters.user}@{parameters.host}:{parameters.port}/{parameters.dbname}"
    dumped = subprocess.run(
        [sys.executable, "manage.py", "dumpdata", f"registry.{model}"],
        cwd=REPOSITORY,
        env={**os.environ, **web_environment(url, "file:///nowhere")},
        check=True,
        capture_output=True,
    )
    return [row["fields"] for row in json.loads(dumped.stdout)]


DOWN = TransientError("the publisher was down")
BAD = InvalidFile("line 3 is ragged")


def _load(connection: Connection, name: str, version: str = "v1") -> None:
    registry.begin(connection, SOURCE, name, "a run")
    registry.record_stored(connection, SOURCE, name, version, StoredFile("a path", 3, "a digest"))
    registry.finish(connection, SOURCE, name, 7, 0.5, "a declaration")


def _fail(connection: Connection, name: str, error: IngestionError) -> None:
    registry.begin(connection, SOURCE, name, "a run")
    registry.fail(connection, SOURCE, name, error)


def _due(connection: Connection, *files: RemoteFile) -> list[str]:
    return registry.record_due_files(connection, SOURCE, files)


def _run(connection: Connection) -> None:
    """End what is due as a run would that fails for good."""
    connection.execute("UPDATE operations.datafile_registry SET state = 'failed' WHERE state = 'due'")


def test_a_files_way_through_the_registry_is_what_the_models_show(connection: Connection) -> None:
    assert _due(connection, RemoteFile(FILE, "https://publisher/a.zip", "v1")) == [FILE]
    (due,) = models(connection, "datafile")
    expected: dict[str, object] = {
        "source": SOURCE,
        "file_name": FILE,
        "state": "due",
        "offered_version": "v1",
        "version": "",
    }
    assert {name: due[name] for name in expected} == expected
    assert due["url"] == "https://publisher/a.zip"

    _fail(connection, FILE, DOWN)
    (failed,) = models(connection, "datafile")
    expected = {"state": "failed", "error_message": "the publisher was down", "attempts": 1, "run_id": "a run"}
    assert {name: failed[name] for name in expected} == expected
    assert failed["next_attempt_at"] > failed["updated_timestamp"]

    _load(connection, FILE)
    (done,) = models(connection, "datafile")
    assert {name: value for name, value in done.items() if not name.endswith(("timestamp", "_at"))} == {
        "source": SOURCE,
        "file_name": FILE,
        "state": "processed",
        "error_message": None,
        "version": "v1",
        "digest": "a digest",
        "declaration": "a declaration",
        "refused_declaration": "",
        "loaded_digest": "a digest",
        "size": 3,
        "url": "https://publisher/a.zip",
        "offered_version": "v1",
        "rows": 7,
        "records": None,
        "rejected": 0,
        "superseded": 0,
        "skipped": {},
        "file_date": None,
        "file_kind": 0,
        "header": {},
        "verdict": {},
        "seconds": 0.5,
        "run_id": "a run",
        "attempts": 0,
        "failing_since": None,
        "findings": None,
        "dataflow_run": None,
        "concerns_dataflow": True,
    }
    assert done["next_attempt_at"] is None


def test_due_is_what_is_new_or_changed_or_at_its_next_attempt(connection: Connection) -> None:
    for name in ("transient", "bad", "loaded", "changed"):
        _load(connection, name)
    _fail(connection, "transient", DOWN)
    _fail(connection, "bad", BAD)
    offered = [
        RemoteFile(name, "", "v2" if name == "changed" else "v1")
        for name in ("new", "transient", "bad", "loaded", "changed")
    ]

    assert _due(connection, *offered) == ["new", "changed"]
    _run(connection)
    assert _due(connection, *offered) == [], "what was offered before is not due again"
    connection.execute("UPDATE operations.datafile_registry SET next_attempt_at = now() WHERE file_name = 'transient'")
    assert _due(connection, *offered) == ["transient"]
    _run(connection)
    assert _due(connection, RemoteFile("bad", "", "v2"), RemoteFile("loaded", "", "")) == ["bad"]


def test_what_was_made_due_stays_due_until_a_run_has_begun(connection: Connection) -> None:
    """A sensor that dies before its run is asked for loses nothing."""
    _load(connection, FILE)
    changed = RemoteFile(FILE, "https://publisher/a.zip", "v2")

    assert _due(connection, changed) == [FILE]
    assert _due(connection, changed) == [FILE]
    registry.begin(connection, SOURCE, FILE, "a run")
    assert _due(connection, changed) == []


def test_damaged_bytes_are_forgotten_and_other_bad_bytes_are_not(connection: Connection) -> None:
    for error, digest in ((BAD, "a digest"), (DamagedFile("half a zip"), "")):
        _load(connection, FILE)
        _fail(connection, FILE, error)
        entry = registry.find(connection, SOURCE, FILE)
        assert entry
        assert entry.digest == digest


def test_another_version_begins_its_attempts_anew(connection: Connection) -> None:
    for _ in range(9):
        _fail(connection, FILE, DOWN)
    _due(connection, RemoteFile(FILE, "", "v2"))
    _fail(connection, FILE, DOWN)

    (file,) = models(connection, "datafile")
    assert file["attempts"] == 1


def test_each_attempt_waits_longer_up_to_an_hour(connection: Connection) -> None:
    waits = []
    for _ in range(14):
        _fail(connection, FILE, DOWN)
        row = connection.execute(
            "SELECT extract(epoch FROM next_attempt_at - updated_timestamp)::int FROM operations.datafile_registry"
        ).fetchone()
        assert row
        waits.append(row[0])

    assert waits == [5, 10, 20, 40, 80, 160, 320, 640, 1280, 2560, 3600, 3600, 3600, 3600]


def test_a_run_is_known_to_work_as_long_as_its_connection_lives(connection: Connection, database_url: str) -> None:
    with psycopg.connect(database_url, autocommit=True) as worker:
        with run_lock(worker, "a run"):
            registry.begin(worker, SOURCE, FILE, "a run")
            assert is_alive(connection, "a run")
            assert registry.requeue_orphaned(connection, SOURCE) == []
        assert not is_alive(connection, "a run")

    assert registry.requeue_orphaned(connection, SOURCE) == [FILE]
    (left,) = models(connection, "datafile")
    assert left["state"] == "failed"
    assert "ended before it was done (run a run)" in left["error_message"]
