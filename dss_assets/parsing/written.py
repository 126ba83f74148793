"""Numbers and dates as publishers write them -> as Postgres reads them, whatever its settings."""

import re
from collections.abc import Callable
from datetime import date, time
from functools import lru_cache

from dss_assets.dataset import Column, DateOrder, Number
from dss_web.shared.contract import ColumnType

# A value that is certain: its form is not the publisher's, and it is read as it is.
Reader = Callable[[str], str | None]

_MONTHS = (
    *("january", "february", "march", "april", "may", "june"),
    *("july", "august", "september", "october", "november", "december"),
)
_NAME = r"[A-Za-z]{3,9}"
_TIME = r"(?:(?:,? +|T)(\d{1,2}):(\d\d)(?::(\d\d)(\.\d{1,6})?)?(?: ?([AP]M))?)?"
_DATES = {
    DateOrder.DAY_FIRST: re.compile(
        rf"(?P<day>\d\d?)[-/. ](?P<month>\d\d?|{_NAME})[-/. ](?P<year>\d{{4}}){_TIME}", re.ASCII | re.IGNORECASE
    ),
    DateOrder.MONTH_FIRST: re.compile(
        rf"(?P<month>\d\d?|{_NAME})[-/. ](?P<day>\d\d?)(?:[-/. ]|, ?)(?P<year>\d{{4}}){_TIME}", re.ASCII | re.IGNORECASE
    ),
}
_YEAR_FIRST = re.compile(rf"(?P<year>\d{{4}})-(?P<month>\d\d)-(?P<day>\d\d){_TIME}", re.ASCII | re.IGNORECASE)


class Exact(str):
    """A value that a format holds as a number or a date, and not as a text somebody has written."""

    __slots__ = ()


def reader_of(column: Column) -> Reader | None:
    """What reads the values of a column, None where Postgres does. It returns None for what is not written that way."""
    match column.written:
        case Number(decimal=decimal, thousands=thousands):
            return _number_reader(decimal, thousands)
        case DateOrder() as order:
            return lambda text: _read_date(text, order, column.type)
        case None:
            return None


def expected(column: Column) -> str:
    """What messages say that a column takes."""
    match column.written:
        case Number(decimal=decimal, thousands=thousands):
            return f"a number written as 1{thousands}234{decimal}5"
        case DateOrder.DAY_FIRST:
            return "a date with the day first, such as 31/12/2024"
        case _:
            return "a date with the month first, such as 12/31/2024"


def _number_reader(decimal: str, thousands: str) -> Reader:
    mark = r"[ \u00a0\u202f]" if thousands == " " else re.escape(thousands)
    whole = rf"\d{{1,3}}(?:{mark}\d{{3}})+|\d+" if thousands else r"\d+"
    number = re.compile(rf"([+-]?)({whole})?(?:{re.escape(decimal)}(\d*))?", re.ASCII)

    def read(text: str) -> str | None:
        match = number.fullmatch(text.strip())
        if match is None or not (match[2] or match[3]):
            return None
        digits = re.sub(r"\D", "", match[2] or "0", flags=re.ASCII)
        return f"{match[1]}{digits}.{match[3]}" if match[3] else f"{match[1]}{digits}"

    return read


# A release has few different dates, and reading one takes 5 microseconds.
@lru_cache(4096)
def _read_date(text: str, order: DateOrder, type: ColumnType) -> str | None:
    match = _DATES[order].fullmatch(text.strip()) or _YEAR_FIRST.fullmatch(text.strip())
    if match is None:
        return None
    month = match["month"]
    number = int(month) if month.isdecimal() else _month(month.casefold())
    hour, minute, second, fraction, half = match.groups()[3:]
    try:
        day = date(int(match["year"]), number, int(match["day"])).isoformat()
        at = _time(hour, minute, second, half) if hour else time()
    except ValueError:
        return None
    if type is ColumnType.DATE:
        # A time that a date cannot hold is not dropped in silence.
        return day if at == time() and not (fraction or "").strip(".0") else None
    return f"{day} {at.isoformat()}{fraction or ''}"


def _month(name: str) -> int:
    found = [number for number, month in enumerate(_MONTHS, start=1) if name in {month, month[:3]}]
    return found[0] if found else 9 if name == "sept" else 0


def _time(hour: str, minute: str, second: str | None, half: str | None) -> time:
    """The time of day. Raises ValueError for one that there is not."""
    hours = int(hour)
    if half:
        if not 1 <= hours <= 12:
            raise ValueError(f"{hour} is no hour of a half day")
        hours = hours % 12 + (12 if half.upper() == "PM" else 0)
    return time(hours, int(minute), int(second or 0))
