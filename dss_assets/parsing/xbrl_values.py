"""The text of an XBRL element -> a value as COPY reads it."""

import re
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from typing import Protocol

from dateutil import parser

from dss_assets.dataset import FactType


class Element(Protocol):
    """What is read of an element: its own text before any element in it, and its attributes."""

    @property
    def text(self) -> str | None:
        """The text before the first element within it."""

    def get(self, key: str, /) -> str | None:
        """An attribute."""


class InvalidValue(ValueError):
    """A text is not what its fact's type takes; the message says what was found and expected."""


# Digits enough for any figure, and few enough for Postgres, which takes 131,072.
_NUMBER = re.compile(r"([+-]?)(\d{1,1000}(?:\.\d{0,1000})?|\.\d{1,1000})(?:[eE]([+-]?\d{1,3}))?", re.ASCII)
# The formats of the inline XBRL transformation registries 1 to 5 in which a comma is the decimal mark. In the first,
# `numcommadot` has commas between groups.
_DECIMAL_COMMA = frozenset({"numcomma", "numdotcomma", "numspacecomma", "numcommadecimal", "num-comma-decimal"})
_BOOLEANS = {"booleantrue": "true", "fixed-true": "true", "booleanfalse": "false", "fixed-false": "false"}
# What software writes where there is nothing: a hyphen, or a dash.
_NOTHING = frozenset({"", "-", "\u2013", "\u2014"})
# Blanks between groups of digits, which only a number with a format may have; XBRL's own numbers have none.
_GROUP_BLANKS = re.compile(r"(?<=\d)[ \u00a0\u202f](?=\d)")
_SCALE = re.compile(r"[+-]?\d{1,3}", re.ASCII)
_YEAR_FIRST = re.compile(r"(\d{4})[-./ ]?(\d\d?)[-./ ]?(\d\d?)(T[\d:.]*)?", re.ASCII)
# The formats of the inline XBRL transformation registries 1 to 5 in which the month stands first.
_MONTH_FIRST = re.compile(r".*(month-?day-?year(en)?|us)")
# "Wednesday 31 September 2020" has 27; the parser's time grows with the length.
_DATE_CHARACTERS = 60
_SHOWN_CHARACTERS = 60
# Two days that differ in year, month and day: a text that leaves one of them out is read as two different dates.
_DEFAULTS = (datetime(2000, 1, 1), datetime(2001, 2, 2))


def read_value(element: Element, type: FactType, *, negated: bool = False) -> str | None:
    """The value of an element, None for NULL. Raises InvalidValue."""
    text = element.text or ""
    if type is FactType.LABELLED_NUMBER:
        text = text.rpartition(": ")[2]
    text = text.strip()
    format_ = (element.get("format") or "").rpartition(":")[2].lower()
    if type is FactType.BOOLEAN:
        # What such a format shows may be any words, or none.
        return _boolean(_BOOLEANS.get(format_, text), negated)
    if text in _NOTHING:
        return None
    match type:
        case FactType.TEXT:
            return text.replace("\n", " ").replace('"', "")
        case FactType.DATE:
            is_month_first = bool(_MONTH_FIRST.fullmatch(format_))
            return _found(_date(text, is_month_first), text, "a date with day, month and year")
        case _:
            return _found(_number(_digits(text, format_), element.get("sign"), element.get("scale")), text, "a number")


def read_day(text: str) -> str | None:
    """A day of a context's period as YYYY-MM-DD, None where it is none."""
    match = _YEAR_FIRST.fullmatch(text.strip())
    return _day(*match.groups()[:3]) if match else None


def _found(value: str | None, text: str, expected: str) -> str:
    if value is None:
        raise InvalidValue(f"found {text[:_SHOWN_CHARACTERS]!r}, expected {expected}")
    return value


def _boolean(text: str, negated: bool) -> str | None:
    if text not in {"true", "false"}:
        return None
    return text if not negated else {"true": "false", "false": "true"}[text]


def _digits(text: str, format_: str) -> str:
    """A number without marks between its groups of digits, and with a point before its decimals."""
    if format_.startswith("num"):
        text = _GROUP_BLANKS.sub("", text)
    if format_ in _DECIMAL_COMMA:
        return text.replace(".", "").replace(",", ".")
    return text.replace(",", "")


def _number(text: str, sign: str | None, scale: str | None) -> str | None:
    number = _NUMBER.fullmatch(text)
    if number is None or (scale and not _SCALE.fullmatch(scale)):
        return None
    digits = number[2]
    exponent = int(number[3] or 0) + int(scale or 0)
    if exponent:
        digits = format(Decimal(f"{digits}e{exponent}"), "f")
    return f"-{digits}" if (number[1] == "-") != (sign == "-") else digits


# Most filings of a day are of the same few dates, and the parser takes 0.1 ms.
@lru_cache(4096)
def _date(text: str, is_month_first: bool) -> str | None:
    if len(text) > _DATE_CHARACTERS:
        return None
    if match := _YEAR_FIRST.fullmatch(text):
        return _day(*match.groups()[:3])
    try:
        first, second = (parser.parse(text, dayfirst=not is_month_first, default=each).date() for each in _DEFAULTS)
    except (ValueError, OverflowError, TypeError, ArithmeticError):
        return None
    return first.isoformat() if first == second else None


def _day(year: str, month: str, day: str) -> str | None:
    try:
        return date(int(year), int(month), int(day)).isoformat()
    except ValueError:
        return None
