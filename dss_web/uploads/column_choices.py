"""What a person chooses of the columns of a version: names, types, conversions, words for NULL, and which stay.

The fields of the column N, counted from 1 in the order of the file, are `name-N`, `type-N`, `leave-N` (out),
`values-N` (a Conversion) and `null-N-K` for its Kth word. They are no fields of a Django form, which takes seconds for
1,598 columns of five each.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

from dss_web.shared.contract import RESERVED_COLUMNS, UPLOAD_COLUMN_TYPES, ColumnType
from dss_web.shared.csv import ColumnReading, Conversion, FindingKind, Reading
from dss_web.shared.csv.column_names import COLUMN_NAME, NAME_CHARACTERS, clean_name
from dss_web.shared.csv.conversions import converted
from dss_web.uploads.bad_values import BadValues
from dss_web.uploads.checking import with_columns
from dss_web.uploads.titles import TYPE_EXAMPLES, TYPE_TITLES

# Of a value in an error message: it may be a whole letter.
SHOWN_CHARACTERS = 60
_CHOICES: Final = {str(kind): kind for kind in UPLOAD_COLUMN_TYPES}
_NUMBERS: Final = frozenset({ColumnType.INTEGER, ColumnType.BIGINT, ColumnType.NUMERIC})
_DATED: Final = frozenset({ColumnType.DATE, ColumnType.TIMESTAMP})
# What may be done to a value that stays text.
_OF_TEXT: Final = frozenset({Conversion.NONE, Conversion.TRIM, Conversion.EXCEL_TEXT})


@dataclass(frozen=True, slots=True)
class ValueChange:
    """One way to load the values of a column: `before` becomes `after`; the same where nothing is done."""

    conversion: Conversion
    before: str
    after: str


@dataclass(slots=True)
class ColumnChoice:
    """A column as it was found, and what is chosen of it. `changes` are the ways to load its values, if several.

    `words` are those that may be taken for NULL, with their number; `nulls` are the words that are.
    """

    position: int
    found: ColumnReading
    facts: Mapping[str, Any]
    name: str
    type: str
    is_left_out: bool
    conversion: Conversion
    changes: list[ValueChange]
    words: list[tuple[str, int]]
    nulls: frozenset[str]
    errors: dict[str, list[str]] = field(default_factory=dict)

    def reading(self) -> ColumnReading:
        """How the column is loaded. What is offered is done where it makes values of the chosen type."""
        kind = ColumnType(self.type)
        conversion = self.conversion
        if kind is ColumnType.TEXT and conversion not in _OF_TEXT:
            conversion = Conversion.NONE
        elif kind in _NUMBERS and self.found.type is ColumnType.TEXT and self.found.offer is not Conversion.NONE:
            conversion = self.found.offer
        elif kind not in _DATED and conversion in {Conversion.DAY_FIRST, Conversion.MONTH_FIRST}:
            conversion = Conversion.NONE
        # The order of the words is that of the file's check, so that an unchanged column is equal to the found one.
        nulls = tuple(sorted(self.nulls))
        return replace(self.found, name=self.name, type=kind, conversion=conversion, nulls=nulls)


class ColumnChoices:
    """The choices of all columns: those of `shown` until the person sends others."""

    def __init__(
        self,
        found: Reading,
        facts: Sequence[Mapping[str, Any]],
        shown: Reading,
        sent: Mapping[str, str] | None = None,
    ) -> None:
        """`found` has all columns of the file, `facts` what each holds; `sent` are the fields of the form."""
        self._found = found
        kept = {column.position: column for column in shown.columns}
        self.columns = [
            _choice(number, column, fact, kept.get(column.position), sent)
            for number, (column, fact) in enumerate(zip(found.columns, facts, strict=True), start=1)
        ]

    @property
    def errors(self) -> list[tuple[str, str]]:
        """The id of a field and what is wrong with it, in the order of the columns."""
        return [
            (f"id_{name}", message)
            for column in self.columns
            for name, messages in column.errors.items()
            for message in messages
        ]

    def clean(self) -> None:
        """Find what cannot be loaded: names that no column can have, or that two have, and unknown types."""
        names: dict[str, ColumnChoice] = {}
        for column in self.columns:
            if column.type not in _CHOICES:
                problem = f"Choose a type for {column.name or f'column {column.position}'} from the list"
                column.errors.setdefault(f"type-{column.position}", []).append(problem)
            if column.is_left_out:
                continue
            problem = _name_problem(column)
            if not problem and column.name in names:
                problem = (
                    f"“{column.name}” is the name of column {names[column.name].position} already. "
                    f"Enter another name for column {column.position}."
                )
            if problem:
                column.errors.setdefault(f"name-{column.position}", []).append(problem)
            names.setdefault(column.name, column)
        if all(column.is_left_out for column in self.columns):
            self.columns[0].errors["leave-1"] = ["Keep at least one column. All columns are left out."]

    def reading(self) -> Reading:
        """How the file is loaded as chosen. Only where `clean` has found nothing."""
        return with_columns(self._found, [column.reading() for column in self.columns if not column.is_left_out])

    def refuse(self, bad: BadValues) -> None:
        """Say of each column the first value that is not of its type, and how many there are."""
        by_name = {column.name: column for column in self.columns if not column.is_left_out}
        first = {value.name: value for value in reversed(bad.first)}
        for name, count in bad.counts.items():
            column = by_name[name]
            kind = ColumnType(column.type)
            problem = f"{count:,} values in {name} are not {_article(kind)}."
            if value := first.get(name):
                shown = value.value if len(value.value) <= SHOWN_CHARACTERS else value.value[:SHOWN_CHARACTERS] + "…"
                problem = f"Line {value.line} has “{shown}” in {name}, which is not {_article(kind)}"
                problem += f" ({count:,} such values in all)." if count > 1 else "."
            column.errors.setdefault(f"type-{column.position}", []).append(
                f"{problem} Expected: {TYPE_EXAMPLES[kind]}. "
                "Choose another type, or correct the file and upload it again."
            )


def _choice(
    number: int,
    found: ColumnReading,
    fact: Mapping[str, Any],
    shown: ColumnReading | None,
    sent: Mapping[str, str] | None,
) -> ColumnChoice:
    column = shown or found
    changes = _changes(found, fact)
    words = [
        (finding["found"], finding["count"])
        for finding in fact["findings"]
        if finding["kind"] == FindingKind.NULL_WORDS
    ]
    if sent is None:
        return ColumnChoice(
            number,
            found,
            fact,
            column.name,
            str(column.type),
            shown is None,
            column.conversion,
            changes,
            words,
            frozenset(column.nulls),
        )
    conversion = sent.get(f"values-{number}", "")
    possible = {change.conversion for change in changes}
    return ColumnChoice(
        number,
        found,
        fact,
        sent.get(f"name-{number}", column.name).strip(),
        sent.get(f"type-{number}", str(column.type)),
        f"leave-{number}" in sent,
        Conversion(conversion) if conversion in possible else column.conversion,
        changes,
        words,
        frozenset(word for place, (word, _) in enumerate(words) if f"null-{number}-{place}" in sent),
    )


def _changes(found: ColumnReading, fact: Mapping[str, Any]) -> list[ValueChange]:
    """The ways to load a column's values where there are several: as they stand, or changed; day or month first."""
    kinds = {finding["kind"]: finding for finding in reversed(fact["findings"])}
    if ambiguous := kinds.get(FindingKind.AMBIGUOUS_DATES):
        value = ambiguous["found"]
        day_first = found.conversion if found.conversion is Conversion.DAY_FIRST else Conversion.NONE
        return [
            ValueChange(day_first, value, converted(Conversion.DAY_FIRST, value)),
            ValueChange(Conversion.MONTH_FIRST, value, converted(Conversion.MONTH_FIRST, value)),
        ]
    change = kinds.get(FindingKind.CONVERTED)
    if change is None or found.conversion is Conversion.NONE:
        return []
    return [
        ValueChange(found.conversion, change["found"], change["expected"]),
        ValueChange(Conversion.NONE, change["found"], change["found"]),
    ]


def _name_problem(column: ColumnChoice) -> str:
    name, number = column.name, column.position
    if not name:
        return f"Enter a name for column {number}, or leave it out"
    if not COLUMN_NAME.fullmatch(name):
        example = clean_name(name)
        example = f", for example {example}" if example else ""
        return (
            f"“{name[:SHOWN_CHARACTERS]}” cannot be the name of column {number}. Start with a letter from a to z, and "
            f"use only lower case letters, numbers and underscores{example}."
        )
    if len(name) > NAME_CHARACTERS:
        return f"The name of column {number} has {len(name)} characters. It can have {NAME_CHARACTERS}."
    if name in RESERVED_COLUMNS:
        return f"“{name}” is a name that the database keeps for itself. Enter another name for column {number}."
    return ""


def _article(kind: ColumnType) -> str:
    title = TYPE_TITLES[kind].lower()
    return title if kind is ColumnType.BOOLEAN else f"a {title}"
