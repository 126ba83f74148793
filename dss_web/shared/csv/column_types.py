"""What a column holds -> the narrowest type that all of its values have, and what is to be said of it."""

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

from dss_web.shared.contract import ColumnType
from dss_web.shared.csv.cells import CURRENCY, DATABASE_NULLS, DATES, NUMBERS, TIMES, WRITTEN_NUMBERS, Kind
from dss_web.shared.csv.census import ColumnCensus, Example
from dss_web.shared.csv.conversions import converted
from dss_web.shared.csv.findings import Finding, FindingKind, Severity
from dss_web.shared.csv.reading import Conversion

# Words for a missing value that no number and no date is: in a column of those they are NULL. Other words, and all in a
# column of text but the database's own, are offered.
_NULLS_OF_TYPED: Final = DATABASE_NULLS | {"None", "N/A"}
_CODES: Final = frozenset({Kind.ZEROS, Kind.LONG, Kind.PLUS, Kind.CODE_E})
_HARD_BLANK: Final = re.compile("[\u00a0\u202f\u2009\u2007]")
# Titles of columns whose 1.10 is not 1.1.
_VERSIONS: Final = re.compile(
    r"section|version|clause|para|chapter|item|ref|release|code|no\b|number|rule|standard", re.IGNORECASE
)
_POINT_GROUP: Final = re.compile(r"-?[1-9][0-9]{0,2}\.[0-9]{3}")
_MAY_GROUP: Final = re.compile(r"(?<![0-9.])[1-9][0-9]{0,2}(?:\.[0-9]{3})+(?![0-9.])")
# The day is the month.
_SAME: Final = re.compile(r"0?([0-9]+)[-/.]0?\1[-/.]")
_CURRENCIES: Final = re.compile(CURRENCY)
# Where these are, points group more often than not.
_GROUPED_BY_POINTS: Final = frozenset("€ EUR R$ BRL kr DKK NOK SEK zł PLN Kč CZK".split())
# So many different values, each so long, are a list that a person can look through: regions, kinds, years.
_LISTED: Final = 100
_SHORT: Final = 100
# So many values that do not fit are shown; a column whose others are of a type is nearly of it.
_NEARLY = 0.8


@dataclass(slots=True)
class ColumnFacts:
    """The type of a column and why: `kinds` counts what its values look like, `exceptions` keep it from a narrower.

    `values` are all different ones, in order, where they are few and short; None otherwise.
    """

    type: ColumnType = ColumnType.TEXT
    conversion: Conversion = Conversion.NONE
    offer: Conversion = Conversion.NONE
    nulls: tuple[str, ...] = ()
    kinds: dict[str, int] = field(default_factory=dict)
    exceptions: list[Example] = field(default_factory=list)
    empty: int = 0
    distinct: int = 0
    is_capped: bool = False
    smallest: str = ""
    largest: str = ""
    findings: list[Finding] = field(default_factory=list)
    values: list[str] | None = None


def decide(census: ColumnCensus, column: int, title: str, *, has_commas: bool = False) -> ColumnFacts:
    """The facts of a column, which is the `column`th of the table, counted from 1.

    `has_commas` says that the file has numbers with a decimal comma, in whatever column, and that its points may group.
    """
    facts = ColumnFacts(kinds={str(kind): count for kind, count in census.counts.items() if count})
    facts.empty = census.counts[Kind.EMPTY]
    facts.distinct, facts.is_capped = len(census.distinct), census.is_capped
    if not census.is_capped and len(census.distinct) <= _LISTED and max(map(len, census.distinct), default=0) <= _SHORT:
        facts.values = sorted(census.distinct)
    kinds = {kind for kind, count in census.counts.items() if count} - {Kind.EMPTY, Kind.NULL_WORD}
    _type(facts, census, kinds, column, title, has_commas)
    _nulls(facts, census, column)
    is_to_trim = facts.type is not ColumnType.TEXT or census.padded >= census.filled
    if facts.conversion is Conversion.NONE and census.padded and is_to_trim:
        facts.conversion = Conversion.TRIM
        value = next((one.value for one in _examples(census) if one.value != one.value.strip()), "")
        facts.findings.append(_finding(FindingKind.CONVERTED, column, value, value.strip(), census.padded))
    _limits(facts, census)
    return facts


