"""L1 that is derived in SQL from the tables of several datasets."""

import re
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Self

from dss_assets.dataset.checks import RowCheck
from dss_assets.dataset.columns import Column
from dss_assets.dataset.validation import placeholders, require, require_different

_IDENTIFIER = re.compile(r"[a-z][a-z0-9_]*")
# `-- part: name` alone on its line, as the SQL files of other projects have `-- name:`.
_PART = re.compile(r"^-- part: *(\S*)[^\n]*\n", re.MULTILINE)
_COMMENT = re.compile(r"--[^\n]*")
_TEXT = re.compile(r"'(?:[^']|'')*'")
UNITS = "units"


@dataclass(frozen=True, slots=True)
class Input:
    """A table of a dataset (`organisation.dataset`), that the SQL calls `{name}`."""

    name: str
    dataset: str
    table: str

    def __post_init__(self) -> None:
        require(bool(_IDENTIFIER.fullmatch(self.name)), f"the input '{self.name}' is not a lower-case name")
        require(self.name != UNITS, f"the input '{self.name}' has the name of the units of a batch")

    @property
    def label(self) -> str:
        """The table as messages and the registry call it."""
        return f"{self.dataset}.{self.table}"


@dataclass(frozen=True, slots=True)
class Part:
    """A SELECT with a name. A later part reads the rows of an earlier one from the table of that name."""

    name: str
    sql: str

    def __post_init__(self) -> None:
        require(bool(_IDENTIFIER.fullmatch(self.name)), f"the part '{self.name}' of the SQL is not a lower-case name")
        bare = _TEXT.sub("''", _COMMENT.sub("", self.sql)).strip()
        require(
            bare.upper().startswith(("SELECT", "WITH")), f"the part '{self.name}' of the SQL is no SELECT: {bare[:40]}"
        )
        require(";" not in bare, f"the part '{self.name}' of the SQL has more than one statement")
        require(
            bare.count("(") == bare.count(")"),
            f"the part '{self.name}' of the SQL has {bare.count('(')} opening and {bare.count(')')} closing brackets",
        )

    @property
    def placeholders(self) -> frozenset[str]:
        """The inputs that it reads, and `units` where it is limited to those of the batch."""
        return placeholders(self.sql)


@dataclass(frozen=True)
class Derived:
    """L1 as a table of its own, computed from `inputs`: made again as a whole when one of them has changed.

    It is computed in batches of `batch` units, so that it can be limited to some, and goes on where it stopped. A unit
    is a value of the column `unit`. The SQL has these parts, in this order: `units` selects the units that there are;
    any others are intermediate results, each made for every batch; `rows` selects the `columns` by their names, and the
    order of its rows within a unit is that of their ids. `{name}` stands for an input, `{units}` for an array of the
    units of the batch. A literal brace is written twice. `checks` are made of all rows each time that it was made.
    """

    inputs: tuple[Input, ...]
    unit: str
    columns: tuple[Column, ...]
    parts: tuple[Part, ...]
    batch: int = 1
    checks: tuple[RowCheck, ...] = ()

    def __post_init__(self) -> None:
        require(bool(self.inputs), "L1 is derived from at least one input")
        require_different((one.name for one in self.inputs), "inputs of L1")
        require_different((part.name for part in self.parts), "parts of the SQL")
        require_different((column.name for column in self.columns), "columns of L1")
        names = [part.name for part in self.parts]
        require(names[:1] == ["units"], "the SQL does not begin with the part 'units'")
        require(names[-1:] == ["rows"], "the SQL does not end with the part 'rows'")
        require(self.unit in {column.name for column in self.columns}, f"the unit '{self.unit}' is no column of L1")
        require(self.batch >= 1, f"a batch cannot have {self.batch} units")
        read = frozenset[str]().union(*(part.placeholders for part in self.parts))
        known = {one.name for one in self.inputs} | {UNITS}
        require(read <= known, f"the SQL reads what is no input: {', '.join(sorted(read - known))}")
        require(known - {UNITS} <= read, f"the SQL does not read its input {', '.join(sorted(known - {UNITS} - read))}")
        limited = frozenset[str]().union(*(part.placeholders for part in self.parts[1:]))
        require(UNITS in limited, "no part of the SQL is limited to the {units} of a batch")
        require_different((check.name for check in self.checks), "checks of L1")
        unknown = {name for check in self.checks for name in check.columns} - {column.name for column in self.columns}
        require(not unknown, f"a check of L1 names what it lacks: {', '.join(sorted(unknown))}")
        require(UNITS not in self.parts[0].placeholders, "the part 'units' cannot be limited to units")

    @classmethod
    def from_file(
        cls,
        path: Path,
        inputs: tuple[Input, ...],
        unit: str,
        columns: tuple[Column, ...],
        batch: int = 1,
        checks: tuple[RowCheck, ...] = (),
    ) -> Self:
        """The declaration with the SQL of a file, where each part stands below a line `-- part: name`."""
        _, *found = _PART.split(path.read_text())
        require(bool(found), f"{path} has no line '-- part: units'")
        parts = tuple(Part(name, text.strip()) for name, text in zip(found[::2], found[1::2], strict=True))
        return cls(inputs, unit, columns, parts, batch, checks)

    @property
    def names(self) -> tuple[str, ...]:
        """The columns of L1 after its id."""
        return tuple(column.name for column in self.columns)

    @property
    def sources(self) -> frozenset[str]:
        """The L0 columns that it copies: none, since it is no view over L0."""
        return frozenset()

    @cached_property
    def unit_type(self) -> str:
        """The type of its units in Postgres."""
        return next(column.type for column in self.columns if column.name == self.unit)

    def reads(self, dataset_key: str, table: str) -> bool:
        """Whether a table is one of its inputs."""
        return any((one.dataset, one.table) == (dataset_key, table) for one in self.inputs)
