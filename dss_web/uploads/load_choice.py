"""The question what should happen to the rows that are there, on the page of the check.

Its fields are `mode`, `key-N` for the Nth column of the file, `base` (the version in use that the page has shown) and
`leave-out-rows`, which has the number of rows that do not fit.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from dss_web.registry.models import UploadCheck, UploadFile
from dss_web.shared.contract import LoadMode
from dss_web.uploads.checking import last_confirmed
from dss_web.uploads.column_choices import ColumnChoice, ColumnChoices
from dss_web.uploads.comparison import table_of
from dss_web.uploads.errors import CHANGED_MEANWHILE
from dss_web.uploads.load_plan import LoadPlan
from dss_web.uploads.selectors import current_version

_TITLES: Final = {
    LoadMode.REPLACE: "Replace all of them",
    LoadMode.APPEND: "Keep them, and add the rows of the file",
    LoadMode.UPDATE: "Update them by a key, and add those that are new",
}
_HINTS: Final = {
    LoadMode.REPLACE: "The file is the whole dataset. Rows that are not in it go.",
    LoadMode.APPEND: "The file has only new rows. Nothing that is there is changed or removed. A column that the file "
    "does not have is empty in its rows.",
    LoadMode.UPDATE: "A row of the file with a key that is there gives that row its values, empty ones too. Columns "
    "that the file does not have keep theirs. Nothing is removed: rows that are not in the file stay.",
}
# More would push the columns off the page for everybody.
_FEW_KEYS: Final = 8


@dataclass(frozen=True, slots=True)
class ModeOption:
    """A way to load the file, as its radio button shows it."""

    value: str
    title: str
    hint: str
    is_chosen: bool


@dataclass(frozen=True, slots=True)
class KeyOption:
    """A column by which rows can be updated."""

    field: str
    name: str
    is_chosen: bool


class LoadChoice:
    """What is proposed, or was sent. `before` is the version in use, None where there is none."""

    def __init__(
        self, version: UploadFile, check: UploadCheck, columns: ColumnChoices, sent: Mapping[str, str] | None = None
    ) -> None:
        """`columns` are those of the same form."""
        self._current = current_version(version.pipeline)
        self.before = self._current if self._current and self._current.column_names else None
        # Rows that are in no table cannot be kept.
        self.is_asked = self.before is not None and table_of(self.before) is not None
        self._columns = columns.columns
        self.errors: list[tuple[str, str]] = []
        self._sent = sent
        if sent is not None:
            mode = sent.get("mode", "")
            self.mode = LoadMode(mode) if mode in set(LoadMode) and self.is_asked else LoadMode.REPLACE
            self.key = [column for column in self._columns if f"key-{column.position}" in sent]
        else:
            proposed = _proposed(version, check)
            self.mode = proposed.mode if self.is_asked else LoadMode.REPLACE
            self.key = [column for column in self._columns if column.name in proposed.key]

    @property
    def base(self) -> str:
        """The id of the version in use, '' for none."""
        return str(self._current.id) if self._current else ""

    @property
    def options(self) -> list[ModeOption]:
        """The ways to load the file."""
        return [ModeOption(mode, _TITLES[mode], _HINTS[mode], mode is self.mode) for mode in LoadMode]

    @property
    def keys(self) -> list[KeyOption]:
        """The columns that both have and that are never empty in the file, so that a row can be known by them."""
        there = set(self.before.column_names or []) if self.before else set()
        return [
            KeyOption(f"key-{column.position}", column.name, column in self.key)
            for column in self._columns
            if column in self.key or (column.name in there and not column.facts["empty"] and not column.is_left_out)
        ]

    @property
    def is_key_open(self) -> bool:
        """Whether the columns of the key are shown at once: of many only where rows are updated."""
        return self.mode is LoadMode.UPDATE or len(self.keys) <= _FEW_KEYS

    def clean(self) -> LoadPlan:
        """What the person wants; `errors` where something is missing or wrong, or another version is in use by now."""
        sent = self._sent or {}
        if sent.get("base", self.base) != self.base:
            self.errors.append(("id_base", CHANGED_MEANWHILE))
        if self.is_asked and sent.get("mode") not in {None, *LoadMode}:
            self.errors.append(("id_mode", "Say what should happen to the rows that are there"))
        if self.mode is LoadMode.UPDATE:
            self._clean_key()
        key = tuple(column.name for column in self.key) if self.mode is LoadMode.UPDATE else ()
        left_out = sent.get("leave-out-rows", "")
        return LoadPlan(self.mode, key, self.base, int(left_out) if left_out.isascii() and left_out.isdigit() else 0)

    def _clean_key(self) -> None:
        there = set(self.before.column_names or []) if self.before else set()
        if not self.key:
            self.errors.append(("id_mode-update", "Choose the columns by which rows are updated"))
        for column in self.key:
            if problem := _key_problem(column, there):
                self.errors.append((f"id_key-{column.position}", problem))

    def refuse(self, sentences: Sequence[str]) -> None:
        """Say why the rows cannot be together."""
        self.errors += [(f"id_mode-{self.mode}", sentence) for sentence in sentences]


def _key_problem(column: ColumnChoice, there: set[str]) -> str:
    if column.is_left_out:
        return f"{column.name} is part of the key, so it cannot be left out"
    if column.name not in there:
        return f"{column.name} cannot be part of the key: the version in use has no column of this name"
    return ""


def _proposed(version: UploadFile, check: UploadCheck) -> LoadPlan:
    """What the person has chosen for this version, or somebody for the one before."""
    if check.plan:
        return LoadPlan.from_json(check.plan)
    last = last_confirmed(version)
    return LoadPlan(LoadMode(last.mode), tuple(last.key_columns)) if last else LoadPlan()