def _finding(
    kind: FindingKind, column: int, found: str, expected: str = "", count: int = 1, line: int | None = None
) -> Finding:
    return Finding(kind, Severity.TELL, line=line, column=column, found=found, expected=expected, count=count)


def _examples(census: ColumnCensus, kinds: Iterable[Kind] | None = None) -> list[Example]:
    chosen = census.examples if kinds is None else kinds
    return sorted(one for kind in chosen for one in census.examples.get(kind, ()))


def _type(
    facts: ColumnFacts, census: ColumnCensus, kinds: set[Kind], column: int, title: str, has_commas: bool
) -> None:
    if not kinds:
        return
    if kinds <= {Kind.TRUE, Kind.FALSE}:
        if len(kinds) == 2:
            facts.type = ColumnType.BOOLEAN
        else:
            one = _examples(census)[0]
            facts.findings.append(
                _finding(FindingKind.ONE_SIDED, column, one.value, count=census.filled, line=one.line)
            )
    elif kinds <= NUMBERS | _CODES:
        _number(facts, census, kinds, column, title, has_commas)
    elif kinds <= NUMBERS | WRITTEN_NUMBERS | {Kind.COMMA}:
        _written(facts, census, kinds, column, has_commas)
    elif Kind.HASHES in kinds:
        one = _examples(census, [Kind.HASHES])[0]
        count = census.counts[Kind.HASHES]
        facts.findings.append(_finding(FindingKind.HASHES, column, one.value, count=count, line=one.line))
    elif Kind.EXCEL_TEXT in kinds:
        one = _examples(census, [Kind.EXCEL_TEXT])[0]
        _convert(facts, Conversion.EXCEL_TEXT, one, column, census.counts[Kind.EXCEL_TEXT])
    elif kinds <= DATES | TIMES:
        _date(facts, census, kinds, column)
    elif kinds <= DATES | TIMES | {Kind.TIME_OFFSET}:
        one = _examples(census, [Kind.TIME_OFFSET])[0]
        facts.findings.append(
            _finding(FindingKind.OFFSETS, column, one.value, count=census.counts[Kind.TIME_OFFSET], line=one.line)
        )
    elif kinds <= DATES | {Kind.SHORT_YEAR}:
        one = _examples(census, [Kind.SHORT_YEAR])[0]
        facts.findings.append(
            _finding(FindingKind.SHORT_YEARS, column, one.value, count=census.counts[Kind.SHORT_YEAR], line=one.line)
        )
    else:
        _exceptions(facts, census, kinds, column)


def _number(
    facts: ColumnFacts, census: ColumnCensus, kinds: set[Kind], column: int, title: str, has_commas: bool
) -> None:
    codes = kinds & _CODES
    if codes == {Kind.CODE_E} and Kind.SCIENTIFIC in kinds:
        codes = set()
    versions = _versions(census, title) if not codes and Kind.DECIMAL in kinds else None
    if codes or versions:
        one = versions or _examples(census, codes)[0]
        count = sum(census.counts[kind] for kind in codes)
        facts.findings.append(_finding(FindingKind.CODES, column, one.value, count=count or 1, line=one.line))
        return
    if Kind.CUT in kinds and not kinds & {Kind.SCIENTIFIC, Kind.DECIMAL}:
        # Large ones only: numbers of other things, too long for a cell, and not measurements.
        one = _examples(census, [Kind.CUT])[0]
        facts.offer = Conversion.PLAIN
        count = census.counts[Kind.CUT]
        facts.findings.append(_finding(FindingKind.CUT_DIGITS, column, one.value, count=count, line=one.line))
        return
    if has_commas and Kind.DECIMAL in kinds:
        # 1.234 beside columns of 1,50 is a thousand and more.
        one = _examples(census, [Kind.DECIMAL])[0]
        _offer(facts, Conversion.DECIMAL_COMMA, one, column, census.counts[Kind.DECIMAL])
        return
    facts.type = ColumnType.INTEGER if kinds == {Kind.INTEGER} else ColumnType.NUMERIC
    scientific = kinds & {Kind.SCIENTIFIC, Kind.CUT}
    if scientific:
        one = _examples(census, scientific)[0]
        _convert(facts, Conversion.PLAIN, one, column, sum(census.counts[kind] for kind in scientific))


