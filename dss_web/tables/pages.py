"""A page of rows, from COPY to the bytes of a JSON body."""

import re
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise
from typing import Final

import orjson
from psycopg import sql
from psycopg.abc import PQGen
from psycopg.generators import copy_from
from psycopg.pq.abc import PGconn

from dss_web.tables.cells import Cell, cell_of, expression
from dss_web.tables.errors import Unprocessable
from dss_web.tables.relation import Column, Relation
from dss_web.tables.routes import Casing, key_of

MAX_ID: Final = 2**63 - 1
ID_TYPES: Final = frozenset({"int2", "int4", "int8"})

# A character that no JSON string holds unescaped stands between cells, a newline between rows.
_BETWEEN: Final = b"\x02"
_CONTROLS: Final = bytes(range(0x20))
_CONTROL: Final = re.compile(rb"[\x00-\x1f]")
_STRING: Final = re.compile(rb'"(?:[^"\\]|\\.)*"', re.DOTALL)
_ESCAPED: Final = re.compile(rb"\\(.)", re.DOTALL)
_NOT_FINITE: Final = re.compile(rb"(?<![^\x02\n])(?:(NaN)|(-?Infinity))(?![^\x02\n])")

_COPY = sql.SQL("""
    COPY (SELECT t."id", {values} FROM {table} t {where} ORDER BY t."id" LIMIT {limit})
    TO STDOUT (FORMAT csv, DELIMITER E'\\x02', QUOTE '"', ESCAPE '\\', NULL 'null'{force_quote})
""")


class Orientation(StrEnum):
    """The form of a page: columns once and rows as lists, or a row as an object."""

    TABULAR = "tabular"
    RECORDS = "records"


@dataclass(frozen=True, kw_only=True)
class Shape:
    """How rows are shown: without the `hidden` columns, with keys in this casing, in this orientation."""

    hidden: frozenset[str]
    casing: Casing
    orientation: Orientation


@dataclass(frozen=True)
class Page:
    """`rows` are JSON, each the list or the object of its orientation; `next_id` is where the next page starts."""

    columns: tuple[str, ...]
    rows: list[bytes]
    next_id: int | None

    def body(self, orientation: Orientation, tail: bytes) -> bytes:
        """The whole body; `tail` goes in before the last brace, and is empty or starts with a comma."""
        if orientation is Orientation.RECORDS:
            head = b'{"results":['
        else:
            head = b'{"headers":' + orjson.dumps(self.columns) + b',"values":['
        if not self.rows:
            return head + b"]" + tail + b"}"
        # Put together in one step: every further copy of a megabyte would be a tenth of the page's time.
        parts = list(self.rows)
        parts[0] = head + parts[0]
        parts[-1] += b"]" + tail + b"}"
        return b",".join(parts)


def shown_columns(relation: Relation, hidden: frozenset[str]) -> list[Column]:
    """The columns that a page shows: id first, the others as they stand in the table.

    Raises Unprocessable unless the table has an integer id, by which its pages can be told apart.
    """
    if not any(c.name == "id" and c.type.name in ID_TYPES and not c.type.is_array for c in relation.columns):
        raise _without_id()
    return sorted((c for c in relation.columns if c.name not in hidden), key=lambda column: column.name != "id")


def read_page(
    relation: Relation, shape: Shape, *, size: int, first_id: int = 0, where: sql.Composable | None = None
) -> Page:
    """Read the rows with id ≥ `first_id` (all, if that is not positive), or those of `where`: at most `size`.

    One statement, which reads a row more than the page has: it tells the next page's id, and that no id repeats
    across pages. Raises Unprocessable where ids repeat or are missing.
    """
    shown = shown_columns(relation, shape.hidden)
    if first_id <= 0 and where is None:
        _check_no_id_is_missing(relation)
        condition: sql.Composable = sql.SQL("")
    else:
        # COPY takes no parameters; a Literal is quoted by libpq.
        condition = sql.SQL("WHERE {}").format(
            where or sql.SQL('t."id" >= {}').format(sql.Literal(min(first_id, MAX_ID)))
        )
    rows = _copy(relation, shown, condition, 0 if first_id > MAX_ID else size + 1)
    first_cells = [row[: row.index(_BETWEEN)] for row in rows]
    if b"null" in first_cells:
        raise _without_id()
    ids = [int(cell) for cell in first_cells]
    if any(following <= earlier for earlier, following in pairwise(ids)):
        raise _without_id()
    names = tuple(key_of(column.name, shape.casing) for column in shown)
    on_page = _as_json(rows[:size], len(shown))
    return Page(
        columns=names,
        rows=_dressed(on_page, names, [cell_of(column.type) for column in shown], shape.orientation),
        next_id=ids[size] if len(ids) > size else None,
    )


