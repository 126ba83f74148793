"""A release: one file that brings several tables, which are replaced together or not at all."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from graphlib import CycleError, TopologicalSorter
from typing import Self

from dss_assets.dataset.columns import Absent, Column, require_unreserved
from dss_assets.dataset.members import Member
from dss_assets.dataset.validation import named_columns, require, require_different
from dss_web.shared.contract import SERVICE_SCHEMAS, ColumnType

# What may be part of the name of a schema, an asset and a folder alike.
_NAME = re.compile(r"[a-z0-9_]+")
# The assets that stand before and behind the tables.
_OTHER_ASSETS = frozenset({"publisher", "file", "registry", "dataflow", "datasets", "datasets_database"})
# A type's name as SQL has it; `timestamp` alone is the one without time zone.
_TYPES = {kind.value: kind for kind in ColumnType} | {"timestamp": ColumnType.TIMESTAMP}
# Pages are ordered by it; a client that asks for a page from 0 or less begins at the start.
_ID = Column("id", ColumnType.BIGINT, description="Given to each row when it is loaded; pages go by it.")
ID_TYPES = frozenset({ColumnType.INTEGER, ColumnType.BIGINT})


@dataclass(frozen=True, slots=True)
class ForeignKey:
    """Columns whose values, unless one of them is NULL, are the primary key of a row of another table."""

    columns: tuple[str, ...]
    table: str

    def __post_init__(self) -> None:
        require(
            bool(self.columns) and not isinstance(self.columns, str),
            f"a foreign key to {self.table} is a tuple of at least one column",
        )


@dataclass(frozen=True, slots=True)
class Check:
    """An SQL condition over the columns of a row, which holds or is NULL for each. `expected` names it to a person."""

    sql: str
    expected: str

    def __post_init__(self) -> None:
        require(bool(self.expected), f"the check {self.sql!r} does not say what it expects")
        require(bool(self.columns), f"the check {self.sql!r} looks at no column")

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns that the condition names, in their order."""
        return named_columns(self.sql, "the check")


