"""The vocabulary in which a dataset is declared.

A declaration is made of frozen values that are checked when they are made, so that a mistake stops the start
of the service and not a load. Everything else (assets, tables, sensors, checks) is derived from it.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from typing import Self

from dss_web.registry.contract import RESERVED_COLUMNS, ColumnType

COLUMN_NAME = re.compile(r"[a-z][a-z0-9_]*")
NAME = re.compile(r"[a-z0-9_]+")


def _require(condition: bool, message: str) -> None:
    if not condition:
        raise ValueError(message)


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a published file, and of L0.

    `titles` are the names that the publisher's header has used for it, as patterns that match the whole name
    in any case: an edition that renames a column is one more pattern here. Without titles it is `name`.
    """

    name: str
    type: ColumnType = ColumnType.TEXT
    titles: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        _require(bool(COLUMN_NAME.fullmatch(self.name)), f"'{self.name}' is not a lower-case column name")
        _require(self.name not in RESERVED_COLUMNS, f"the loader keeps the column name '{self.name}' for itself")

    def is_titled(self, title: str) -> bool:
        """Whether a header's `title` names this column."""
        patterns = self.titles or (re.escape(self.name),)
        return any(re.fullmatch(pattern, title.strip(), re.IGNORECASE) for pattern in patterns)


def text_columns(names: str, titles: Mapping[str, str] | None = None) -> tuple[Column, ...]:
    """Text columns of the white-space separated `names`; `titles` has the patterns of those that were renamed."""
    given = titles or {}
    return tuple(Column(name, titles=(given[name],) if name in given else ()) for name in names.split())


# --- where files come from ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ArcGisSearch:
    """Items of an ArcGIS portal, found by its search API.

    `title` is matched against the whole title of an item, since the search is fuzzy; its named groups are
    filled into `stored_as`, in capitals, with the group `month` cut to three letters.
    """

    portal: str
    query: str
    item_type: str
    title: str
    stored_as: str
    every: timedelta


@dataclass(frozen=True, slots=True)
class HtmlLinks:
    """Links of HTML pages. A file is known by its name; whatever stands before that may change at any time."""

    pages: tuple[str, ...]
    name: str
    every: timedelta


@dataclass(frozen=True, slots=True)
class StorageFolder:
    """No publisher: operators put files into the dataset's folder of the storage."""

    name: str
    every: timedelta


Source = ArcGisSearch | HtmlLinks | StorageFolder


# --- what stands in a file ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Delimited:
    """CSV with a header.

    With `member`, a pattern for the whole name, the file is a zip and the first such member is read; named
    groups of the pattern become values of the whole file, which L1 can use (`FileValue`). Without it the file
    is read as it is or, where it is a zip, its first member.
    """

    member: str | None = None
    delimiter: str = ","
    encoding: str = "utf-8"


@dataclass(frozen=True, slots=True)
class TailedLines:
    """Lines without header or quoting in a zip of zips, whose last column gathers all further fields.

    A line with fewer fields than there are columns is left out and counted. Quotation marks are removed from
    all fields but the gathered ones; empty fields stay empty strings, as they were published.
    """

    separator: str
    encoding: str


@dataclass(frozen=True, slots=True)
class HandmadeCsv:
    """CSV as staff upload it, with a header. A value that is wholly one of NULL_VALUES is NULL."""

    encoding: str = "utf-8"
    delimiter: str = ","
    quote: str = '"'


Format = Delimited | TailedLines | HandmadeCsv


# --- how rows get into tables -------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Incremental:
    """Each file adds its rows; the same file again replaces its own rows."""


class Vanished(StrEnum):
    """What becomes of rows that a newer snapshot no longer has."""

    KEEP = "keep"
    DELETE = "delete"


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Each file is the whole dataset: rows are known by the hash of their values and stored once."""

    vanished: Vanished = Vanished.KEEP


@dataclass(frozen=True, slots=True)
class Replace:
    """Each file takes the place of everything before it."""


Loading = Incremental | Snapshot | Replace


# --- the cleaned table --------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Conversion:
    """A way to clean one value in SQL, where `{}` stands for the column.

    `valid` is a condition that holds for each non-NULL value that `sql` can convert; it is checked at load, so
    that reading can never fail. `expected` names such values to a person.
    """

    type: ColumnType | str
    sql: str
    valid: str | None = None
    expected: str = ""

    def __post_init__(self) -> None:
        _require(self.valid is None or bool(self.expected), "a conversion that checks says what it expects")


@dataclass(frozen=True, slots=True)
class Converted:
    """An L1 column: a conversion of an L0 column, or of an SQL expression over L0 columns."""

    name: str
    conversion: Conversion
    of: str


@dataclass(frozen=True, slots=True)
class FileValue:
    """An L1 column with one value for the whole file, made from a group of the member's name."""

    name: str
    group: str
    conversion: Conversion


@dataclass(frozen=True, slots=True)
class Rowwise:
    """L1 as a view: one row for each of L0, its columns copied by name, converted, or of the whole file.

    `columns` are in the order of the table. `indexes` name L0 columns by which clients look rows up.
    """

    columns: tuple[str | Converted | FileValue, ...]
    indexes: tuple[str, ...] = ()

    @property
    def file_values(self) -> tuple[FileValue, ...]:
        return tuple(column for column in self.columns if isinstance(column, FileValue))

    @property
    def conversions(self) -> tuple[Converted, ...]:
        return tuple(column for column in self.columns if isinstance(column, Converted))

    @classmethod
    def of(
        cls,
        columns: Iterable[Column],
        *changed: Converted,
        then: tuple[FileValue, ...] = (),
        indexes: tuple[str, ...] = (),
    ) -> Self:
        """Copy `columns`, except those that `changed` converts under the same name; `then` stands behind."""
        by_name = {column.name: column for column in changed}
        return cls((*(by_name.get(column.name, column.name) for column in columns), *then), indexes)


# --- the dataset --------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Dataset:
    """One dataset: where its files come from, what stands in them, and the tables that they become.

    `source` is None for what staff upload. `dataflow_table` is the table that data-flow is told to read after each
    burst of files, None for none. `max_unpacked_bytes` is what a file may unpack to; a zip that goes beyond it is
    refused while it unpacks.
    """

    organisation: str
    name: str
    source: Source | None
    format: Format
    loading: Loading
    columns: tuple[Column, ...]
    l1: Rowwise | None = None
    dataflow_table: str | None = None
    max_unpacked_bytes: int = 20 * 1024**3
    description: str = field(default="", kw_only=True)

    def __post_init__(self) -> None:
        for part in (self.organisation, self.name):
            _require(bool(NAME.fullmatch(part)), f"'{part}' is not a lower-case name")
        names = [column.name for column in self.columns]
        doubled = sorted({name for name in names if names.count(name) > 1})
        _require(not doubled, f"{self.key}: columns declared twice: {', '.join(doubled)}")
        _require(self.dataflow_table in {None, *self.tables}, f"{self.key} has no table {self.dataflow_table}")
        if self.l1:
            missing = {column for column in self.l1.columns if isinstance(column, str)} - set(names)
            missing |= set(self.l1.indexes) - set(names)
            _require(not missing, f"{self.key}: L1 copies or indexes what L0 lacks: {', '.join(sorted(missing))}")

    @property
    def key(self) -> str:
        """`organisation.dataset`: the schema of its tables, and the source in the registry."""
        return f"{self.organisation}.{self.name}"

    @property
    def tables(self) -> tuple[str, ...]:
        return ("L0", "L1") if self.l1 else ("L0",)
