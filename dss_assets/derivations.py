"""The journey of a derived L1: due when an input has changed, made, and registered, or failed with the reason.

Its row in the registry has the source `organisation.dataset.transformed` and the name L1. `version` is the recipe of
the table that is there, `offered_version` that of the last attempt.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import psycopg
from psycopg import sql
from psycopg.rows import class_row

from dss_assets import registry
from dss_assets.database import Connection, Database, file_lock
from dss_assets.dataset import Dataset
from dss_assets.errors import TransientError
from dss_assets.loading.derived import Filled, as_error, fill
from dss_assets.loading.recipe import (
    Recipe,
    Unit,
    derivation_of,
    digest_of,
    empty_inputs,
    input_versions,
    recipe_of,
)
from dss_assets.loading.staging import Staging
from dss_web.shared.contract import REGISTRY, FileState

TABLE: Final = "L1"

_REGISTRY: Final = sql.Identifier(*REGISTRY)
# While a client exports a whole table, no other can take its place. Exports of hours would be tried again later.
_SWAP_SECONDS: Final = 600
_SECONDS_BETWEEN_SWAPS: Final = 2.0


@dataclass(frozen=True, slots=True)
class Made:
    """A derived table that is in its place, and registered."""

    recipe: Recipe
    filled: Filled
    seconds: float


@dataclass(frozen=True, slots=True)
class Outlook:
    """Whether it is time to make a table, and why or why not, as a sentence."""

    is_due: bool
    reason: str


@dataclass(frozen=True, slots=True)
class _Entry:
    state: str
    version: str
    offered_version: str
    error_message: str | None
    is_retried: bool
    must_wait: bool

    @property
    def made_by(self) -> Recipe | None:
        return Recipe.parse(self.version)


def _find(connection: Connection, source: str) -> _Entry | None:
    with connection.cursor(row_factory=class_row(_Entry)) as cursor:
        return cursor.execute(
            sql.SQL(
                "SELECT state, version, offered_version, error_message,"
                " coalesce(state = %(failed)s AND next_attempt_at <= now(), false) AS is_retried,"
                " coalesce(state = %(failed)s AND next_attempt_at > now(), false) AS must_wait"
                " FROM {} WHERE source = %(source)s AND file_name = %(name)s"
            ).format(_REGISTRY),
            {"failed": FileState.FAILED, "source": source, "name": TABLE},
        ).fetchone()


def outlook(connection: Connection, dataset: Dataset) -> Outlook:
    """Whether a derived L1 is to be made now: once after each change of its inputs, and not while they are loaded."""
    entry = _find(connection, dataset.derived_source)
    obstacle = next(_obstacles(connection, dataset, entry), None)
    if obstacle:
        return Outlook(False, f"{dataset.key}.{TABLE} {obstacle}")
    changes = _changes(_today(connection, dataset), entry.made_by if entry else None)
    return Outlook(True, f"{dataset.key}.{TABLE} is to be made: {changes}.")


def _today(connection: Connection, dataset: Dataset) -> Recipe:
    versions = {label: version or 0 for label, version in input_versions(connection, dataset).items()}
    return Recipe(versions, digest_of(dataset))


def _obstacles(connection: Connection, dataset: Dataset, entry: _Entry | None) -> Iterator[str]:
    """Why a table is not to be made now, the cheapest to find out first."""
    today = _today(connection, dataset)
    if entry and entry.state == FileState.PROCESSING:
        yield "is being made."
    if entry and entry.state == FileState.PROCESSED and today.is_like(entry.made_by):
        yield "is made of its inputs as they are."
    if entry and entry.must_wait:
        yield f"was not made, and is tried again later: {entry.error_message}"
    was_attempted = entry and today.is_like(Recipe.parse(entry.offered_version))
    if entry and entry.state == FileState.FAILED and was_attempted and not entry.is_retried:
        yield f"was not made, and no input has changed since: {entry.error_message}"
    if loading := files_on_their_way(connection, dataset):
        yield f"waits until its inputs are loaded: {', '.join(loading)}."
    if empty := empty_inputs(connection, dataset):
        yield f"waits for rows of its inputs: {', '.join(empty)}."


def _changes(today: Recipe, before: Recipe | None) -> str:
    if before is None:
        return "it was not made yet"
    if today.sql != before.sql:
        return "its declaration has changed"
    changed = [name for name, version in today.inputs.items() if before.inputs.get(name) != version]
    return f"{', '.join(changed)} has changed" if changed else "the last attempt failed"


def files_on_their_way(connection: Connection, dataset: Dataset) -> list[str]:
    """The files of the inputs that wait to be loaded or are being loaded; those that failed for good do not count."""
    inputs = {one.dataset for one in derivation_of(dataset).inputs}
    rows = connection.execute(
        sql.SQL(
            "SELECT source || ' ' || file_name FROM {} WHERE source = ANY (%s)"
            " AND (state IN (%s, %s) OR (state = %s AND next_attempt_at IS NOT NULL)) ORDER BY 1"
        ).format(_REGISTRY),
        [
            # An input may be derived itself.
            [*inputs, *(f"{key}.transformed" for key in inputs if key != dataset.key)],
            FileState.DUE,
            FileState.PROCESSING,
            FileState.FAILED,
        ],
    ).fetchall()
    return [name for (name,) in rows]


def derive(
    database: Database,
    connection: Connection,
    dataset: Dataset,
    run_id: str,
    units: Sequence[Unit] | None = None,
    say: Callable[[str], None] = lambda _: None,
) -> Made:
    """Make a derived L1 of its inputs as they are now, put it in the place of the one before, and register it.

    `connection` is in autocommit mode. `units` are those to which the table is limited: None for those of the table
    before, none at all for all that there are. What an attempt before has done of the same inputs is not done again.
    Raises InvalidDerivation or TransientError once the reason is in the registry; the table is then as before.
    """
    source = dataset.derived_source
    with file_lock(connection, source, TABLE):
        entry = _find(connection, source)
        last = Recipe.parse(entry.version) if entry else None
        chosen = (last.units if last else None) if units is None else (units or None)
        registry.begin(connection, source, TABLE, run_id)

        def choose(inputs: Connection) -> Recipe:
            recipe = recipe_of(inputs, dataset, chosen)
            _record_attempt(connection, source, recipe)
            return recipe

        started = time.monotonic()
        try:
            loading = files_on_their_way(connection, dataset)
            if loading:
                raise TransientError(
                    f"{dataset.key}.{TABLE} was not made, since its inputs are being loaded: {', '.join(loading)}. "
                    "It is made once they are loaded."
                )
            recipe, filled = fill(database, connection, dataset, choose, say)
            staging = Staging(dataset)
            staging.finish(connection)
            _swap(connection, staging, source, recipe, filled, started)
        except Exception as error:
            reason = as_error(error, dataset)
            registry.fail(connection, source, TABLE, reason)
            raise reason from error
    return Made(recipe, filled, time.monotonic() - started)


def _record_attempt(connection: Connection, source: str, recipe: Recipe) -> None:
    connection.execute(
        sql.SQL("UPDATE {} SET offered_version = %s WHERE source = %s AND file_name = %s").format(_REGISTRY),
        [str(recipe), source, TABLE],
    )


def _swap(
    connection: Connection, staging: Staging, source: str, recipe: Recipe, filled: Filled, started: float
) -> None:
    """Put the table in its place in the transaction of its row in the registry, as soon as nobody reads the old one."""
    deadline = time.monotonic() + _SWAP_SECONDS
    while True:
        try:
            with connection.transaction():
                staging.swap(connection)
                connection.execute(
                    sql.SQL("UPDATE {} SET version = %s WHERE source = %s AND file_name = %s").format(_REGISTRY),
                    [str(recipe), source, TABLE],
                )
                registry.finish(connection, source, TABLE, filled.rows, time.monotonic() - started, recipe.sql)
        except psycopg.errors.LockNotAvailable as error:
            if time.monotonic() > deadline:
                raise TransientError(
                    f"{staging.dataset.key}.{TABLE} is made but not in its place: clients read the old one without a "
                    f"break for {_SWAP_SECONDS} seconds. It is tried again, and nothing is computed again for it."
                ) from error
            time.sleep(_SECONDS_BETWEEN_SWAPS)
        else:
            return
