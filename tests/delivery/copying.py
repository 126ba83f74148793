"""What tests of our own delivery do: make a table, deliver it, and look into the datasets database."""

from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg import sql
from psycopg.rows import dict_row

from dss_assets.database import Connection, Database
from dss_assets.delivery.api import Delivered
from dss_assets.delivery.by_copy import ByCopy
from dss_assets.delivery.copying import Copied, copy_table
from dss_assets.delivery.datasets_database import DatasetsDatabase
from tests.parts.waiting import wait_until

SOURCE, TABLE = "hmrc.exporters", "L1"
# A row whose reading waits for whoever holds this lock.
GATE = 4711


@dataclass
class Deliveries:
    """The product's side over a database, and the datasets database. `url` is that by which the product knows it."""

    connection: Connection
    database_url: str
    datasets_url: str
    url: str = ""

    def connected(self, configuration: str = "") -> ByCopy:
        """The delivery that the settings name."""
        return ByCopy(Database(self.database_url), DatasetsDatabase(self.url or self.datasets_url), configuration)

    def make(self, select: str = "SELECT id, 'name ' || id AS name FROM generate_series(1, 3) AS id") -> None:
        """Let the table have these columns and rows."""
        self.connection.execute('CREATE SCHEMA IF NOT EXISTS "hmrc.exporters"')
        self.connection.execute('DROP VIEW IF EXISTS "hmrc.exporters"."L1"')
        self.connection.execute('DROP TABLE IF EXISTS "hmrc.exporters"."L0"')
        self.connection.execute(f'CREATE TABLE "hmrc.exporters"."L0" AS {select}'.encode())
        self.connection.execute('CREATE VIEW "hmrc.exporters"."L1" AS SELECT * FROM "hmrc.exporters"."L0"')

    def make_gated(self) -> None:
        """Many rows, of which the last one is read only once nobody holds the gate."""
        self.make("SELECT id, 'name ' || id AS name FROM generate_series(1, 100000) AS id")
        self.connection.execute(
            sql.SQL(
                'CREATE OR REPLACE VIEW "hmrc.exporters"."L1" AS SELECT * FROM "hmrc.exporters"."L0" WHERE CASE'
                " WHEN id = 90000 THEN pg_advisory_xact_lock_shared({}) IS NOT NULL ELSE true END"
            ).format(GATE)
        )

    def load(self, file: str = "a", source: str = SOURCE) -> None:
        """A file whose rows are in the table, and wait to be delivered."""
        self.connection.execute(
            "INSERT INTO operations.datafile_registry (source, file_name, state, created_timestamp, updated_timestamp)"
            " VALUES (%s, %s, 'processed', now(), now())",
            [source, file],
        )

    def deliver(self) -> Delivered | None:
        """What a run does, on a connection of its own."""
        with Database(self.database_url).connect("a run") as connection:
            return self.connected().deliver(connection, SOURCE, TABLE)

    @contextmanager
    def delivering(self) -> Iterator[Future[Delivered | None]]:
        """A run that works beside the test."""
        with ThreadPoolExecutor(1) as worker:
            yield worker.submit(self.deliver)

    @contextmanager
    def delivering_up_to_the_gate(self) -> Iterator[Future[Delivered | None]]:
        """A run that works beside the test, and waits in the middle of the gated table until the end of the block.

        The gate is shut before the run starts: one that started first could be through already.
        """
        with ThreadPoolExecutor(1) as worker, self.gate():
            run = worker.submit(self.deliver)
            self.wait_for(self.database_url, "advisory")
            yield run

    @contextmanager
    def delivering_beside_the_ledger(self) -> Iterator[Future[Copied]]:
        """A copy of which the ledger knows nothing."""

        def copy() -> Copied:
            with DatasetsDatabase(self.datasets_url).connect("copy beside") as target:
                return copy_table(Database(self.database_url), target, SOURCE, TABLE, nullcontext)

        with ThreadPoolExecutor(1) as worker:
            yield worker.submit(copy)

    @contextmanager
    def gate(self) -> Iterator[None]:
        """Whoever reads the gated row waits until the end of the block."""
        with psycopg.connect(self.database_url) as connection:
            connection.execute("SELECT pg_advisory_lock(%s)", [GATE])
            yield

    def there(self, statement: str = "SELECT * FROM hmrc.exporters ORDER BY 1", **parameters: Any) -> list[Any]:
        """What a query in the datasets database gives."""
        with psycopg.connect(self.datasets_url) as connection:
            return connection.execute(statement.encode(), parameters or None).fetchall()

    def do_there(self, *statements: str) -> None:
        """Change something in the datasets database, as its owner."""
        with psycopg.connect(self.datasets_url, autocommit=True) as connection:
            for statement in statements:
                connection.execute(statement.encode())

    def tables_there(self) -> set[str]:
        """All tables of the organisation, finished or not."""
        found = self.there("SELECT relname FROM pg_class WHERE relnamespace = 'hmrc'::regnamespace AND relkind = 'r'")
        return {name for (name,) in found}

    def wait_for(self, url: str, waiting: str) -> int:
        """The backend of a copy that waits for what pg_stat_activity calls this."""
        found: list[tuple[int]] = []
        with psycopg.connect(url, autocommit=True) as connection:

            def is_there() -> bool:
                found[:] = connection.execute(
                    "SELECT pid FROM pg_stat_activity WHERE datname = current_database()"
                    " AND application_name LIKE 'dss copy%%' AND wait_event = %s",
                    [waiting],
                ).fetchall()
                return bool(found)

            wait_until(is_there, f"a copy waits for {waiting}")
        return found[0][0]

    def due(self) -> set[str]:
        """The sources that are to be delivered now."""
        return set(self.connected().due_sources(self.connection))

    def pass_time(self) -> None:
        """Let everything be a day ago."""
        self.connection.execute(
            "UPDATE operations.dataflow_run SET finished_at = finished_at - interval '1 day',"
            " next_attempt_at = next_attempt_at - interval '1 day'"
        )

    def run(self) -> dict[str, Any]:
        """The row of the last run."""
        with self.connection.cursor(row_factory=dict_row) as cursor:
            row = cursor.execute("SELECT * FROM operations.dataflow_run ORDER BY id DESC LIMIT 1").fetchone()
        assert row
        return row