def _check_no_id_is_missing(relation: Relation) -> None:
    """Rows without id stand on no page. A look into the index; Postgres 17 knows it of a NOT NULL column at once."""
    statement = sql.SQL('SELECT FROM {} WHERE "id" IS NULL LIMIT 1').format(relation.identifier)
    if relation.connection.execute(statement).rowcount:
        raise _without_id()


def _without_id() -> Unprocessable:
    return Unprocessable("The table must have an id column")


def _copy(relation: Relation, shown: list[Column], where: sql.Composable, limit: int) -> list[bytes]:
    """The rows as COPY writes them, without the newline at their end. The first cell is the id."""
    aliases = [sql.Identifier(f"c{number}") for number in range(len(shown))]
    values = sql.SQL(", ").join(
        sql.SQL("{} AS {}").format(expression(column.type, sql.Identifier("t", column.name)), alias)
        for column, alias in zip(shown, aliases, strict=True)
    )
    quoted = [alias for column, alias in zip(shown, aliases, strict=True) if cell_of(column.type) is not Cell.BARE]
    statement = _COPY.format(
        values=values,
        table=relation.identifier,
        where=where,
        limit=sql.Literal(limit),
        force_quote=sql.SQL(", FORCE_QUOTE ({})").format(sql.SQL(", ").join(quoted)) if quoted else sql.SQL(""),
    )
    with relation.connection.cursor() as cursor, cursor.copy(statement):
        return relation.connection.wait(_drain(relation.connection.pgconn))


def _drain(connection: PGconn) -> PQGen[list[bytes]]:
    """All rows of a running COPY, in one wait; iterating over psycopg's Copy waits once a row, 3 ms a page more."""
    rows: list[bytes] = []
    while isinstance(row := (yield from copy_from(connection)), memoryview):
        rows.append(bytes(row)[:-1])
    return rows


def _as_json(rows: list[bytes], width: int) -> list[bytes]:
    """The rows without the id in front, each cell a JSON value, except those that are nested."""
    rows = [row[row.index(_BETWEEN) + 1 :] for row in rows]
    if not rows:
        return []
    body = b"\n".join(rows)
    # All controls that there ought to be; any other is in a string, and COPY leaves it as it is.
    between = len(rows) * width - 1
    if len(body) - len(body.translate(None, _CONTROLS)) != between:
        rows = [_STRING.sub(_escape_controls, row) for row in rows]
        body = b"\n".join(rows)
    if b"NaN" in body or b"Infinity" in body:
        body = _NOT_FINITE.sub(lambda found: b"null" if found[1] else b'"%b"' % found[2], body)
    return body.split(b"\n")


def _escape_controls(string: re.Match[bytes]) -> bytes:
    return _CONTROL.sub(lambda found: b"\\u%04x" % ord(found[0]), string[0])


def _dressed(rows: list[bytes], names: tuple[str, ...], cells: list[Cell], orientation: Orientation) -> list[bytes]:
    """The rows as JSON lists, or as objects with these names as keys."""
    nested = [number for number, cell in enumerate(cells) if cell is Cell.NESTED]
    if orientation is Orientation.TABULAR and not nested:
        return [b"[" + row.replace(_BETWEEN, b",") + b"]" for row in rows]
    if orientation is Orientation.RECORDS:
        before = [b"," + orjson.dumps(name) + b":" for name in names]
        before[0], after = b"{" + before[0][1:], b"}"
    else:
        before, after = [b"["] + [b","] * (len(names) - 1), b"]"
    # What stands before a value and the value itself, by turns.
    parts = [part for separator in before for part in (separator, b"")] + [after]
    dressed = []
    for row in rows:
        values = row.split(_BETWEEN)
        for number in nested:
            values[number] = _unnested(values[number])
        parts[1::2] = values
        dressed.append(b"".join(parts))
    return dressed


def _unnested(value: bytes) -> bytes:
    """JSON that came within a string, as itself."""
    return value if value == b"null" else _ESCAPED.sub(rb"\1", value[1:-1])
