"""The order of a dataset's files: by their dates, which stand in their names or in their rows."""

import calendar
import re
import string
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final, NamedTuple

from dss_assets.dataset.dated_url import DatedUrl
from dss_assets.dataset.json_sources import JsonListing
from dss_assets.dataset.sources import HtmlLinks, Source, StorageFolder
from dss_assets.dataset.validation import require, require_pattern


@dataclass(frozen=True, slots=True)
class Latest:
    """A file is as old as the greatest value of this column of L0, which is a date or a timestamp."""

    column: str


class FileDate(NamedTuple):
    """A file's date, and which of the patterns gave it: files of one kind, a month or a year, are compared."""

    date: date
    kind: int


def require_dating(patterns: Sequence[str]) -> None:
    """Raise ValueError unless each pattern of a file's name gives at least its year."""
    require(not isinstance(patterns, str), "`dated` is one text, and not a tuple of texts")
    for pattern in patterns:
        groups = require_pattern(pattern, "the dated name")
        require("year" in groups, f"the dated name {pattern!r} has no group year")


def patterns_of(source: Source | None) -> tuple[str, ...]:
    """The pattern of a source by which its files are dated, if that has the groups."""
    pattern = _named(source) if source else ""
    return (pattern,) if "year" in re.compile(pattern).groupindex else ()


def _named(source: Source) -> str:
    """The pattern of the names under which a source's files are stored."""
    match source:
        case HtmlLinks(name=name) | StorageFolder(name=name) | JsonListing(title=None, stored_as=None, matching=name):
            return name
        case JsonListing(stored_as=str(template)):
            return _filled(template, {})
        case DatedUrl(stored_as=template):
            return _filled(template, _DIGITS)
        case _:
            return ""


# In names of periods these stand without anything between them, too.
_DIGITS: Final = {"year": r"\d{4}", "quarter": "[1-4]", "month": r"\d{2}", "day": r"\d{2}"}


def _filled(template: str, values: Mapping[str, str]) -> str:
    """A template as a pattern, in which the first place of each word is a group of its name."""
    pattern, known = "", set[str]()
    for text, word, _, _ in string.Formatter().parse(template):
        pattern += re.escape(text)
        if word is not None:
            value = values.get(word, "[^_]+")
            pattern += value if word in known else f"(?P<{word}>{value})"
            known.add(word)
    return pattern


def date_of(patterns: Sequence[str], file_name: str) -> FileDate | None:
    """The date in a file's name, by the first pattern that matches the whole of it, in any case.

    The group `year` has two or four digits, `month` is a number or an English name of at least three letters, `quarter`
    is 1 to 4. Without a month it is the last day of the quarter or year, without a day the last of the month.
    """
    for kind, pattern in enumerate(patterns):
        match = re.fullmatch(pattern, file_name, re.IGNORECASE)
        if match and (day := _date(match.groupdict())):
            return FileDate(day, kind)
    return None


def _date(parts: dict[str, str | None]) -> date | None:
    try:
        year = int(parts["year"] or "")
        year += 2000 if year < 100 else 0
        quarter = int(parts.get("quarter") or 4)
        month = _month(parts.get("month") or str(3 * quarter))
        last = calendar.monthrange(year, month)[1]
        return date(year, month, int(parts.get("day") or last))
    except ValueError:
        return None


_MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]


def _month(text: str) -> int:
    return int(text) if text.isdigit() else _MONTHS.index(text[:3].lower()) + 1
