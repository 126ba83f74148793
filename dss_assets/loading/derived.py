"""L1 that is derived from other tables: computed beside the old one in batches, by several connections.

Every batch reads the same snapshot of the inputs, which the versions in the recipe belong to.
"""

import queue
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from psycopg import sql

from dss_assets.counts import counted
from dss_assets.database import Connection, Database
from dss_assets.dataset import Dataset
from dss_assets.errors import InvalidDerivation, TransientError
from dss_assets.loading.recipe import Recipe, Unit, derivation_of
from dss_assets.loading.staging import Batch, Staging

# Enough for a person to see which they are.
_UNITS_NAMED: Final = 5

# As many as there are cores where it was measured; the API needs its share while a table is computed.
WORKERS: Final = 2


@dataclass(frozen=True, slots=True)
class Filled:
    """A staging table with all of its rows. `units` were computed now, `earlier_units` by a process before."""

    rows: int
    units: int
    earlier_units: int


def fill(
    database: Database,
    connection: Connection,
    dataset: Dataset,
    choose: Callable[[Connection], Recipe],
    say: Callable[[str], None] = lambda _: None,
) -> tuple[Recipe, Filled]:
    """Fill the staging tables by the recipe that `choose` makes of a snapshot of the inputs.

    `connection` is in autocommit mode, and the caller keeps other processes from the same dataset. `say` is told of the
    progress. Raises InvalidDerivation and TransientError; what was done until then stays for the next attempt.
    """
    staging = Staging(dataset)
    with database.connect(f"inputs of {dataset.key}") as keeper, keeper.transaction():
        keeper.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        snapshot = keeper.execute("SELECT pg_export_snapshot()").fetchone()[0]  # type: ignore[index]
        recipe = choose(keeper)
        there = _units(keeper, staging)
        staging.prepare(connection, recipe)
        units = _wanted(dataset, there, recipe.units)
        done = staging.done(connection)
        missing = [unit for unit in units if unit not in done]
        if len(missing) < len(units):
            say(f"Going on with {len(missing):,} of {counted(len(units), staging.derived.unit)}; the others are done.")
        size = staging.derived.batch
        batches = [Batch(start, units[start : start + size]) for start in range(0, len(units), size)]
        # A batch is done as a whole or not at all, and the same units are in it as in the attempt before.
        rows = _fill_batches(
            database, staging, snapshot, [batch for batch in batches if batch.units[0] not in done], say
        )
    total = rows + sum(done.values())
    if total == 0:
        raise InvalidDerivation(
            f"{dataset.key}.L1 was not made: its SQL gave no rows for {counted(len(units), staging.derived.unit)}"
            f"{f': {_listed(units)}' if units else ''}. The table stays as it was. "
            "See whether all of its inputs have rows that belong together."
        )
    return recipe, Filled(total, len(missing), len(done))


def _units(connection: Connection, staging: Staging) -> list[Unit]:
    statement = staging.filled_in(staging.derived.parts[0].sql, sql.NULL)
    return [
        unit
        for (unit,) in connection.execute(
            sql.SQL("SELECT unit FROM ({}) AS units (unit) WHERE unit IS NOT NULL GROUP BY unit ORDER BY unit").format(
                statement
            )
        ).fetchall()
    ]


def _listed(units: Sequence[Unit]) -> str:
    """The first of them, as many as a sentence takes."""
    return ", ".join([*map(str, units[:_UNITS_NAMED]), *(["…"] if len(units) > _UNITS_NAMED else [])])


def _wanted(dataset: Dataset, there: Sequence[Unit], wanted: Sequence[Unit] | None) -> list[Unit]:
    unknown = sorted({*(wanted or ())} - {*there}, key=str)
    if unknown:
        raise InvalidDerivation(
            f"{dataset.key}.L1 was not made: its inputs have no {derivation_of(dataset).unit} "
            f"{', '.join(map(str, unknown))}, to which it was to be limited. They have {len(there)} of them"
            f"{f', from {there[0]} to {there[-1]}' if there else ''}."
        )
    return [unit for unit in there if wanted is None or unit in set(wanted)]


def _fill_batches(
    database: Database, staging: Staging, snapshot: str, batches: Sequence[Batch], say: Callable[[str], None]
) -> int:
    """The rows of all batches, each computed by the first of the workers that is free. Raises what a worker raises."""
    waiting: queue.SimpleQueue[Batch] = queue.SimpleQueue()
    for batch in batches:
        waiting.put(batch)
    # What a worker has done, or None when it ends: `say` is called here alone, whatever it does with the text.
    done: queue.SimpleQueue[tuple[Batch, int] | Exception | None] = queue.SimpleQueue()
    is_given_up = threading.Event()

    def work() -> None:
        try:
            with database.connect(f"derive {staging.dataset.key}") as connection:
                while not is_given_up.is_set():
                    batch = waiting.get_nowait()
                    done.put((batch, staging.fill_batch(connection, snapshot, batch)))
        except queue.Empty:
            pass
        except Exception as error:
            done.put(error)
        finally:
            done.put(None)

    workers = [threading.Thread(target=work, daemon=True) for _ in range(min(WORKERS, len(batches)))]
    for worker in workers:
        worker.start()
    try:
        return sum(_results(done, len(workers), len(batches), say))
    finally:
        # A batch that has begun is finished, for the next attempt.
        is_given_up.set()
        for worker in workers:
            worker.join()


def _results(
    done: queue.SimpleQueue[tuple[Batch, int] | Exception | None],
    workers: int,
    batches: int,
    say: Callable[[str], None],
) -> Iterator[int]:
    """The rows of each batch as it is done, until all workers have ended."""
    number = 0
    while workers:
        match done.get():
            case None:
                workers -= 1
            case Exception() as error:
                raise error
            case (batch, rows):
                number += 1
                say(f"{number} of {batches} batches are done, the last for {batch}.")
                yield rows


def as_error(error: Exception, dataset: Dataset) -> InvalidDerivation | TransientError:
    """The error with its reason; what is not known to be the fault of the SQL or its inputs may pass."""
    if isinstance(error, InvalidDerivation | TransientError):
        return error
    return TransientError(f"{dataset.key}.L1 was not made: {error!r}. It is tried again.")
