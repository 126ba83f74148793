"""What is done to a value on its way into the table, one function for each `Conversion`."""

import re
from collections.abc import Callable
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from typing import Final

from dss_web.shared.csv.cells import EXCEL_TEXT
from dss_web.shared.csv.reading import Conversion

# What `str.strip` takes off, the non-breaking blanks of spreadsheets included, and the mark that shows nothing.
_SIGNS: Final = re.compile(r"[\s\u200b£$€¥₴₹'’]|GBP|USD|EUR")
_DATE: Final = re.compile(r"([0-9]{1,2})[-/.]([0-9]{1,2})[-/.]([0-9]{4})(.*)", re.DOTALL)


def _trim(value: str) -> str:
    return value.strip()


def _number(value: str) -> str:
    text = _SIGNS.sub("", value).replace(",", "")
    is_negative = (text.startswith("(") and text.endswith(")")) or text.endswith("-") or text.startswith("-")
    is_percent = text.endswith("%")
    text = text.strip("()-%")
    try:
        number = Decimal(text)
    except InvalidOperation:
        return value.strip()  # the load says which value it was
    if is_percent:
        number /= 100
    return f"{-number if is_negative else number:f}"


def _decimal_comma(value: str) -> str:
    return value.strip().replace(".", "").replace(",", ".")


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
