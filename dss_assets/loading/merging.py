"""The rows of an earlier file and those of a new one -> one table: rows are appended, or updated by a key.

What stays of the earlier rows has its ids, and what is new has ids behind them. No row passes through this process but
those of the file.
"""

from collections.abc import Sequence
from typing import Final

from psycopg import sql

from dss_assets.database import Connection
from dss_assets.dataset import Append, Update
from dss_assets.errors import InvalidFile
from dss_assets.loading.copy_in import Merged, copy_rows
from dss_assets.loading.kept import find_table_of
from dss_assets.loading.row_rules import quoted
from dss_assets.loading.tables import Tables
from dss_assets.parsing import Rows

_INCOMING: Final = sql.Identifier("pg_temp", "incoming")
# No column of an upload has a blank in its name.
_LINE: Final = sql.Identifier("dss line")
# So many keys an error shows.
_SHOWN: Final = 5


def fill_merged(connection: Connection, staged: Tables, merge: Append | Update, rows: Rows) -> Merged:
    """Fill an empty table with the rows of the earlier file and those of the new one.

    In the caller's transaction, which has said which file is loaded. Raises InvalidFile where the table of the earlier
    file is not there, has columns that are not declared, or has no unique key.
    """
    base = find_table_of(connection, staged.dataset.key, merge.base)
    if base is None:
        raise InvalidFile(
            f"{rows.place} is to be added to the rows of an earlier version ({merge.base}), whose table is not there "
            "any more. Nothing was loaded. Upload the file again."
        )
    known = _known_columns(connection, staged, base, rows.place)
    match merge:
        case Append():
            _take_over(connection, staged, base, known)
            return Merged(copy_rows(connection, staged.l0, rows), 0)
        case Update(key=key):
            return _update(connection, staged, base, known, key, rows)


def _known_columns(connection: Connection, staged: Tables, base: sql.Identifier, place: str) -> list[str]:
    """The declared columns that the table of the earlier file has."""
    found = connection.execute(
        "SELECT attname FROM pg_attribute WHERE attrelid = to_regclass(%s) AND attnum > 0 AND NOT attisdropped",
        [base.as_string(connection)],
    ).fetchall()
    names = {name for (name,) in found}
    declared = [column.name for column in staged.dataset.columns]
    if lost := sorted(names - {*declared, "id", *staged.bookkeeping}):
        raise InvalidFile(
            f"{place} cannot be added to the rows that are there: the table has columns that this version does not "
            f"know ({', '.join(lost)}). Nothing was loaded. Check the columns of the file again."
        )
    return [name for name in declared if name in names]


def _take_over(connection: Connection, staged: Tables, base: sql.Identifier, known: Sequence[str]) -> None:
    """Copy the earlier rows with their ids; whatever is copied next gets ids behind them."""
    connection.execute(
        sql.SQL("INSERT INTO {} (id, {}) SELECT id, {} FROM {} ORDER BY id").format(
            staged.l0, _names(known), sql.SQL(", ").join(_of_type(staged, name) for name in known), base
        )
    )
    _number_on(connection, staged)


def _number_on(connection: Connection, staged: Tables) -> None:
    connection.execute(
        sql.SQL("SELECT setval(pg_get_serial_sequence(%s, 'id'), max(id)) FROM {} HAVING max(id) > 0").format(
            staged.l0
        ),
        [staged.l0.as_string(connection)],
    )


def _update(
    connection: Connection, staged: Tables, base: sql.Identifier, known: Sequence[str], key: Sequence[str], rows: Rows
) -> Merged:
    sent = [column.name for column in rows.columns]
    if missing := [name for name in key if name not in sent or name not in known]:
        raise InvalidFile(
            f"{rows.place} cannot update the rows that are there: {', '.join(missing)} of the key is not a column of "
            "both. Nothing was loaded. Check the columns of the file again."
        )
    connection.execute(
        sql.SQL("CREATE TEMPORARY TABLE incoming ({}, {} bigint GENERATED ALWAYS AS IDENTITY) ON COMMIT DROP").format(
            sql.SQL(", ").join(
                sql.SQL("{} {}").format(sql.Identifier(column.name), sql.SQL(column.type)) for column in rows.columns
            ),
            _LINE,
        )
    )
    copy_rows(connection, _INCOMING, rows)
    connection.execute(sql.SQL("ANALYZE {}").format(_INCOMING))
    _require_key(connection, staged, base, key, rows)
    changed = connection.execute(
        sql.SQL("SELECT count(*) FROM {base} AS base JOIN {incoming} AS sent ON {same} WHERE {differs}").format(
            base=base,
            incoming=_INCOMING,
            same=_has_key(staged, key),
            differs=_differs(staged, [name for name in sent if name in known and name not in key], sent, known),
        )
    ).fetchone()
    assert changed
    every = [column.name for column in staged.dataset.columns]
    # Of a row that is in both, the file's values, empty ones included; a column that only one of both has is its own.
    connection.execute(
        sql.SQL(
            "INSERT INTO {staged} (id, {columns}) SELECT base.id, {values} FROM {base} AS base"
            " LEFT JOIN {incoming} AS sent ON {same} ORDER BY base.id"
        ).format(
            staged=staged.l0,
            columns=_names(every),
            values=sql.SQL(", ").join(_value(staged, name, sent, known) for name in every),
            base=base,
            incoming=_INCOMING,
            same=_has_key(staged, key),
        )
    )
    _number_on(connection, staged)
    added = connection.execute(
        sql.SQL(
            "INSERT INTO {staged} ({columns}) SELECT {columns} FROM {incoming} AS sent"
            " WHERE NOT EXISTS (SELECT FROM {base} AS base WHERE {same}) ORDER BY {line}"
        ).format(
            staged=staged.l0,
            columns=_names(sent),
            incoming=_INCOMING,
            base=base,
            same=_has_key(staged, key),
            line=_LINE,
        )
    ).rowcount
    # Several files may be loaded in one transaction.
    connection.execute(sql.SQL("DROP TABLE {}").format(_INCOMING))
    return Merged(added, changed[0])


