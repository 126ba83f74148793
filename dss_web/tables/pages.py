"""A page of rows, from COPY to the bytes of a JSON body."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import Final

import numpy as np
import orjson
from psycopg import sql
from psycopg.abc import PQGen
from psycopg.errors import error_from_result
from psycopg.generators import fetch_many
from psycopg.pq import ExecStatus
from psycopg.pq.abc import PGconn
from psycopg.waiting import Ready, Wait

from dss_web.tables.cells import NESTED_CELLS, Cell, cell_of, expression, nested_json
from dss_web.tables.columns import Selection, Shown, require_id, without_id
from dss_web.tables.query import Orientation
from dss_web.tables.relation import Relation

MAX_ID: Final = 2**63 - 1

# Between cells stands what stands there in the body, or a character that no JSON string holds unescaped.
_COMMA, _CONTROL_SEPARATOR = b",", b"\x02"
_FIRST_PRINTABLE: Final = 0x20
_CONTROLS: Final = bytes(range(_FIRST_PRINTABLE))
_CONTROL: Final = re.compile(rb"[\x00-\x1f]")
_STRING: Final = re.compile(rb'"(?:[^"\\]|\\.)*"', re.DOTALL)
# A number that JSON does not know, or a string, which may hold the same letters.
_NOT_FINITE: Final = re.compile(rb'"(?:[^"\\]|\\.)*"|(NaN)|(-?Infinity)', re.DOTALL)
_FRACTIONAL: Final = frozenset({"numeric", "float4", "float8"})

_COPY = sql.SQL('COPY (SELECT {values} FROM {table} t {where} ORDER BY t."id" LIMIT {limit}) TO STDOUT ({options})')


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """What a page is to hold: `size` rows at most with id ≥ `first_id`, for which all `conditions` over `t` hold."""

    selection: Selection
    orientation: Orientation
    size: int
    first_id: int = 0
    conditions: Sequence[sql.Composable] = ()


@dataclass(frozen=True)
class Page:
    """`content` is the body but for its last brace, `rows` their number, `next_id` where the next page starts."""

    content: bytes
    rows: int
    next_id: int | None


def read_page(relation: Relation, wanted: Wanted) -> Page:
    """Read a page. One statement, which reads a row more than the page has: it tells the next page's id.

    Raises Unprocessable where the table has no id, or where ids repeat or are missing: of a table with a version
    it is known that they do not.
    """
    require_id(relation)
    if relation.version is None and wanted.first_id <= 0 and not wanted.conditions:
        _check_no_id_is_missing(relation)
    form = _form(wanted.selection, wanted.orientation)
    rows = _copy(relation, form, wanted)
    ids = _ids(rows if relation.version is None else rows[wanted.size :], form.between)
    if any(following <= earlier for earlier, following in pairwise(ids)):
        raise without_id()
    on_page = rows[: wanted.size]
    return Page(form.content(on_page), len(on_page), ids[-1] if len(rows) > wanted.size else None)


def _check_no_id_is_missing(relation: Relation) -> None:
    """Rows without id stand on no page. A look into the index; Postgres 17 knows it of a NOT NULL column at once."""
    statement = sql.SQL('SELECT FROM {} WHERE "id" IS NULL LIMIT 1').format(relation.identifier)
    if relation.connection.execute(statement).rowcount:
        raise without_id()


def _ids(rows: Sequence[memoryview], between: bytes) -> list[int]:
    """The ids of rows whose first cell is the id; at most twenty characters long."""
    cells = [bytes(row[:24]).partition(between)[0].rstrip(b"\n") for row in rows]
    if b"null" in cells:
        raise without_id()
    return [int(cell) for cell in cells]


def _copy(relation: Relation, form: "_Form", wanted: Wanted) -> list[memoryview]:
    """The rows as COPY writes them, each with a newline at its end."""
    conditions = list(wanted.conditions)
    if wanted.first_id > 0:
        # COPY takes no parameters; a Literal is quoted by libpq.
        conditions.append(sql.SQL('t."id" >= {}').format(sql.Literal(min(wanted.first_id, MAX_ID))))
    statement = _COPY.format(
        values=form.values,
        table=relation.identifier,
        where=sql.SQL("WHERE {}").format(sql.SQL(" AND ").join(conditions)) if conditions else sql.SQL(""),
        limit=sql.Literal(0 if wanted.first_id > MAX_ID else wanted.size + 1),
        options=form.options,
    )
    with relation.connection.cursor() as cursor, cursor.copy(statement):
        return relation.connection.wait(_drain(relation.connection.pgconn))


@lru_cache(maxsize=1000)
def _form(selection: Selection, orientation: Orientation) -> "_Form":
    return _Form(selection.columns, orientation)


class _Form:
    """How the rows of a page leave Postgres, and what the body makes of them.

    Each row is a line of cells that are JSON already but for those that are nested, and begins with the id, shown or
    not. Where the body has nothing but commas between values, so has the line: it is used as it is.
    """

    def __init__(self, columns: Sequence[Shown], orientation: Orientation) -> None:
        self.orientation = orientation
        self.names = [shown.key for shown in columns]
        self.cells = [cell_of(shown.type) for shown in columns]
        self.leads_with_id = bool(columns) and columns[0].column.name == "id"
        self.is_plain = orientation is Orientation.TABULAR and NESTED_CELLS.isdisjoint(self.cells)
        self.between = _COMMA if self.is_plain else _CONTROL_SEPARATOR
        self.has_fractions = any(s.type.name in _FRACTIONAL and not s.type.is_array for s in columns)
        self.values, self.options = self._sql(columns)

    def _sql(self, columns: Sequence[Shown]) -> tuple[sql.SQL, sql.SQL]:
        """COPY's columns and options, as text: composing fifty columns anew would take 0.8 ms a page."""
        aliases = [sql.Identifier(f"c{number}") for number in range(len(columns))]
        values: list[sql.Composable] = [
            sql.SQL("{} AS {}").format(expression(shown.type, sql.Identifier("t", shown.column.name)), alias)
            for shown, alias in zip(columns, aliases, strict=True)
        ]
        if not self.leads_with_id:
            values.insert(0, sql.SQL('t."id"'))
        options = [
            sql.SQL("FORMAT csv, QUOTE '\"', ESCAPE '\\', NULL 'null'"),
            sql.SQL("DELIMITER {}").format(sql.Literal(self.between.decode())),
        ]
        quoted = [alias for cell, alias in zip(self.cells, aliases, strict=True) if cell is not Cell.BARE]
        if quoted:
            options.append(sql.SQL("FORCE_QUOTE ({})").format(sql.SQL(", ").join(quoted)))
        return _as_text(values), _as_text(options)

    def content(self, rows: Sequence[memoryview]) -> bytes:
        """The body but for its last brace."""
        if self.orientation is Orientation.RECORDS:
            head = b'{"results":['
        else:
            head = b'{"headers":' + orjson.dumps(self.names) + b',"values":['
        if not rows:
            return head + b"]"
        lines = self._as_json(rows)
        if self.is_plain:
            # Put together in few steps: every copy of a megabyte is a fiftieth of the page's time.
            return b"".join((head, b"[", lines.replace(b"\n", b"],["), b"]]"))
        return head + b",".join(self._dressed(lines.split(b"\n"))) + b"]"

    def _as_json(self, rows: Sequence[memoryview]) -> bytes:
        """The lines, without the last newline and without an id that is not shown, each cell a JSON value."""
        lines = b"".join(rows)
        # All control characters that there ought to be; any other is in a string, and COPY leaves it as it is.
        separators = 1 if self.is_plain else len(self.names) + (not self.leads_with_id)
        if np.count_nonzero(np.frombuffer(lines, dtype=np.uint8) < _FIRST_PRINTABLE) != len(rows) * separators:
            lines = b"".join([_with_controls_escaped(bytes(row), separators) for row in rows])
        if self.has_fractions and (b"NaN" in lines or b"Infinity" in lines):
            lines = _NOT_FINITE.sub(_finite, lines)
        lines = lines[:-1]
        if not self.leads_with_id:
            lines = b"\n".join([line.partition(self.between)[2] for line in lines.split(b"\n")])
        return lines

    def _dressed(self, lines: list[bytes]) -> list[bytes]:
        """The rows as JSON lists, or as objects."""
        nested = [number for number, cell in enumerate(self.cells) if cell in NESTED_CELLS]
        if self.orientation is Orientation.RECORDS:
            before = [b"," + orjson.dumps(name) + b":" for name in self.names]
            before[0], after = b"{" + before[0][1:], b"}"
        else:
            before, after = [b"["] + [b","] * (len(self.names) - 1), b"]"
        # What stands before a value and the value itself, by turns.
        parts = [part for separator in before for part in (separator, b"")] + [after]
        dressed = []
        for line in lines:
            values = line.split(_CONTROL_SEPARATOR)
            for number in nested:
                values[number] = nested_json(self.cells[number], values[number])
            parts[1::2] = values
            dressed.append(b"".join(parts))
        return dressed


def _as_text(parts: Sequence[sql.Composable]) -> sql.SQL:
    return sql.SQL(sql.SQL(", ").join(parts).as_string())


def _drain(connection: PGconn) -> PQGen[list[memoryview]]:
    """All rows of a running COPY, in one wait; iterating over psycopg's Copy waits once a row, 3 ms a page more."""
    rows: list[memoryview] = []
    while True:
        length, row = connection.get_copy_data(1)
        if length > 0:
            rows.append(row)
        elif length == 0:
            if (yield Wait.R) is not Ready.NONE:
                connection.consume_input()
        else:
            break
    (result,) = yield from fetch_many(connection)
    if result.status != ExecStatus.COMMAND_OK:
        raise error_from_result(result)
    return rows


def _with_controls_escaped(row: bytes, separators: int) -> bytes:
    if len(row) - len(row.translate(None, _CONTROLS)) == separators:
        return row
    return _STRING.sub(lambda string: _CONTROL.sub(lambda found: b"\\u%04x" % ord(found[0]), string[0]), row)


def _finite(found: re.Match[bytes]) -> bytes:
    not_a_number, infinity = found.groups()
    if not_a_number:
        return b"null"
    return b'"%b"' % infinity if infinity else found[0]
