"""The two halves see the same rows: what the assets write by SQL is what the web half's models read."""

import json
import os
import subprocess
import sys
from typing import Any

import psycopg

from dss_assets import registry
from dss_assets.database import Connection, is_alive, run_lock
from dss_assets.sources import RemoteFile
from dss_assets.storage import StoredFile
from tests.conftest import REPOSITORY, web_environment

SOURCE, FILE = "hmrc.exporters", "exporters1601.zip"


def _models(connection: Connection, model: str) -> list[dict[str, Any]]:
    """The rows of a model, read by Django."""
    parameters = connection.info
    url = f"postgresql://{parameters.user}@{parameters.host}:{parameters.port}/{parameters.dbname}"
    dumped = subprocess.run(
        [sys.executable, "manage.py", "dumpdata", f"registry.{model}"],
        cwd=REPOSITORY, env={**os.environ, **web_environment(url, "file:///nowhere")}, check=True, capture_output=True,
    )  # fmt: skip
    return [row["fields"] for row in json.loads(dumped.stdout)]


def test_a_files_way_through_the_registry_is_what_the_models_show(connection: Connection) -> None:
    registry.begin(connection, SOURCE, FILE, "run 1")
    registry.fail(connection, SOURCE, FILE, "v1", "the publisher was down", retryable=True)
    (failed,) = _models(connection, "datafile")
    expected = {
        "source": SOURCE, "file_name": FILE, "state": "failed", "error_message": "the publisher was down",
        "attempts": 1, "version": "v1",
    }  # fmt: skip
    assert {name: failed[name] for name in expected} == expected
    assert failed["next_attempt_at"] > failed["updated_timestamp"]

    registry.begin(connection, SOURCE, FILE, "run 2")
    registry.finish(connection, SOURCE, FILE, "v2", StoredFile("a path", 3, "a digest"), 7, 0.5)
    (done,) = _models(connection, "datafile")
    assert {name: value for name, value in done.items() if not name.endswith("timestamp")} == {
        "source": SOURCE, "file_name": FILE, "state": "processed", "error_message": None, "version": "v2",
        "digest": "a digest", "size": 3, "rows": 7, "seconds": 0.5, "run_id": "run 2", "attempts": 0,
        "next_attempt_at": None, "dataflow_run": None,
    }  # fmt: skip


def test_what_is_due_is_new_changed_or_at_its_next_attempt(connection: Connection) -> None:
    for name, retryable in (("passing", True), ("bad", False)):
        registry.begin(connection, SOURCE, name, "run")
        registry.fail(connection, SOURCE, name, "v1", "a reason", retryable=retryable)
    for name in ("loaded", "changed"):
        registry.begin(connection, SOURCE, name, "run")
        registry.finish(connection, SOURCE, name, "v1", StoredFile("", 1, "d"), 1, 0)
    remote_files = [
        RemoteFile("new", "", "v1"), RemoteFile("passing", "", "v1"), RemoteFile("bad", "", "v1"),
        RemoteFile("loaded", "", "v1"),
        RemoteFile("changed", "", "v2"),
    ]  # fmt: skip
    assert registry.due_files(connection, SOURCE, remote_files) == ["new", "changed"]

    connection.execute("UPDATE operations.datafile_registry SET next_attempt_at = now() WHERE file_name = 'passing'")
    assert registry.due_files(connection, SOURCE, remote_files) == ["new", "passing", "changed"]

    mended = [RemoteFile("bad", "", "v2"), RemoteFile("loaded", "", "")]
    assert registry.due_files(connection, SOURCE, mended) == ["bad"]


def test_each_attempt_waits_longer_up_to_an_hour(connection: Connection) -> None:
    waits = []
    for _ in range(14):
        registry.begin(connection, SOURCE, FILE, "run")
        registry.fail(connection, SOURCE, FILE, "", "a reason", retryable=True)
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
    (left,) = _models(connection, "datafile")
    assert left["state"] == "failed"
    assert "ended before it was done (run a run)" in left["error_message"]
