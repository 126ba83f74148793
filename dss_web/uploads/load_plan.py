"""What a person wants done with a file and the rows that are there -> the columns of the table that comes of it."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Final, Self

from dss_web.registry.models import UploadFile
from dss_web.shared.contract import MOST_UPLOAD_COLUMNS, ColumnType, LoadMode
from dss_web.shared.csv import Reading
from dss_web.uploads.titles import TYPE_TITLES

# Each type holds all values of those before it in its row, and text those of all.
_WIDER: Final = (
    (ColumnType.INTEGER, ColumnType.BIGINT, ColumnType.NUMERIC),
    (ColumnType.DATE, ColumnType.TIMESTAMP),
)


@dataclass(frozen=True, slots=True)
class Numbers:
    """What a version does to the rows that are there.

    `sent` are the rows of the file, `before` those that are there; of the file's, so many are `added`, and so many
    others are there already with the `same` values. `changed` are rows that get other values. None is removed.
    """

    sent: int
    before: int
    added: int
    changed: int
    same: int

    @property
    def left(self) -> int:
        """The rows that stay as they are."""
        return self.before - self.changed

    @property
    def after(self) -> int:
        """The rows of the table afterwards."""
        return self.before + self.added


@dataclass(frozen=True, slots=True)
class LoadPlan:
    """What is to be done: `mode`, the columns of the `key` for an update, and how many rows are `left_out`.

    `base` is the id of the version in use with which the person has compared it, '' where there is none. `numbers` are
    known of one that keeps rows, once its rows were compared.
    """

    mode: LoadMode = LoadMode.REPLACE
    key: tuple[str, ...] = ()
    base: str = ""
    left_out: int = 0
    numbers: Numbers | None = field(default=None)

    @property
    def keeps_rows(self) -> bool:
        """Whether the rows that are there stay."""
        return self.mode is not LoadMode.REPLACE

    def as_json(self) -> dict[str, Any]:
        """For a column of JSON."""
        return asdict(self)

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Self:
        """What `as_json` has written."""
        numbers = stored.get("numbers")
        return cls(
            LoadMode(stored["mode"]),
            tuple(stored["key"]),
            stored["base"],
            stored["left_out"],
            Numbers(**numbers) if numbers else None,
        )


@dataclass(frozen=True, slots=True)
class MergedColumns:
    """The columns of the table in which the rows that are there and those of a file are together.

    `types` has all of them. `new` are those that only the file has, `lacking` those that it lacks; `retyped` has the
    name of a column and what people call its type, before and afterwards. `common` are those that both have.
    """

    types: Mapping[str, ColumnType]
    new: list[str]
    lacking: list[str]
    retyped: list[tuple[str, str, str]]
    common: list[str]

    @property
    def has_differences(self) -> bool:
        """Whether the file has other columns or types than the version in use."""
        return bool(self.new or self.lacking or self.retyped)

    @property
    def problem(self) -> str:
        """Why the rows cannot be together in one table, in a sentence; '' if they can."""
        if not self.common:
            return (
                "The file has none of the columns of the version in use, so its rows cannot be added. Check that it is "
                "the right file, give its columns the names that they have there, or replace all rows."
            )
        if len(self.types) > MOST_UPLOAD_COLUMNS:
            return (
                f"Together with the version in use there would be {len(self.types):,} columns. A table can have "
                f"{MOST_UPLOAD_COLUMNS:,}. Leave out columns, or replace all rows."
            )
        return ""


def merge_columns(before: UploadFile, chosen: Reading) -> MergedColumns:
    """The columns of the version in use, and behind them those that only the file has."""
    old = dict(zip(before.column_names or [], map(ColumnType, before.column_types or []), strict=True))
    sent = {column.name: column.type for column in chosen.columns}
    types = {name: wider(kind, sent[name]) if name in sent else kind for name, kind in old.items()}
    return MergedColumns(
        types | {name: kind for name, kind in sent.items() if name not in old},
        new=[name for name in sent if name not in old],
        lacking=[name for name in old if name not in sent],
        retyped=[
            (name, TYPE_TITLES[kind], TYPE_TITLES[types[name]]) for name, kind in old.items() if types[name] is not kind
        ],
        common=[name for name in old if name in sent],
    )


def wider(one: ColumnType, other: ColumnType) -> ColumnType:
    """The narrowest type that holds the values of both."""
    for row in _WIDER:
        if one in row and other in row:
            return max(one, other, key=row.index)
    return one if one is other else ColumnType.TEXT


def merged_reading(before: UploadFile, chosen: Reading) -> Reading:
    """How the file is read so that its values are of the table's types: what becomes text stays as it stands."""
    types = merge_columns(before, chosen).types
    return chosen.with_types([types[column.name] for column in chosen.columns])


def in_words(names: Sequence[str]) -> str:
    """`a`, `a and b`, `a, b and c`."""
    *others, last = names
    return f"{', '.join(others)} and {last}" if others else last
