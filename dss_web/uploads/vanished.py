"""The values that a column has in the version in use and no longer in a file: a region that was left out, say.

What is known of a file's values is what its check has found, so nothing is read again. Where that does not tell what is
in the table, nothing is said.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from dss_web.registry.models import UploadCheck, UploadFile
from dss_web.shared.contract import ColumnType, LoadMode
from dss_web.shared.csv import ColumnReading, Reading
from dss_web.uploads.loaded_values import loader
from dss_web.uploads.selectors import base_of

# A column of more different values is no list of a few that people would miss.
MOST_VALUES: Final = 100
# Numbers come and go, and nobody misses 17.
_TYPES: Final = frozenset({ColumnType.TEXT, ColumnType.BOOLEAN, ColumnType.DATE})
# In a column whose values come so often at least, they are kinds of rows and not the names of rows.
_LEAST_REPEATED: Final = 2
SHOWN_VALUES: Final = 5


@dataclass(frozen=True, slots=True)
class Vanished:
    """A column, and the values that are no longer in it, in order."""

    name: str
    values: list[str]

    @property
    def shown(self) -> list[str]:
        """The first of them."""
        return self.values[:SHOWN_VALUES]

    @property
    def others(self) -> int:
        """How many are not shown."""
        return len(self.values) - len(self.shown)


def find_vanished(
    before: UploadFile, reading: Reading, found: Reading, facts: Sequence[Mapping[str, Any]]
) -> list[Vanished]:
    """What would vanish if a file took the place of the version in use.

    `reading` is how the file is loaded, `found` how its check reads it, whose columns have the `facts`.
    """
    old = _values_in_use(before)
    types = dict(zip(before.column_names or [], before.column_types or [], strict=True))
    by_position = _by_position(found, facts)
    vanished = []
    for column in reading.columns:
        if column.name not in old or types[column.name] != column.type:
            continue
        new = _loaded_values(column, by_position[column.position])
        if new is not None and (gone := sorted(old[column.name] - new)):
            vanished.append(Vanished(column.name, gone))
    return vanished


def _values_in_use(version: UploadFile) -> dict[str, set[str]]:
    """The values of those columns of the version in use of which all are known, and few."""
    files = _files_of(version)
    if not files or any(file.left_out for file in files):
        return {}
    checks = UploadCheck.objects.in_bulk([file.id for file in files])
    values: dict[str, set[str] | None] = {name: set() for name in version.column_names or []}
    filled: dict[str, int] = dict.fromkeys(values, 0)
    for file in files:
        check = checks.get(file.id)
        if check is None or not file.reading:
            return {}
        by_position = _by_position(Reading.from_json(check.reading), check.facts)
        for column in Reading.from_json(file.reading).columns:
            fact = by_position.get(column.position)
            found = _loaded_values(column, fact) if fact else None
            so_far = values.get(column.name)
            values[column.name] = so_far | found if so_far is not None and found is not None else None
            filled[column.name] = filled.get(column.name, 0) + (_filled(fact) if fact else 0)
    return {
        name: known
        for name, known in values.items()
        if known and len(known) <= MOST_VALUES and filled[name] >= _LEAST_REPEATED * len(known)
    }


def _files_of(version: UploadFile) -> list[UploadFile]:
    """The versions whose files are in its table; none where rows were updated, so that values may have gone."""
    files = [version]
    while files[-1].mode == LoadMode.APPEND:
        base = base_of(files[-1])
        if base is None:
            return []
        files.append(base)
    return files if files[-1].mode == LoadMode.REPLACE else []


def _by_position(found: Reading, facts: Sequence[Mapping[str, Any]]) -> dict[int, Mapping[str, Any]]:
    return {column.position: fact for column, fact in zip(found.columns, facts, strict=True)}


def _loaded_values(column: ColumnReading, fact: Mapping[str, Any]) -> set[str] | None:
    """All values of a column as they are loaded, None where they are not known."""
    if column.type not in _TYPES or fact.get("values") is None:
        return None
    load = loader(column)
    return {loaded for value in fact["values"] if (loaded := load(value))}


def _filled(fact: Mapping[str, Any]) -> int:
    return int(sum(fact["kinds"].values())) - int(fact["empty"])
