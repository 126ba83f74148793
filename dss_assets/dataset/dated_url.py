"""A URL with a date in it."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from itertools import islice
from typing import Final

from dss_assets.dataset.headers import Header, require_headers
from dss_assets.dataset.validation import (
    placeholders,
    require,
    require_file_name,
    require_interval,
    require_url,
)

# So many periods must have names and URLs of their own: a template without a year repeats itself sooner.
_COMPARED_PERIODS: Final = 800
_WORDS: Final = frozenset({"year", "month", "day", "quarter", "start", "end"})


class Period(StrEnum):
    """What one file is of."""

    DAY = "day"
    MONTH = "month"
    QUARTER = "quarter"
    YEAR = "year"


@dataclass(frozen=True, slots=True)
class DatedUrl:
    """A file for each period since `first`, whose URL has its date: one file, and so one partition, a period.

    `url` and `stored_as` are templates with `{year}`, `{month}` and `{day}` of the period's first day in digits,
    `{quarter}` (1 to 4), and `{start:%d %B %Y}` and `{end:…}` with any format of `strftime`.

    At each look the current period and the `look_back` periods before it are asked for; at least one of them must be
    there, and those that are not there (404) are not out yet. Older ones are asked for until they are stored.
    """

    url: str
    stored_as: str
    period: Period
    first: date
    every: timedelta
    look_back: int = 3
    headers: tuple[Header, ...] = ()

    def __post_init__(self) -> None:
        for what, template in (("URL", self.url), ("name", self.stored_as)):
            unknown = placeholders(template) - _WORDS
            require(not unknown, f"a {what} with a date knows no {', '.join(sorted(unknown))} of {template!r}")
        require_url(self.url, "the dated URL")
        require("{" not in "/".join(self.url.split("/")[:3]), f"the host of {self.url!r} cannot have a date")
        require(self.look_back >= 1, "a new period has no file at its beginning: look_back is at least 1")
        starts = list(islice(self._from(self.first), _COMPARED_PERIODS))
        for template, of in ((self.url, self.url_of), (self.stored_as, self.name_of)):
            require(len(set(map(of, starts))) == len(starts), f"{template!r} is the same for different periods")
        require_file_name(self.name_of(starts[0]))
        require_interval(self.every)
        require_headers(self.headers, (self.url,))

    @property
    def urls(self) -> tuple[str, ...]:
        """Where the publisher is asked, as far as it has no date in it."""
        return (self.url.partition("{")[0],)

    def starts(self, today: date) -> list[date]:
        """The first days of all periods that have begun, the newest first."""
        begun = []
        for start in self._from(self.first):
            if start > today:
                break
            begun.append(start)
        return begun[::-1]

    def url_of(self, start: date) -> str:
        """The URL of a period's file."""
        return self._filled(self.url, start)

    def name_of(self, start: date) -> str:
        """The name of a period's file."""
        return self._filled(self.stored_as, start)

    def _from(self, day: date) -> Iterator[date]:
        start = _start(self.period, day)
        while start.year < date.max.year:
            yield start
            start = _next(self.period, start)

    def _filled(self, template: str, start: date) -> str:
        return template.format(
            year=start.year,
            month=f"{start.month:02}",
            day=f"{start.day:02}",
            quarter=(start.month + 2) // 3,
            start=start,
            end=_next(self.period, start) - timedelta(days=1),
        )


def _start(period: Period, day: date) -> date:
    match period:
        case Period.DAY:
            return day
        case Period.MONTH:
            return day.replace(day=1)
        case Period.QUARTER:
            return date(day.year, (day.month - 1) // 3 * 3 + 1, 1)
        case Period.YEAR:
            return date(day.year, 1, 1)


def _next(period: Period, start: date) -> date:
    # The longest that a period has in days, and a few of the next one.
    days = {Period.DAY: 1, Period.MONTH: 31, Period.QUARTER: 92, Period.YEAR: 366}
    return _start(period, start + timedelta(days=days[period]))
