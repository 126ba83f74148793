"""The new rows take the place of the old ones, in the caller's transaction."""

import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Final

from psycopg import errors, sql

from dss_assets.database import Connection
from dss_assets.dataflow import RequestRefused
from dss_assets.delivery.place import Place, build_indexes, carry_over, drop_indexes, find_place
from dss_assets.errors import TransientError
from dss_web.shared.contract import DataflowSituation, Table

# While we wait for those who read the old table, whoever wants to begin waits behind us: no longer than this.
_LOCK_SECONDS: Final = 1
# Then readers have a while to themselves, longer each time.
_PAUSES_SECONDS: Final = (1, 2, 4, 8, 15, 30, 30, 60, 60, 90)


class _Changed(Exception):
    """Somebody changed the table between our looking at it and our lock."""


def require_replaceable(place: Place | None, name: Table, columns: Sequence[str], types: Sequence[str]) -> None:
    """Raise RequestRefused where rows with these columns cannot take the place of what is there."""
    if place is None or (place.is_table and not place.held_by):
        return
    if not place.is_table:
        found, advice = "what has this name there is no ordinary table", "Drop or rename it."
    elif (list(place.column_names), list(place.column_types)) != (list(columns), list(types)):
        holders = ", ".join(place.held_by)
        found = f"its columns have changed, and the table there cannot be replaced, since {holders} depends on it"
        advice = "Drop what depends on it, deliver again, and make it again."
    else:
        return
    raise RequestRefused(
        f"{name.schema}.{name.name} was not copied into the datasets database: {found}. {advice}",
        DataflowSituation.REFUSED,
    )


def put_in_place(connection: Connection, staging: Table, name: Table, require_wanted: Callable[[], None]) -> None:
    """Let the rows of `staging`, a table that no one else sees yet, be those of the table of this name.

    `require_wanted` is called when nothing but the commit can go wrong any more; it raises where the rows are not
    wanted. Raises TransientError where readers did not leave the table for minutes.
    """
    new = find_place(connection, staging)
    assert new is not None
    indexes: Sequence[tuple[str, str]] = ()
    made_for: Sequence[str] = ()
    for pause in (*_PAUSES_SECONDS, 0):
        old = find_place(connection, name)
        require_replaceable(old, name, new.column_names, new.column_types)
        if old and old.held_by:
            _fill(connection, staging, name, new.column_names, require_wanted)
            return
        # Before the lock, since it may take minutes.
        if old and old.indexes != made_for:
            drop_indexes(connection, staging.schema, indexes)
            indexes, made_for = build_indexes(connection, old, new, staging.name), old.indexes
        # Rolled back alone, so that the copied rows are still there for the next try.
        with suppress(errors.LockNotAvailable, _Changed), connection.transaction():
            if old:
                _lock(connection, old, name)
                carry_over(connection, old, new)
            require_wanted()
            _rename(connection, staging, name, indexes)
            return
        time.sleep(pause)
    raise TransientError(
        f"{name.schema}.{name.name} in the datasets database is read without a pause: it could not be locked for a "
        f"moment in {sum(_PAUSES_SECONDS) // 60} minutes. What was there stays. It is tried again."
    )


def _lock(connection: Connection, old: Place, name: Table) -> None:
    """Keep readers from the old table. Raises LockNotAvailable, or _Changed where it is another one by now."""
    connection.execute(sql.SQL("SET LOCAL lock_timeout = {}").format(sql.Literal(f"{_LOCK_SECONDS}s")))
    connection.execute(sql.SQL("LOCK TABLE {} IN ACCESS EXCLUSIVE MODE").format(sql.Identifier(*name)))
    if find_place(connection, name) != old:
        raise _Changed


def _rename(connection: Connection, staging: Table, name: Table, indexes: Sequence[tuple[str, str]]) -> None:
    """Drop the old table, and give its name and those of its indexes to the new one."""
    connection.execute(sql.SQL("DROP TABLE IF EXISTS {}").format(sql.Identifier(*name)))
    connection.execute(
        sql.SQL("ALTER TABLE {} RENAME TO {}").format(sql.Identifier(*staging), sql.Identifier(name.name))
    )
    for index, built in indexes:
        connection.execute(
            sql.SQL("ALTER INDEX {} RENAME TO {}").format(sql.Identifier(name.schema, built), sql.Identifier(index))
        )


def _fill(
    connection: Connection,
    staging: Table,
    name: Table,
    columns: Sequence[str],
    require_wanted: Callable[[], None],
) -> None:
    """Put the rows into the table that is there. Readers see the old ones until the transaction ends."""
    names = sql.SQL(", ").join(map(sql.Identifier, columns))
    table, staged = sql.Identifier(*name), sql.Identifier(*staging)
    connection.execute(sql.SQL("DELETE FROM {}").format(table))
    connection.execute(sql.SQL("INSERT INTO {} ({}) SELECT {} FROM {}").format(table, names, names, staged))
    connection.execute(sql.SQL("DROP TABLE {}").format(staged))
    require_wanted()