def groups_by_points(census: ColumnCensus) -> bool:
    """Whether every value with a point has three digits after it, and no zero before, as far as that is known."""
    return not census.is_capped and all(
        _POINT_GROUP.fullmatch(value.strip()) for value in census.distinct if "." in value
    )


def _versions(census: ColumnCensus, title: str) -> Example | None:
    """Two values such as 1.10 and 1.1, which are one number, where they look like numbers of sections."""
    if census.is_capped or not all(
        re.fullmatch(r"[0-9]{1,3}(?:\.[0-9]{1,3})?", value.strip()) for value in census.distinct
    ):
        return None
    same: Counter[float] = Counter(float(value) for value in {value.strip() for value in census.distinct})
    twice = {number for number, count in same.items() if count > 1}
    if not twice or not (_VERSIONS.search(title) or len(census.distinct) == census.filled):
        return None
    value = next(value for value in sorted(census.distinct) if float(value) in twice)
    return Example(_examples(census)[0].line, value)


def _written(facts: ColumnFacts, census: ColumnCensus, kinds: set[Kind], column: int, has_commas: bool) -> None:
    """Numbers as people write them: offered, and only those with non-breaking blanks are made plain."""
    written = kinds - NUMBERS
    one = _examples(census, written)[0]
    count = sum(census.counts[kind] for kind in written)
    signs = {match[0].rstrip(".") for value in _known(census) if (match := _CURRENCIES.search(value))}
    if len(signs) > 1:
        found = ", ".join(sorted(signs))
        facts.findings.append(_finding(FindingKind.CURRENCIES, column, found, line=one.line))
        return
    # Three digits after a point are no cents.
    has_groups = has_commas or (bool(signs) and signs <= _GROUPED_BY_POINTS)
    pointed = [value for value in _known(census) if "." in value.replace("kr.", "kr")] if has_groups else []
    if kinds & {Kind.COMMA, Kind.POINTS} or (pointed and all(map(_MAY_GROUP.search, pointed))):
        if Kind.GROUPED in kinds:
            return  # 1,234.50 and 1,50: neither reading is right for both
        comma = next(iter(_examples(census, kinds & {Kind.COMMA, Kind.POINTS})), one)
        _offer(facts, Conversion.DECIMAL_COMMA, comma, column, count)
        return
    if written == {Kind.SPACED} and all(_HARD_BLANK.search(each.value) for each in _examples(census, written)):
        facts.type = ColumnType.INTEGER if kinds <= {Kind.INTEGER, Kind.SPACED} else ColumnType.NUMERIC
        if facts.type is ColumnType.INTEGER and len(one.value) > 11:
            facts.type = ColumnType.NUMERIC
        _convert(facts, Conversion.NUMBER, one, column, count)
        return
    for each in sorted({kind: _examples(census, [kind])[0] for kind in written}.values()):
        _offer(facts, Conversion.NUMBER, each, column, count)


def _known(census: ColumnCensus) -> Iterable[str]:
    """All different values, or some of them where they are too many."""
    return census.distinct or {one.value for one in _examples(census)}


def _convert(facts: ColumnFacts, conversion: Conversion, one: Example, column: int, count: int) -> None:
    facts.conversion = conversion
    after = converted(conversion, one.value)
    facts.findings.append(_finding(FindingKind.CONVERTED, column, one.value, after, count, one.line))


def _offer(facts: ColumnFacts, conversion: Conversion, one: Example, column: int, count: int) -> None:
    facts.offer = conversion
    after = converted(conversion, one.value)
    facts.findings.append(_finding(FindingKind.CONVERTIBLE, column, one.value, after, count, one.line))


