"""`python -m dss_assets go_back`: the release before reads everything that this one leaves."""

import subprocess
import sys
import uuid
from dataclasses import dataclass
from typing import Any

import psycopg
import pytest
from psycopg.types.json import Jsonb

from dss_assets.database import Database, run_lock
from tests.conftest import REPOSITORY, web_environment

# What release 0.2 knows.
FILE_STATES = {"processing", "failed", "processed", "ignored"}
UPLOAD_STATES = {"uploading", "uploaded", "verified", "processing_dss", "processing_dataflow", "completed", "failed"}
COLUMNS = ["item", "amount"]
PLAIN = {
    "encoding": "utf-8",
    "plain": True,
    "width": 2,
    "columns": [
        {"position": n, "title": name, "name": name, "type": "text", "conversion": "none", "offer": "none", "nulls": []}
        for n, name in enumerate(COLUMNS)
    ],
}


@dataclass
class Left:
    """A database as this release leaves it when it is stopped."""

    url: str

    def __post_init__(self) -> None:
        self.connection = psycopg.connect(self.url, autocommit=True)
        (self.pipeline,) = self._one(
            "INSERT INTO pipeline (organisation, dataset, slug) VALUES ('dbt', 'left', 'dbt-left') RETURNING id"
        )

    def _one(self, statement: str, *values: Any) -> tuple[Any, ...]:
        row = self.connection.execute(statement.encode(), values).fetchone()
        assert row
        return row

    def upload(self, state: str, **more: Any) -> str:
        values = {
            "id": str(uuid.uuid4()),
            "pipeline_id": self.pipeline,
            "state": state,
            "data_file_url": "uploads/dbt/left/x",
            "uploaded_at": "2026-11-26",
            **dict.fromkeys(["original_name", "uploaded_by", "encoding", "delimiter", "quote"], "x"),
            "column_names": COLUMNS,
            "column_types": ["text", "text"],
            "reading": Jsonb(PLAIN),
            **more,
        }
        names, places = ", ".join(values), ", ".join(["%s"] * len(values))
        self.connection.execute(
            f"INSERT INTO pipeline_data_file ({names}) VALUES ({places})".encode(), [*values.values()]
        )
        return str(values["id"])

    def file(self, name: str, state: str, run_id: str = "") -> None:
        self.connection.execute(
            "INSERT INTO operations.datafile_registry (source, file_name, state, run_id, created_timestamp,"
            " updated_timestamp) VALUES ('a.b', %s, %s, %s, now(), now())",
            [name, state, run_id],
        )

    def go_back(self, *options: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "dss_assets", "go_back", *options],
            cwd=REPOSITORY,
            env=web_environment(self.url, "file:///nowhere"),
            capture_output=True,
            text=True,
            check=False,
        )

    def state(self, upload: str) -> str:
        return str(self._one("SELECT state FROM pipeline_data_file WHERE id = %s", upload)[0])


@pytest.fixture
def left(database_url: str) -> Left:
    return Left(database_url)


def test_only_states_are_left_that_the_release_before_knows(left: Left) -> None:
    for state in ("due", "failed", "processed"):
        left.file(f"{state}.zip", state)
    cancelled = left.upload("cancelled")

    done = left.go_back()

    assert done.returncode == 0, done.stderr
    assert "1 file due, 1 cancelled upload, 0 uploads to repeat" in done.stdout
    files = left.connection.execute(
        "SELECT file_name, state, next_attempt_at <= now() FROM operations.datafile_registry ORDER BY 1"
    ).fetchall()
    assert files == [("due.zip", "failed", True), ("failed.zip", "failed", None), ("processed.zip", "processed", None)]
    assert {state for _, state, _ in files} <= FILE_STATES
    assert left.state(cancelled) == "failed"
    assert {"failed"} <= UPLOAD_STATES


def test_what_it_would_load_otherwise_than_confirmed_is_to_be_uploaded_again(left: Left) -> None:
    based_on = left.upload("completed")
    readable = [left.upload("uploaded"), left.upload("verified"), left.upload("verified", reading=None)]
    unreadable = [
        left.upload("verified", mode="append", based_on=based_on),
        left.upload("verified", left_out=3),
        left.upload("verified", reading=Jsonb({**PLAIN, "sheet": "Sheet1"})),
        left.upload("verified", reading=Jsonb({**PLAIN, "header_lines": [3]})),
        left.upload("uploaded", column_names=None, column_types=None, reading=None),
    ]
    left.connection.execute(
        "INSERT INTO operations.upload_task (version_id, kind) VALUES (%s, 'check')", [unreadable[-1]]
    )

    assert left.go_back().returncode == 0

    assert [left.state(upload) for upload in readable] == ["uploaded", "verified", "verified"]
    assert {left.state(upload) for upload in unreadable} == {"failed"}
    assert left.connection.execute("SELECT outcome FROM operations.upload_task").fetchall() == [("withdrawn",)]
    assert left.state(based_on) == "completed"


def test_runs_that_load_something_are_waited_for(left: Left) -> None:
    left.file("held.zip", "processing", "the run")
    left.file("dead.zip", "processing", "a dead run")
    left.file("due.zip", "due")
    with Database(left.url).connect("the run") as run, run_lock(run, "the run"):
        tried = left.go_back("--wait", "0")

        assert tried.returncode == 1
        assert "Nothing was handed over: after 0 seconds these runs still load files: the run." in tried.stderr
        assert left.connection.execute(
            "SELECT count(*) FROM operations.datafile_registry WHERE state = 'due'"
        ).fetchone() == (1,)

    assert left.go_back("--wait", "0").returncode == 0
