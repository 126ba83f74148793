"""L1, the cleaned table: what becomes of each column of L0."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Self

from dss_assets.dataset.columns import Column
from dss_assets.dataset.validation import placeholders, require, require_different
from dss_web.shared.contract import ColumnType

# What fails for some texts, and takes others, such as 'today' and 'NaN', for something else than they say.
_CAST = re.compile(
    r"::\s*(date|time|int|bigint|smallint|numeric|decimal|real|float|double)|\b(cast|to_(date|timestamp|number))\b",
    re.IGNORECASE,
)


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
        require(self.valid is None or bool(self.expected), "a conversion that checks says what it expects")
        require(
            self.valid is not None or not _CAST.search(self.sql),
            f"the conversion {self.sql!r} casts values, of which it says by `valid` which it takes",
        )
        for part in (self.sql, self.valid):
            require(
                part is None or placeholders(part) == {""},
                f"the conversion {part!r} needs {{}} in the place of the column",
            )


@dataclass(frozen=True, slots=True)
class ConvertedColumn:
    """An L1 column: a conversion of an L0 column, or of an SQL expression over L0 columns."""

    name: str
    conversion: Conversion
    source: str


@dataclass(frozen=True, slots=True)
class RenamedColumn:
    """An L1 column that is an L0 column under another name."""

    name: str
    source: str


@dataclass(frozen=True, slots=True)
class FileValue:
    """An L1 column with one value for the whole file, made from a group of the member's name."""

    name: str
    group: str
    conversion: Conversion


@dataclass(frozen=True, slots=True)
class Rowwise:
    """L1 as a view: one row for each of L0, its columns copied by name, converted, or of the whole file.

    `columns` are in the order of the table: an L0 column by its name, or one of the words above. `indexes` name L0
    columns by which clients look rows up.
    """

    columns: tuple[str | RenamedColumn | ConvertedColumn | FileValue, ...]
    indexes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        require(bool(self.columns), "L1 has at least one column")
        require_different(self.names, "columns of L1")

    @property
    def names(self) -> tuple[str, ...]:
        """The columns of L1 after its ids."""
        return tuple(column if isinstance(column, str) else column.name for column in self.columns)

    @property
    def file_values(self) -> tuple[FileValue, ...]:
        """Those columns that hold one value for a whole file."""
        return tuple(column for column in self.columns if isinstance(column, FileValue))

    @property
    def sources(self) -> frozenset[str]:
        """The L0 columns that it is made of."""
        named = (
            column if isinstance(column, str) else "" if isinstance(column, FileValue) else column.source
            for column in self.columns
        )
        return frozenset(part.strip() for source in named for part in source.split(",") if part.strip())

    @property
    def conversions(self) -> tuple[ConvertedColumn, ...]:
        """Those columns that are converted from L0."""
        return tuple(column for column in self.columns if isinstance(column, ConvertedColumn))

    @classmethod
    def of(
        cls,
        columns: Iterable[Column],
        *changed: ConvertedColumn,
        then: tuple[str | RenamedColumn | ConvertedColumn | FileValue, ...] = (),
        indexes: tuple[str, ...] = (),
    ) -> Self:
        """Copy `columns`, except those that `changed` converts under the same name; `then` stands behind."""
        by_name = {column.name: column for column in changed}
        return cls((*(by_name.get(column.name, column.name) for column in columns), *then), indexes)


@dataclass(frozen=True, slots=True)
class Unpivoted:
    """L1 as a view: for each row of L0, one row for each of its `unpivoted` columns, empty ones included.

    `columns` are copied to each of these rows, `label` and `value` name the two columns after them: the integer that
    stands for the column, and what is in it. Ids are those of L0 times the number of columns, and up.
    """

    columns: tuple[str, ...]
    unpivoted: tuple[tuple[int, str], ...]
    label: str
    value: str

    def __post_init__(self) -> None:
        require(bool(self.unpivoted), "at least one column is unpivoted")
        require_different((str(label) for label, _ in self.unpivoted), "labels of unpivoted columns")
        require_different(self.names, "columns of L1")

    @property
    def names(self) -> tuple[str, ...]:
        """The columns of L1 after its ids."""
        return (*self.columns, self.label, self.value)

    @property
    def sources(self) -> frozenset[str]:
        """The L0 columns that it is made of."""
        return frozenset([*self.columns, *(column for _, column in self.unpivoted)])


@dataclass(frozen=True, slots=True)
class Chosen:
    """L1 as a view: of the rows of L0 with the same `key`, the one for which `rank` of `ranked_by` is greatest.

    Of rows that rank the same, the one that was loaded last. `columns` are copied.
    """

    columns: tuple[str, ...]
    key: tuple[str, ...]
    rank: Conversion
    ranked_by: str

    def __post_init__(self) -> None:
        require(bool(self.key) and not isinstance(self.key, str), "rows are chosen by a key of at least one column")
        require_different(self.columns, "columns of L1")

    @property
    def names(self) -> tuple[str, ...]:
        """The columns of L1 after its ids."""
        return self.columns

    @property
    def sources(self) -> frozenset[str]:
        """The L0 columns that it is made of."""
        return frozenset([*self.columns, *self.key, self.ranked_by])


L1 = Rowwise | Unpivoted | Chosen
