"""A version as it would be loaded, and the version in use -> what changes for those who read the table."""

from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import StrEnum, auto
from typing import Final

from dss_web.registry.models import UploadFile
from dss_web.shared.contract import ColumnType
from dss_web.shared.csv import Reading
from dss_web.uploads.selectors import current_version
from dss_web.uploads.titles import TYPE_TITLES
from dss_web.uploads.vanished import Vanished

# Tables of fewer rows shrink and grow by such factors without a mistake.
FEW_ROWS = 20
# One row in ten left: fewer is a sample, a filtered sheet or another file, as far as one can tell.
LOST_SHARE = 0.1
# How alike two names are that may be one: `town` and `towns`, `region` and `region_name`.
_ALIKE: Final = 0.6


class Verdict(StrEnum):
    """What replacing the version in use by this one means."""

    FIRST = auto()
    SAFE = auto()
    BREAKS = auto()
    WRONG_FILE = auto()


@dataclass(frozen=True, slots=True)
class Comparison:
    """How a version differs from the one in use. `renamed` has (name before, name now), `retyped` also the types.

    A column that may be renamed is neither in `gone` nor in `new`.
    """

    before: UploadFile | None
    rows: int
    gone: list[str]
    new: list[str]
    renamed: list[tuple[str, str]]
    retyped: list[tuple[str, str, str]]
    common: int
    vanished: Sequence[Vanished] = ()

    @property
    def rows_before(self) -> int | None:
        """The rows of the version in use, None where there is none or nobody counted them."""
        return self.before.rows if self.before else None

    @property
    def broken(self) -> list[str]:
        """The columns that people read now and that are not there, or not of their type, afterwards."""
        return [*self.gone, *(old for old, _ in self.renamed), *(name for name, _, _ in self.retyped)]

    @property
    def verdict(self) -> Verdict:
        """The plain word for it."""
        if self.before is None:
            return Verdict.FIRST
        lost = self.rows_before is not None and self.rows_before >= FEW_ROWS
        if (lost and self.rows < LOST_SHARE * (self.rows_before or 0)) or not self.common:
            return Verdict.WRONG_FILE
        return Verdict.BREAKS if self.broken else Verdict.SAFE

    @property
    def must_be_accepted(self) -> bool:
        """Whether the person has to say that they want this."""
        return self.verdict in {Verdict.BREAKS, Verdict.WRONG_FILE}


def compare(version: UploadFile, reading: Reading, rows: int, vanished: Sequence[Vanished] = ()) -> Comparison:
    """What changes if the version is loaded by this reading and replaces all rows; its file has so many.

    Values that have `vanished` are told and break nothing: whether they should be there only the person knows.
    """
    before = current_version(version.pipeline)
    if before is None or before.id == version.id or not before.column_names:
        return Comparison(None, rows, [], [], [], [], 0)
    old = dict(zip(before.column_names, before.column_types or [], strict=True))
    now = {column.name: str(column.type) for column in reading.columns}
    gone = [name for name in old if name not in now]
    new = [name for name in now if name not in old]
    renamed = pair_renamed({name: old[name] for name in gone}, {name: now[name] for name in new})
    return Comparison(
        before,
        rows,
        [name for name in gone if name not in dict(renamed)],
        [name for name in new if name not in {after for _, after in renamed}],
        renamed,
        [
            (name, TYPE_TITLES[ColumnType(old[name])], TYPE_TITLES[ColumnType(kind)])
            for name, kind in now.items()
            if name in old and old[name] != kind
        ],
        len(old) - len(gone),
        vanished,
    )


def pair_renamed(gone: dict[str, str], new: dict[str, str]) -> list[tuple[str, str]]:
    """Pairs of a column that is gone and a new one of its type whose name is alike, the most alike first."""
    # The names are compared letter by letter: of many there is no telling which was which.
    if len(gone) * len(new) > 10_000:
        return []
    alike = sorted(
        (
            (SequenceMatcher(None, before, after).ratio(), before, after)
            for before, kind in gone.items()
            for after, other in new.items()
            if kind == other
        ),
        reverse=True,
    )
    pairs: dict[str, str] = {}
    for ratio, before, after in alike:
        if ratio >= _ALIKE and before not in pairs and after not in pairs.values():
            pairs[before] = after
    return list(pairs.items())
