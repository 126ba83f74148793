"""The runs of data-flow's stand-in: stored, worked off, and spoiled as a test or an operator wishes."""

import sqlite3
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from infra.local.dataflow_pipeline import Pipeline, RunFailed

# The stand-in does not need more, and a machine with two cores is not to be kept from other work.
RUNS_AT_ONCE = 2
# How often a run that waits looks whether it may begin.
LOOK_SECONDS = 0.05
UNFINISHED = ("queued", "running")


class DuplicateRun(Exception):
    """There is a run of this id, or of this execution date, already."""


class DagRuns:
    """Runs of one DAG, which copies tables by `pipeline`.

    Runs are stored in `folder`, so that a restart goes on with those that had not ended. For tests: the next
    `failing_runs` runs fail, runs end only while the event `may_run` is set, and none begins while the DAG
    `is_paused` or there is no free worker.
    """

    def __init__(self, pipeline: Pipeline, folder: Path) -> None:
        self.pipeline = pipeline
        self.failing_runs = 0
        self.is_paused = False
        self.has_free_worker = True
        self.may_run = threading.Event()
        self.may_run.set()
        self._lock = threading.RLock()
        self._workers = ThreadPoolExecutor(RUNS_AT_ONCE)
        folder.mkdir(parents=True, exist_ok=True)
        self._runs = sqlite3.connect(folder / "runs.sqlite3", check_same_thread=False, isolation_level=None)
        self._runs.row_factory = sqlite3.Row
        self._runs.execute("PRAGMA journal_mode = WAL")
        self._runs.execute(
            "CREATE TABLE IF NOT EXISTS dag_run (run_id TEXT PRIMARY KEY, execution_date TEXT UNIQUE, schema_name TEXT,"
            " table_name TEXT, state TEXT, log TEXT, queued_at TEXT, start_date TEXT, end_date TEXT)"
        )

    def go_on(self) -> None:
        """Work off the runs that had not ended when the process did."""
        for run in self.all(*UNFINISHED):
            self._workers.submit(self._work, run["run_id"])

    def all(self, *states: str) -> list[dict[str, Any]]:
        """All runs in the order in which they were asked for; those in some states only."""
        with self._lock:
            rows = self._runs.execute("SELECT * FROM dag_run ORDER BY queued_at, rowid").fetchall()
        return [dict(row) for row in rows if not states or row["state"] in states]

    def find(self, run_id: str) -> dict[str, Any] | None:
        """The run of this id."""
        return next((run for run in self.all() if run["run_id"] == run_id), None)

    def add(self, run_id: str, execution_date: str | None, schema: str, table: str) -> dict[str, Any]:
        """Queue a run, which begins as soon as a worker is free. Raises DuplicateRun."""
        with self._lock:
            try:
                self._runs.execute(
                    "INSERT INTO dag_run VALUES (?, ?, ?, ?, 'queued', '', ?, NULL, NULL)",
                    [run_id, execution_date, schema, table, _now()],
                )
            except sqlite3.IntegrityError as error:
                raise DuplicateRun(run_id) from error
        self._workers.submit(self._work, run_id)
        found = self.find(run_id)
        assert found
        return found

    def clear(self, run_id: str) -> None:
        """Let a run that has ended begin once more, as an operator does."""
        self.change(run_id, state="queued", log="", start_date=None, end_date=None)
        self._workers.submit(self._work, run_id)

    def delete(self, run_id: str) -> None:
        """Forget a run, as an operator does."""
        with self._lock:
            self._runs.execute("DELETE FROM dag_run WHERE run_id = ?", [run_id])

    def _work(self, run_id: str) -> None:
        while self.is_paused or not self.has_free_worker:
            time.sleep(LOOK_SECONDS)
        run = self.find(run_id)
        if run is None:
            return
        self.change(run_id, state="running", start_date=_now())
        self.may_run.wait()
        try:
            with self._lock:
                is_to_fail = self.failing_runs > 0
                self.failing_runs -= is_to_fail
            if is_to_fail:
                raise RunFailed("It was told to fail.")
            stamp = run["execution_date"] or run["queued_at"][:19]
            rows = self.pipeline.run(run["schema_name"], run["table_name"], stamp.replace("+00:00", ""))
            state, log = "success", f"{rows:,} rows"
        except RunFailed as failure:
            state, log = "failed", str(failure)
        except Exception as error:  # whatever it is, the run has ended and its asker must learn that
            state, log = "failed", f"{type(error).__name__}: {error}"
        print(f"{run_id} {run['schema_name']}.{run['table_name']}: {state}: {log}", flush=True)
        self.change(run_id, state=state, log=log, end_date=_now())

    def change(self, run_id: str, **changes: str | None) -> None:
        """Write what a run is now."""
        names = ", ".join(f"{name} = ?" for name in changes)
        with self._lock:
            self._runs.execute(f"UPDATE dag_run SET {names} WHERE run_id = ?", [*changes.values(), run_id])  # noqa: S608


def _now() -> str:
    return datetime.now(UTC).isoformat()