@dataclass(frozen=True, slots=True)
class ReleasedTable:
    """A table of a release, and the members of the release's zip in which its rows stand.

    Without `members` it is the CSV of its name, in any folder. `not_null` are columns of which each row has a value,
    besides those of the primary key.

    Pages go by the column `id`. The loader adds one, unless the published table has a whole number of that name as its
    primary key.
    """

    name: str
    columns: tuple[Column, ...]
    members: tuple[Member, ...] = ()
    primary_key: tuple[str, ...] = ()
    not_null: tuple[str, ...] = ()
    foreign_keys: tuple[ForeignKey, ...] = ()
    checks: tuple[Check, ...] = ()
    description: str = ""

    def __post_init__(self) -> None:
        require(bool(_NAME.fullmatch(self.name)), f"'{self.name}' is not a lower-case name")
        require(self.name not in _OTHER_ASSETS, f"an asset of each release is called '{self.name}': no table may be")
        require(bool(self.columns), f"{self.name} has no columns")
        require_unreserved(self.columns, allowed=frozenset({"id"}))
        require_different((column.name for column in self.columns), f"{self.name}: columns")
        titles = (t for column in self.columns for t in column.titles or (column.name,) if isinstance(t, str))
        require_different((title.casefold() for title in titles), f"{self.name}: titles")
        require(
            not self.has_published_id or (self.primary_key == ("id",) and self.types["id"] in ID_TYPES),
            f"{self.name}: pages go by the column 'id', so it is a whole number and the primary key, or has another "
            "name and the title 'id'",
        )
        self._require_known(self.primary_key, "the primary key")
        require_different(self.primary_key, f"{self.name}: columns of the primary key")
        self._require_known(self.not_null, "not_null")
        absent = [column.name for column in self.columns if column.absent is Absent.NULL]
        either = [name for name in absent if name in self.required]
        require(not either, f"{self.name}: {', '.join(either)} may be absent, and may not be NULL")
        for check in self.checks:
            self._require_known(check.columns, f"the check {check.sql!r}")
        for key in self.foreign_keys:
            self._require_known(key.columns, f"the foreign key to {key.table}")
        require_different((str((key.columns, key.table)) for key in self.foreign_keys), f"{self.name}: foreign keys")

    def _require_known(self, names: tuple[str, ...], what: str) -> None:
        unknown = [name for name in names if name not in self.types]
        require(not unknown, f"{self.name}: {what} names what the table lacks: {', '.join(unknown)}")

    @property
    def types(self) -> dict[str, ColumnType]:
        """The type of each published column."""
        return {column.name: column.type for column in self.columns}

    @property
    def has_published_id(self) -> bool:
        """Whether the column `id` is one of the published ones, so that the loader adds none."""
        return "id" in self.types

    @property
    def stored_columns(self) -> tuple[Column, ...]:
        """The columns as the table has them."""
        return self.columns if self.has_published_id else (_ID, *self.columns)

    @property
    def required(self) -> tuple[str, ...]:
        """The published columns of which each row has a value, in the table's order."""
        names = {*self.primary_key, *self.not_null}
        return tuple(column.name for column in self.columns if column.name in names)

    @property
    def member_words(self) -> tuple[Member, ...]:
        """By which words its members are found."""
        return self.members or (Member(rf"(.*/)?{self.name}\.csv"),)

    @classmethod
    def of(
        cls,
        name: str,
        columns: str,
        *,
        members: tuple[Member, ...] = (),
        primary_key: tuple[str, ...] = (),
        foreign_keys: tuple[ForeignKey, ...] = (),
        checks: tuple[Check, ...] = (),
        description: str = "",
    ) -> Self:
        """The table whose columns are written as SQL has them: `"code text not null, price numeric"`."""
        found = []
        not_null = []
        for part in columns.split(","):
            column, _, rest = " ".join(part.split()).partition(" ")
            kind = rest.removesuffix(" not null")
            require(kind in _TYPES, f"{name}: '{part.strip()}' is not a column's name, one of our types and 'not null'")
            found.append(Column(column, _TYPES[kind]))
            if kind != rest:
                not_null.append(column)
        return cls(name, tuple(found), members, primary_key, tuple(not_null), foreign_keys, checks, description)

    def described(self, description: str, own: Mapping[str, str], shared: Mapping[str, str]) -> Self:
        """The same table with descriptions: `own` by its columns, and `shared` for the others that it has.

        Raises ValueError where `own` names what the table lacks.
        """
        self._require_known(tuple(own), "a description")
        columns = tuple(
            replace(column, description=own.get(column.name) or shared.get(column.name) or column.description)
            for column in self.columns
        )
        return replace(self, columns=columns, description=description)


@dataclass(frozen=True, slots=True)
class Release:
    """Each file is a zip with the rows of all `tables`. They replace, in one transaction, what was in them before.

    `schema` is that of the tables; without it, it is the dataset's key.
    """

    tables: tuple[ReleasedTable, ...]
    schema: str | None = None

    def __post_init__(self) -> None:
        require(bool(self.tables), "a release has at least one table")
        names = [table.name for table in self.tables]
        require_different(names, "tables of a release")
        schema = self.schema or "its.key"
        require(all(map(_NAME.fullmatch, schema.split("."))), f"the schema '{schema}' is not a lower-case name")
        require(
            schema not in SERVICE_SCHEMAS and not schema.startswith("pg_"), f"the schema '{schema}' is not for datasets"
        )
        for table in self.tables:
            for key in table.foreign_keys:
                self._require_key(table, key, names)
        try:
            # A row may refer to one of its own table: both are there before any key is looked at.
            TopologicalSorter(
                {t.name: {key.table for key in t.foreign_keys if key.table != t.name} for t in self.tables}
            ).prepare()
        except CycleError as error:
            raise ValueError(f"foreign keys go round in a circle: {' → '.join(reversed(error.args[1]))}") from error

    def _require_key(self, table: ReleasedTable, key: ForeignKey, names: list[str]) -> None:
        require(key.table in names, f"{table.name}: the foreign key to {key.table} leads out of the release")
        target = self.table(key.table)
        require(bool(target.primary_key), f"{table.name}: {key.table} has no primary key to which a key could lead")
        require(
            [table.types[name] for name in key.columns] == [target.types[name] for name in target.primary_key],
            f"{table.name}: the foreign key ({', '.join(key.columns)}) has other columns or types than the primary key "
            f"of {key.table} ({', '.join(target.primary_key)})",
        )

    def table(self, name: str) -> ReleasedTable:
        """The table of that name. Raises KeyError where there is none."""
        return {table.name: table for table in self.tables}[name]
