"""We deliver: a run copies the table itself, and goes through the same ledger as one of data-flow."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime

import psycopg
from psycopg import errors, sql

from dss_assets.database import Connection, Database, is_alive, lock_dataflow, run_lock
from dss_assets.dataflow import RequestRefused, Run, due_sources, ledger
from dss_assets.dataflow.api import AcceptedRun
from dss_assets.dataflow.ledger import Turn
from dss_assets.delivery.api import Delivered, Withdrawal
from dss_assets.delivery.copying import copy_table, target_of
from dss_assets.delivery.datasets_database import ConnectionRefused, DatasetsDatabase, details, explain
from dss_assets.errors import IngestionError, TransientError
from dss_web.shared.contract import DataflowSituation, DataflowState

_STOPPED = "It is not tried again by itself: materialise the datasets asset, or have the upload copied again."


class _NotWanted(TransientError):
    """The run's row is gone, or says that the run has ended: its rows must not be put in place."""


class ByCopy:
    """Delivery by ourselves, within the run that has loaded the files."""

    asset = "datasets"
    external_asset = None
    accepts_run_ids = True
    seconds_between_runs = 0.0

    def __init__(self, database: Database, datasets: DatasetsDatabase, configuration: str = "") -> None:
        """Out of `database`, the service's own, into `datasets`."""
        self.configuration = configuration
        self._database = database
        self._datasets = datasets

    def deliver(self, connection: Connection, source: str, table: str, schema: str | None = None) -> Delivered | None:
        """Copy the table, which takes as long as it takes."""
        with connection.transaction():
            lock_dataflow(connection)
            turn = ledger.take_turn(connection, self, source, table)
            if turn is None:
                return None
            ledger.claim_files(connection, turn.number, source)
        # The lock is taken before the row says that the run works: whoever finds it so knows whether it does.
        with (
            self._connected(connection, turn, f"copy {source}.{table}") as target,
            run_lock(connection, turn.run_id),
        ):
            ledger.accept(connection, turn.number, AcceptedRun(turn.run_id), started_at=datetime.now(UTC))
            return self._copy(connection, target, turn, schema or source, table)

    @contextmanager
    def _connected(self, connection: Connection, turn: Turn, purpose: str) -> Iterator[Connection]:
        """A connection to the datasets database. Without one the run has not begun, and is due again."""
        with ExitStack() as stack:
            try:
                target = stack.enter_context(self._datasets.connect(purpose))
            except ConnectionRefused as error:
                ledger.stop(connection, turn.number, f"{error} {_STOPPED}", error.situation)
                raise
            except TransientError as error:
                ledger.postpone(connection, turn.number, str(error), DataflowSituation.UNANSWERED)
                raise
            yield target

    def _copy(self, connection: Connection, target: Connection, turn: Turn, schema: str, table: str) -> Delivered:
        reason = ""
        try:
            try:
                copied = copy_table(
                    self._database, target, schema, table, lambda: _while_wanted(connection, turn.number)
                )
            except psycopg.Error as error:
                reason = details(error)
                raise explain(error, f"{schema}.{table}") from error
        except _NotWanted:
            raise
        except RequestRefused as error:
            stopped = RequestRefused(f"{error} {_STOPPED}", error.situation)
            ledger.stop(connection, turn.number, str(stopped), stopped.situation, reason)
            raise stopped from error
        except IngestionError as error:
            ledger.finish(connection, turn.number, DataflowState.FAILED, str(error), "", reason)
            raise
        run = ledger.finish(connection, turn.number, DataflowState.SUCCESS)
        seconds = round(copied.seconds, 3)
        return Delivered(run, {"run": run.run_id, "rows": copied.rows, "bytes": copied.size, "seconds": seconds})

    def due_sources(self, connection: Connection) -> dict[str, str]:
        """Those that are to be copied now."""
        return due_sources(connection, self)

    def poll(self, connection: Connection) -> list[Run]:
        """Runs whose process has ended before they did: they are due again."""
        dead = [entry.run for entry in ledger.running(connection) if not is_alive(connection, entry.run.run_id)]
        if not dead:
            return []
        # A run that ended between the two looks has said so before it let go of its lock.
        unended = {entry.run.id for entry in ledger.running(connection)}
        text = (
            "The process that copied {}.{} ended before it was done, or data-flow was asked for it before the service "
            "delivered by itself. What was there stays. It is copied again."
        )
        return [
            ledger.finish(
                connection,
                run.id,
                DataflowState.FAILED,
                text.format(run.schema_name, run.table_name),
                DataflowSituation.LOST,
            )
            for run in dead
            if run.id in unended
        ]

    def withdraw(self, organisation: str, dataset: str) -> Withdrawal:
        """Drop the copy. A run that copies it now finds its row gone, and puts nothing in place."""
        table = sql.Identifier(*target_of(f"{organisation}.{dataset}"))
        left = "What data-flow keeps of it, if the dataset was ever delivered by it."
        with self._datasets.connect(f"delete {organisation}.{dataset}") as target:
            try:
                found = target.execute("SELECT to_regclass(%s)", [table.as_string(target)]).fetchone()
                if found is None or found[0] is None:
                    return Withdrawal(left, {"copies in the datasets database": 0})
                with target.transaction():
                    target.execute("SET LOCAL lock_timeout = '5s'")
                    target.execute(sql.SQL("DROP TABLE {}").format(table))
            except psycopg.Error as error:
                text = error.diag.message_primary or str(error)
                raise TransientError(
                    f"The copy {table.as_string(target)} in the datasets database was not dropped: {text}. "
                    f"{error.diag.message_detail or ''} It is tried again."
                ) from error
        return Withdrawal(left, {"copies in the datasets database": 1})


@contextmanager
def _while_wanted(connection: Connection, number: int) -> Iterator[None]:
    """Hold the run's row, so that nobody deletes it, or says that the run has ended, before it has."""
    with connection.transaction():
        try:
            row = connection.execute(
                sql.SQL("SELECT state = {running} FROM {runs} WHERE id = %s FOR SHARE NOWAIT").format(
                    runs=ledger.RUNS, **ledger.STATES
                ),
                [number],
            ).fetchone()
        except errors.LockNotAvailable as error:
            raise _NotWanted(f"The row of run {number} is being changed: nothing was put in place.") from error
        if not (row and row[0]):
            raise _NotWanted(
                f"Run {number} was given up, or its dataset deleted, while it copied: nothing was put in place."
            )
        yield