def _require_key(connection: Connection, staged: Tables, base: sql.Identifier, key: Sequence[str], rows: Rows) -> None:
    """Raise InvalidFile where the key is empty or comes twice, in the file with its lines, or in the table."""
    is_empty = sql.SQL(" OR ").join(sql.SQL("{} IS NULL").format(sql.Identifier(name)) for name in key)
    shown = sql.SQL(", ").join(sql.SQL("{}::text").format(sql.Identifier(name)) for name in key)
    # The values of each key that is wrong, and the numbers of its first two rows in the file, or its first two ids.
    find = sql.SQL(
        "SELECT ARRAY[{shown}], (array_agg({row} ORDER BY {row}))[1:2] FROM {table} GROUP BY {key}"
        " HAVING count(*) > 1 OR {empty} ORDER BY min({row}) LIMIT 1"
    )
    parts = {"shown": shown, "key": _names(key), "empty": is_empty}
    if found := connection.execute(find.format(table=_INCOMING, row=_LINE, **parts)).fetchone():
        values, numbers = found
        places = [rows.place_of_row(number) for number in numbers]
        told = _told(key, values)
        if None in values:
            raise InvalidFile(f"{places[0]}: found {told}, expected a value in each column of the key. {_CORRECT}")
        raise InvalidFile(
            f"{places[1]}: found {told}, which {places[0]} has already, expected each key once. {_CORRECT}"
        )
    if found := connection.execute(find.format(table=base, row=sql.Identifier("id"), **parts)).fetchone():
        raise InvalidFile(
            f"{rows.place} cannot update the rows that are there: {_told(key, found[0])} is the key of more rows than "
            "one, or a part of it is empty. Nothing was loaded. Choose another key, or replace all rows."
        )


_CORRECT: Final = "Nothing was loaded. Correct the file and upload it again, or choose another key."


def _told(key: Sequence[str], values: Sequence[str | None]) -> str:
    return ", ".join(f"{name} = {quoted(value)}" for name, value in zip(key, values, strict=True))


def _names(names: Sequence[str]) -> sql.Composed:
    return sql.SQL(", ").join(map(sql.Identifier, names))


def _of_type(staged: Tables, name: str, table: str = "") -> sql.Composable:
    """A column of the earlier table in the type that it is to have, which is as wide or wider."""
    kind = next(column.type for column in staged.dataset.columns if column.name == name)
    return sql.SQL("{}::{}").format(sql.Identifier(*filter(None, (table, name))), sql.SQL(kind))


def _has_key(staged: Tables, key: Sequence[str]) -> sql.Composed:
    return sql.SQL(" AND ").join(
        sql.SQL("{} = {}").format(_of_type(staged, name, "base"), sql.Identifier("sent", name)) for name in key
    )


def _differs(staged: Tables, both: Sequence[str], sent: Sequence[str], known: Sequence[str]) -> sql.Composable:
    """Whether the file changes something of a row that is there."""
    conditions = [
        sql.SQL("{} IS DISTINCT FROM {}").format(_of_type(staged, name, "base"), sql.Identifier("sent", name))
        for name in both
    ]
    conditions += [sql.SQL("{} IS NOT NULL").format(sql.Identifier("sent", name)) for name in sent if name not in known]
    return sql.SQL(" OR ").join(conditions) if conditions else sql.SQL("false")


def _value(staged: Tables, name: str, sent: Sequence[str], known: Sequence[str]) -> sql.Composable:
    if name not in sent:
        return _of_type(staged, name, "base")
    if name not in known:
        return sql.Identifier("sent", name)
    return sql.SQL("CASE WHEN sent.{} IS NULL THEN {} ELSE {} END").format(
        _LINE, _of_type(staged, name, "base"), sql.Identifier("sent", name)
    )
