"""What is done to a value on its way into the table, one function for each `Conversion`."""

import re
from collections.abc import Callable
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from typing import Final

from dss_web.shared.csv.cells import CURRENCY, EXCEL_TEXT
from dss_web.shared.csv.reading import Conversion

# What `str.strip` takes off, the non-breaking blanks of spreadsheets included, and the mark that shows nothing.
_SIGNS: Final = re.compile(rf"{CURRENCY}|[\s\u200b'’]")
_CURRENCY: Final = re.compile(CURRENCY)
_MINUS: Final = "-−–"
# Digits with a sign between groups of three, of two as well in India, or without.
_GROUPED: Final = {
    ",": re.compile(r"[0-9]+|[0-9]{1,3}(?:,[0-9]{2,3})*,[0-9]{3}"),
    ".": re.compile(r"[0-9]+|[0-9]{1,3}(?:\.[0-9]{3})+"),
}
_POINT_GROUPS: Final = re.compile(r"(?<![0-9])[1-9][0-9]{0,2}(?:\.[0-9]{3})+(?![0-9])")
_DATE: Final = re.compile(r"([0-9]{1,2})[-/.]([0-9]{1,2})[-/.]([0-9]{4})(.*)", re.DOTALL)


def _trim(value: str) -> str:
    return value.strip()


def _number(value: str) -> str:
    return _plainly(value, grouping=",", decimal=".")


def _decimal_comma(value: str) -> str:
    # A point that groups nothing is a decimal point all the same: 1.5 among 1,5 is no 15.
    is_point = "," not in value and not _POINT_GROUPS.search(value) and value.count(".") == 1
    return _plainly(value, grouping=",", decimal=".") if is_point else _plainly(value, grouping=".", decimal=",")


def _plainly(value: str, *, grouping: str, decimal: str) -> str:
    """A number without its signs, in Postgres's form. What is none stays, and the load says which value it was."""
    text = _SIGNS.sub("", value)
    is_negative = (text.startswith("(") and text.endswith(")")) or text.endswith("-") or text[:1] in _MINUS
    is_percent = text.rstrip(")").endswith("%")
    text = text.strip("()%" + _MINUS)
    if not text.strip(grouping + decimal):
        return "0" if _CURRENCY.search(value) else value.strip()  # £-, as Excel's accounting format writes it
    whole, mark, rest = text.partition(decimal)
    if grouping in rest or not _GROUPED[grouping].fullmatch(whole or "0"):
        return value.strip()
    try:
        number = Decimal(f"{whole.replace(grouping, '') or '0'}{'.' if mark else ''}{rest}")
    except InvalidOperation:
        return value.strip()
    if is_percent:
        number /= 100
    return f"{-number if is_negative else number:f}"


def _plain(value: str) -> str:
    try:
        return f"{Decimal(value.strip()):f}"
    except InvalidOperation:
        return value.strip()


def _excel_text(value: str) -> str:
    match = EXCEL_TEXT.fullmatch(value.strip())
    return match[1] if match else value


def _day_first(value: str) -> str:
    match = _DATE.fullmatch(value.strip())
    return f"{match[3]}-{match[2]:0>2}-{match[1]:0>2}{match[4]}" if match else value.strip()


def _month_first(value: str) -> str:
    match = _DATE.fullmatch(value.strip())
    return f"{match[3]}-{match[1]:0>2}-{match[2]:0>2}{match[4]}" if match else value.strip()


_FUNCTIONS: Final[dict[Conversion, Callable[[str], str]]] = {
    Conversion.TRIM: _trim,
    Conversion.NUMBER: _number,
    Conversion.DECIMAL_COMMA: _decimal_comma,
    Conversion.PLAIN: _plain,
    Conversion.EXCEL_TEXT: _excel_text,
    Conversion.DAY_FIRST: _day_first,
    Conversion.MONTH_FIRST: _month_first,
}


def converted(conversion: Conversion, value: str) -> str:
    """What becomes of one value."""
    convert = converter(conversion)
    return convert(value) if convert else value


def converter(conversion: Conversion) -> Callable[[str], str] | None:
    """The function of a conversion, which remembers its last values; None for the one that changes nothing."""
    if conversion is Conversion.NONE:
        return None
    return lru_cache(maxsize=4096)(_FUNCTIONS[conversion])