def _date(facts: ColumnFacts, census: ColumnCensus, kinds: set[Kind], column: int) -> None:
    days = kinds & {Kind.DATE_DAY, Kind.TIME_DAY}
    months = kinds & {Kind.DATE_MONTH, Kind.TIME_MONTH}
    either = kinds & {Kind.DATE_EITHER, Kind.TIME_EITHER}
    if days and months:
        for some in (days, months):
            one = _examples(census, some)[0]
            facts.findings.append(_finding(FindingKind.MIXED_DATES, column, one.value, line=one.line))
        return
    facts.type = ColumnType.TIMESTAMP if kinds & TIMES else ColumnType.DATE
    if months:
        one = _examples(census, months)[0]
        _convert(facts, Conversion.MONTH_FIRST, one, column, sum(census.counts[kind] for kind in months | either))
        return
    if either and not days:
        examples = _examples(census, either)
        one = next((one for one in examples if not _SAME.match(one.value.strip())), examples[0])
        count = sum(census.counts[kind] for kind in either)
        facts.findings.append(
            _finding(
                FindingKind.AMBIGUOUS_DATES,
                column,
                one.value,
                converted(Conversion.DAY_FIRST, one.value),
                count,
                one.line,
            )
        )
    if any(re.match(r"[0-9]{1,2}[-.]", one.value.strip()) for one in _examples(census, days | either)):
        one = _examples(census, days | either)[0]
        _convert(facts, Conversion.DAY_FIRST, one, column, sum(census.counts[kind] for kind in days | either))


def _exceptions(facts: ColumnFacts, census: ColumnCensus, kinds: set[Kind], column: int) -> None:
    """A few values among many of one family keep the column from its type: they are named with their lines."""
    total = sum(census.counts[kind] for kind in kinds)
    for family in (NUMBERS, NUMBERS | WRITTEN_NUMBERS, DATES | TIMES, frozenset({Kind.TRUE, Kind.FALSE})):
        inside = sum(census.counts[kind] for kind in kinds & family)
        if inside > 1 and inside >= _NEARLY * total:
            facts.exceptions = _examples(census, kinds - family)[:3]
            one = facts.exceptions[0]
            facts.findings.append(_finding(FindingKind.NEARLY, column, one.value, count=total - inside, line=one.line))
            return
    if Kind.TIME_OFFSET in kinds or Kind.SHORT_YEAR in kinds:
        return


def _nulls(facts: ColumnFacts, census: ColumnCensus, column: int) -> None:
    if not census.nulls:
        return
    words = set(census.nulls)
    taken = words & (DATABASE_NULLS if facts.type is ColumnType.TEXT else _NULLS_OF_TYPED)
    if facts.type is not ColumnType.TEXT and words - taken:
        # What is not taken for NULL by itself has to be chosen: until then the column is text.
        facts.type, facts.conversion = ColumnType.TEXT, Conversion.NONE
        taken = words & DATABASE_NULLS
    facts.nulls = tuple(sorted(taken))
    for word in sorted(words):
        one = next((each for each in census.examples.get(Kind.NULL_WORD, ()) if each.value.strip() == word), None)
        expected = "NULL" if word in taken else ""
        line = one.line if one else None
        facts.findings.append(_finding(FindingKind.NULL_WORDS, column, word, expected, census.nulls[word], line))


def _limits(facts: ColumnFacts, census: ColumnCensus) -> None:
    if facts.type in {ColumnType.INTEGER, ColumnType.NUMERIC} and census.numbers:
        facts.smallest, facts.largest = (f"{number:.15g}" for number in census.numbers)
    elif (
        facts.conversion is Conversion.MONTH_FIRST and census.counts[Kind.DATE_EITHER] + census.counts[Kind.TIME_EITHER]
    ):
        return  # the census took their days first
    elif facts.type in {ColumnType.DATE, ColumnType.TIMESTAMP} and census.dates:
        facts.smallest, facts.largest = census.dates
    elif not census.is_capped and census.distinct:
        facts.smallest, facts.largest = min(census.distinct), max(census.distinct)
