"""What tests of data-flow's runs do: load a file, trigger, poll, and look at the row."""

import time
from dataclasses import dataclass, field
from typing import Any

from psycopg.rows import dict_row

from dss_assets.database import Connection
from dss_assets.dataflow import DataFlow, DataflowSettings, Run, connect, due_sources, poll, requeue, trigger
from infra.local.dag_runs import UNFINISHED
from infra.local.dataflow import DataFlow as StandIn
from infra.local.dataflow_pipeline import Pipeline

CALLER = ("dss", "the key of the caller")
USER, PASSWORD, VIEWER = "dss", "the password of the user", "viewer"
SOURCE, TABLE = "hmrc.exporters", "L1"


class CopiesNothing(Pipeline):
    """A pipeline whose runs succeed at once."""

    def run(self, schema: str, table: str, timestamp: str) -> int:
        return 0


@dataclass
class Ledger:
    """The product's side, connected to the stand-in."""

    connection: Connection
    airflow: StandIn
    api: str
    dataflow: DataFlow = field(init=False)

    def __post_init__(self) -> None:
        self.connect()

    def connect(self, **changes: Any) -> None:
        """Start again with these settings."""
        settings: dict[str, Any] = {
            "dataflow_api": self.api,
            "dataflow_base_url": self.airflow.url,
            "dataflow_hawk_id": CALLER[0],
            "dataflow_hawk_key": CALLER[1],
            "dataflow_username": USER,
            "dataflow_password": PASSWORD,
        }
        self.dataflow = connect(DataflowSettings(**settings | changes))

    def load(self, file: str = "a", source: str = SOURCE) -> None:
        """A file whose rows are in the table, and wait for data-flow."""
        self.connection.execute(
            "INSERT INTO operations.datafile_registry (source, file_name, state, created_timestamp, updated_timestamp)"
            " VALUES (%s, %s, 'processed', now(), now())",
            [source, file],
        )

    def trigger(self, source: str = SOURCE) -> Run | None:
        return trigger(self.connection, self.dataflow, source, TABLE)

    def start(self) -> None:
        """A run over one file, which data-flow has accepted."""
        self.load()
        assert self.trigger()

    def poll(self) -> list[Run]:
        return poll(self.connection, self.dataflow)

    def due(self) -> set[str]:
        """The sources for which data-flow is to be asked now."""
        return set(due_sources(self.connection, self.dataflow))

    def ask_again(self, file: str = "a", source: str = SOURCE) -> None:
        """As a person does who materialises the trigger."""
        requeue(self.connection, source, [file])

    def wait(self) -> None:
        """Until data-flow works on nothing."""
        while self.airflow.dag.all(*UNFINISHED):
            time.sleep(0.02)

    def pass_time(self, interval: str = "1 day") -> None:
        """Let everything be longer ago."""
        self.connection.execute(
            "UPDATE operations.dataflow_run SET asked_at = asked_at - %(by)s::interval,"
            " started_at = started_at - %(by)s::interval, finished_at = finished_at - %(by)s::interval,"
            " next_attempt_at = next_attempt_at - %(by)s::interval",
            {"by": interval},
        )

    def row(self) -> dict[str, Any]:
        """The run that was asked for last."""
        with self.connection.cursor(row_factory=dict_row) as cursor:
            row = cursor.execute("SELECT * FROM operations.dataflow_run ORDER BY id DESC LIMIT 1").fetchone()
        assert row
        return row

    @property
    def told(self) -> tuple[str, str]:
        """State and situation of that run."""
        row = self.row()
        return row["state"], row["situation"]

    def served(self) -> dict[str, int | None]:
        """The run that serves each file."""
        return dict(
            self.connection.execute("SELECT file_name, dataflow_run_id FROM operations.datafile_registry").fetchall()
        )
