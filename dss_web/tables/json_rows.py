"""Rows of COPY → JSON: lists or objects, with the values of the contract."""

import re
from collections.abc import Sequence
from enum import StrEnum
from functools import lru_cache
from typing import Final

import numpy as np
import orjson
from psycopg import sql

from dss_web.tables.cells import NESTED_CELLS, Cell, cell_of, expression, nested_json
from dss_web.tables.columns import OutputColumn, Selection
from dss_web.tables.copy_out import ID_BYTES
from dss_web.tables.ids import Id, id_of_cell

# Cells are separated as values are in the body, or by a character that no JSON string holds unescaped.
_COMMA, _CONTROL_SEPARATOR = b",", b"\x02"
_FIRST_PRINTABLE: Final = 0x20
_CONTROLS: Final = bytes(range(_FIRST_PRINTABLE))
_CONTROL: Final = re.compile(rb"[\x00-\x1f]")
_STRING: Final = re.compile(rb'"(?:[^"\\]|\\.)*"', re.DOTALL)
# A number that JSON does not have. Strings are matched too, since they may hold the same letters.
_NOT_FINITE: Final = re.compile(rb'"(?:[^"\\]|\\.)*"|(NaN)|(-?Infinity)', re.DOTALL)
_FRACTIONAL: Final = frozenset({"numeric", "float4", "float8"})


class Orientation(StrEnum):
    """The form of a page: columns once and rows as lists, or each row as an object."""

    TABULAR = "tabular"
    RECORDS = "records"


@lru_cache(maxsize=1000)
def json_rows(selection: Selection, orientation: Orientation, *, id_is_quoted: bool = False) -> "JsonRows":
    """The form of these columns' rows. Cached: making it for fifty columns takes 0.8 ms."""
    return JsonRows(selection.columns, orientation, id_is_quoted)


class JsonRows:
    """How rows leave Postgres, and how they become JSON. `values` and `options` are COPY's.

    Each row is a line of cells, all of which are JSON except nested ones, and begins with the id, whether that is
    shown or not. If the body has only commas between values, so has the line, which is then used as it is.
    """

    def __init__(self, columns: Sequence[OutputColumn], orientation: Orientation, id_is_quoted: bool) -> None:
        self.names = [column.key for column in columns]
        self._is_record = orientation is Orientation.RECORDS
        self._cells = [cell_of(column.type) for column in columns]
        self._leads_with_id = bool(columns) and columns[0].column.name == "id"
        self._id_is_quoted = id_is_quoted
        # An id that is not shown is cut off at the first separator, which a text must not hold.
        has_text_before = id_is_quoted and not self._leads_with_id
        self._is_plain = not self._is_record and not has_text_before and NESTED_CELLS.isdisjoint(self._cells)
        self._between = _COMMA if self._is_plain else _CONTROL_SEPARATOR
        self._has_fractions = any(c.type.name in _FRACTIONAL and not c.type.is_array for c in columns)
        self.values, self.options = self._sql(columns)

    def _sql(self, columns: Sequence[OutputColumn]) -> tuple[sql.SQL, sql.SQL]:
        """COPY's columns and options, as text, so that a page need not compose them again."""
        aliases = [sql.Identifier(f"c{number}") for number in range(len(columns))]
        values: list[sql.Composable] = [
            sql.SQL("{} AS {}").format(expression(column.type, sql.Identifier("t", column.column.name)), alias)
            for column, alias in zip(columns, aliases, strict=True)
        ]
        quoted = [alias for cell, alias in zip(self._cells, aliases, strict=True) if cell is not Cell.BARE]
        if not self._leads_with_id:
            alias = sql.Identifier("row_id")
            values.insert(0, sql.SQL('t."id" AS {}').format(alias))
            quoted.extend([alias] if self._id_is_quoted else [])
        options = [
            sql.SQL("FORMAT csv, QUOTE '\"', ESCAPE '\\', NULL 'null'"),
            sql.SQL("DELIMITER {}").format(sql.Literal(self._between.decode())),
        ]
        if quoted:
            options.append(sql.SQL("FORCE_QUOTE ({})").format(sql.SQL(", ").join(quoted)))
        return _as_text(values), _as_text(options)

    def ids(self, rows: Sequence[memoryview]) -> list[Id | None]:
        """The rows' ids, which are their first cells; None where one is NULL."""
        length = None if self._id_is_quoted else ID_BYTES
        return [id_of_cell(bytes(row[:length]), self._between) for row in rows]

    def chunks(self, rows: Sequence[memoryview], between: bytes) -> list[bytes]:
        """The rows as JSON lists or objects with `between` from one to the next, in chunks that the caller joins once.

        Every copy of a megabyte takes a fiftieth of a page's time.
        """
        if not rows:
            return []
        lines = self._as_json(rows)
        if self._is_plain:
            return [b"[", lines.replace(b"\n", b"]" + between + b"["), b"]"]
        return self._join(lines, between)

    def _as_json(self, rows: Sequence[memoryview]) -> bytes:
        """The lines, without the last newline and without an id that is not shown, each cell a JSON value."""
        lines = b"".join(rows)
        separators = 1 if self._is_plain else len(self.names) + (not self._leads_with_id)
        # More control characters than separators: some are in strings, where JSON must have them escaped and COPY
        # does not. numpy counts them in 0.04 ms on a page of 457 KB; `bytes.translate`, the quickest way without it,
        # takes 0.19 to 0.32 ms, a fiftieth of the page's time.
        if np.count_nonzero(np.frombuffer(lines, dtype=np.uint8) < _FIRST_PRINTABLE) != len(rows) * separators:
            lines = b"".join([_with_controls_escaped(bytes(row), separators) for row in rows])
        if self._has_fractions and (b"NaN" in lines or b"Infinity" in lines):
            lines = _NOT_FINITE.sub(_finite, lines)
        lines = lines[:-1]
        if not self._leads_with_id:
            lines = b"\n".join([line.partition(self._between)[2] for line in lines.split(b"\n")])
        return lines

    def _join(self, lines: bytes, between: bytes) -> list[bytes]:
        """A chunk for each row: all values of a page at once leave the CPU's cache, and take 0.5 ms more."""
        nested = [(number, cell) for number, cell in enumerate(self._cells) if cell in NESTED_CELLS]
        if self._is_record:
            before = [b"," + orjson.dumps(name) + b":" for name in self.names]
            before[0], after = b"{" + before[0][1:], b"}"
        else:
            before, after = [b"["] + [_COMMA] * (len(self.names) - 1), b"]"
        # By turns the text before a value and the value, whose places are filled for each row.
        parts = [part for separator in before for part in (separator, b"")] + [after + between]
        joined = []
        for line in lines.split(b"\n"):
            values = line.split(_CONTROL_SEPARATOR)
            for number, cell in nested:
                values[number] = nested_json(cell, values[number])
            parts[1::2] = values
            joined.append(b"".join(parts))
        joined[-1] = joined[-1].removesuffix(between)
        return joined


def _with_controls_escaped(row: bytes, separators: int) -> bytes:
    if len(row) - len(row.translate(None, _CONTROLS)) == separators:
        return row
    return _STRING.sub(lambda string: _CONTROL.sub(lambda control: b"\\u%04x" % ord(control[0]), string[0]), row)


def _finite(match: re.Match[bytes]) -> bytes:
    not_a_number, infinity = match.groups()
    if not_a_number:
        return b"null"
    return b'"%b"' % infinity if infinity else match[0]


def _as_text(parts: Sequence[sql.Composable]) -> sql.SQL:
    return sql.SQL(sql.SQL(", ").join(parts).as_string())
