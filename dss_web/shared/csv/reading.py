"""How to read a file: one description, which the check finds, a person may change and the load obeys."""

import codecs
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from enum import StrEnum, auto
from typing import Any, Self

from dss_web.shared.contract import ColumnType


class Conversion(StrEnum):
    """What is done to the values of a column on their way. `conversions` has each as a function."""

    NONE = auto()
    TRIM = auto()  # blanks around values, the non-breaking ones included
    NUMBER = auto()  # £1,234.50, 12%, (500), 5- and 1 234 become plain numbers
    DECIMAL_COMMA = auto()  # 1.234,50 becomes 1234.50
    PLAIN = auto()  # 6.02e3 becomes 6020
    EXCEL_TEXT = auto()  # ="00123" becomes 00123
    DAY_FIRST = auto()  # 31-01-2024 becomes 2024-01-31
    MONTH_FIRST = auto()  # 01/31/2024 becomes 2024-01-31


@dataclass(frozen=True, slots=True)
class Choices:
    """What a person says of a file, in place of what would be detected. `header_line` 0 says that there is none."""

    encoding: str | None = None
    delimiter: str | None = None
    quote: str | None = None
    escape: str | None = None
    header_line: int | None = None
    last_line: int | None = None
    sheet: str | None = None
    names: tuple[str, ...] = ()


# What may be done to a value that stays text.
_OF_TEXT = frozenset({Conversion.NONE, Conversion.TRIM, Conversion.EXCEL_TEXT})
_NUMBERS = frozenset({ColumnType.INTEGER, ColumnType.BIGINT, ColumnType.NUMERIC})


@dataclass(frozen=True, slots=True)
class ColumnReading:
    """A column of the table: `position` is the place of its value in a row of the file, counted from 0.

    `title` is its name in the file, `name` that in the table. `conversion` is done to its values; `offer` is what would
    make them of another type, and is done once a person chooses that. Values that are one of `nulls` are NULL, as the
    empty value always is.
    """

    position: int
    title: str
    name: str
    type: ColumnType = ColumnType.TEXT
    conversion: Conversion = Conversion.NONE
    offer: Conversion = Conversion.NONE
    nulls: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Reading:
    """How to read an uploaded file. Only text, numbers and lists, so that `as_json` is its JSON.

    `encoding` is Python's name. `delimiter` and `quote` are one character each; `delimiter` is '' in a file of one
    column, `quote` is '' where marks are characters like others, and “ where “ and ” enclose values. `escape` says how
    a mark within a value is written: doubled where it is the mark itself, after a backslash, or as it stands where it
    is ''. `repairs` are names of `text.REPAIRS`, `comment` is how the lines begin that are comments.

    `header_lines` are the lines on which the rows of the header begin, counted from 1; `first_line` is the first
    line that may hold data, `last_line` the last. `width` is the number of values in a row; `pad` lets shorter rows
    end early; rows that are `repeats` are the header once more. Columns that are not in `columns` are left out. Without
    `columns`, as of uploads of earlier releases, the header is the first line from `header_lines` on that is not
    empty, and all columns are read. `plain` says that from `first_line` on the file is what COPY reads: UTF-8 whose
    rows are all as wide as the table, with line ends of one kind and marks around values only. `member` is the file in
    an archive, `sheet` the sheet of a workbook.

    The terms are close to those of https://www.w3.org/TR/tabular-metadata/#dialect-descriptions.
    """

    encoding: str = "utf-8"
    delimiter: str = ","
    quote: str = '"'
    header_lines: tuple[int, ...] = (1,)
    escape: str = '"'
    skip_initial_space: bool = False
    comment: str = ""
    repairs: tuple[str, ...] = ()
    first_line: int | None = None
    last_line: int | None = None
    width: int | None = None
    pad: bool = False
    columns: tuple[ColumnReading, ...] = ()
    repeats: tuple[str, ...] = ()
    plain: bool = False
    member: str = ""
    sheet: str = ""

    @property
    def is_plain(self) -> bool:
        """Whether COPY may read the file as it stands, since nothing is done to its values."""
        return self.plain and all(column.conversion is Conversion.NONE and not column.nulls for column in self.columns)

    @property
    def is_in_form_of_copy(self) -> bool:
        """Whether COPY reads such a file as it is read here; of one column, a row can be empty or end the data."""
        as_written = (self.encoding, self.quote, self.escape) == ("utf-8", '"', '"')
        as_written = as_written and len(self.delimiter) == 1 and self.delimiter.isascii()
        is_changed = self.skip_initial_space or self.comment or self.repairs or self.member or self.sheet
        positions = [column.position for column in self.columns]
        is_whole = len(positions) > 1 and positions == list(range(self.width or 0)) and self.last_line is None
        return as_written and is_whole and not is_changed and bool(self.header_lines)

    @property
    def codec(self) -> str:
        """The codec with which the file is read, so that a byte order mark is no part of the first name."""
        name = codecs.lookup(self.encoding).name
        return "utf-8-sig" if name == "utf-8" else name

    def with_types(self, types: Sequence[ColumnType]) -> Self:
        """The reading after a person chose the types, one for each column.

        What is offered is done where it makes values of the type; what made them of another is not done to text.
        """
        columns = []
        for column, chosen in zip(self.columns, types, strict=True):
            conversion = column.conversion
            if chosen is not column.type and chosen is ColumnType.TEXT and conversion not in _OF_TEXT:
                conversion = Conversion.NONE
            elif chosen in _NUMBERS and column.type is ColumnType.TEXT and column.offer is not Conversion.NONE:
                conversion = column.offer
            columns.append(replace(column, type=chosen, conversion=conversion))
        return replace(self, columns=tuple(columns))

    def as_json(self) -> dict[str, Any]:
        """For a column of JSON."""
        return asdict(self)

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Self:
        """The reading that `as_json` has written. Raises TypeError or ValueError where it is of another release."""
        columns = tuple(
            ColumnReading(
                **{
                    **column,
                    "type": ColumnType(column["type"]),
                    "conversion": Conversion(column["conversion"]),
                    "offer": Conversion(column["offer"]),
                    "nulls": tuple(column["nulls"]),
                }
            )
            for column in stored.get("columns", ())
        )
        lists = {name: tuple(stored[name]) for name in ("header_lines", "repairs", "repeats") if name in stored}
        return cls(**{**stored, **lists, "columns": columns})
