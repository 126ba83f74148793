"""One value -> what it looks like, as a person would read it."""

import datetime
import re
from enum import StrEnum, auto
from functools import lru_cache
from typing import Final, NamedTuple


class Kind(StrEnum):
    """What a value looks like. Those of dates also say in which order day and month can be read."""

    EMPTY = auto()
    INTEGER = auto()
    LARGE = auto()  # a whole number that no integer of Postgres holds
    DECIMAL = auto()
    SCIENTIFIC = auto()  # 1.2e-3
    CUT = auto()  # 1.23457E+12, which Excel makes of a long number
    CODE_E = auto()  # 1E5, which is a code as often as a number
    ZEROS = auto()  # 00123
    LONG = auto()  # more digits than a spreadsheet's number keeps
    PLUS = auto()
    GROUPED = auto()  # 1,234.50
    THREE = auto()  # 1,234: a thousand and more, or three decimal places
    MONEY = auto()
    PERCENT = auto()
    BRACKETS = auto()  # (500), 500-, and 500 after a typographer's minus
    SPACED = auto()  # 1 234, with a non-breaking blank
    COMMA = auto()  # 1,50 and 1.234,50 €: the comma is the decimal sign
    POINTS = auto()  # 1.234.567: the points group
    EXCEL_TEXT = auto()
    DATE_ISO = auto()
    DATE_YEAR = auto()  # 2024/01/31
    DATE_DAY = auto()
    DATE_MONTH = auto()
    DATE_EITHER = auto()
    DATE_NAMED = auto()  # 31 Jan 2024
    TIME_ISO = auto()
    TIME_YEAR = auto()
    TIME_DAY = auto()
    TIME_MONTH = auto()
    TIME_EITHER = auto()
    TIME_NAMED = auto()
    TIME_OFFSET = auto()
    SHORT_YEAR = auto()  # 31/12/68
    CLOCK = auto()  # 12:30
    TRUE = auto()
    FALSE = auto()
    NULL_WORD = auto()
    HASHES = auto()  # ########, which Excel shows in place of what a column is too narrow for
    TEXT = auto()


class Cell(NamedTuple):
    """`kind` is the value's; `order` is a text that sorts dates and times as they follow one another, else ''."""

    kind: Kind
    order: str = ""


# A spreadsheet keeps fifteen digits of a number: https://support.microsoft.com/office/excel-specifications (2026-11).
LONG_DIGITS: Final = 16
# Nothing that is not text has more characters: a date with names and an offset has some forty.
TYPED_CHARACTERS: Final = 60
TRUE_WORDS: Final = frozenset({"true", "t", "yes", "y"})
FALSE_WORDS: Final = frozenset({"false", "f", "no", "n"})
# Words that programs write for a missing value. The empty value is NULL as it stands. In brackets those of
# https://analysisfunction.civilservice.gov.uk/policy-store/symbols-in-tables-definitions-and-help/ (2026-11) that stand
# in place of a number; the last are what a spreadsheet shows for a formula that has failed.
NULL_WORDS: Final = frozenset(
    (
        "NULL null Null \\N None none N/A n/a NA na NaN nan #N/A N.A. n.a. - -- – — . .. * ? : ~ nil NIL Nil "
        "(null) (NULL) <null> <NULL> <NA> NaT … ... "
        "[c] [low] [u] [w] [x] [z] #NULL! #DIV/0! #REF! #VALUE! #NAME? #NUM! #SPILL! #CALC! #ERROR! "
        "#NV #WERT! #BEZUG! #ZAHL! #VALEUR! #NOM? #NOMBRE!"
    ).split()
)
# Of these those that no person writes: they are NULL in a column of text as well.
DATABASE_NULLS: Final = frozenset({"NULL", "\\N"})

_DIGITS: Final = re.compile(r"-?[0-9]+", re.ASCII)
_DECIMAL: Final = re.compile(r"-?(?:(?:0|[1-9][0-9]*)\.[0-9]*|\.[0-9]+)")
_ZERO_DECIMAL: Final = re.compile(r"-?0[0-9]+\.[0-9]+")
# A cell of the format General shows a number of twelve digits and more with six of them.
_CUT: Final = re.compile(r"-?[1-9](?:\.[0-9]{1,5})?E\+(?:1[1-9]|2[0-9])")
_HASHES: Final = re.compile("#{3,}")
_CODE_E: Final = re.compile(r"[0-9]+[eE][0-9]+")
_SCIENTIFIC: Final = re.compile(r"-?(?:[0-9]+\.?[0-9]*|\.[0-9]+)[eE][+-]?[0-9]{1,2}")
_PLUS: Final = re.compile(r"\+[0-9][0-9.]*")
_BLANK: Final = "\u00a0\u202f\u2009\u2007"
# Signs, the names of ISO 4217 that stand in trade statistics, and what people write for some of them.
CURRENCY: Final = (
    r"(?:US\$|[ACR]\$|HK\$|NZ\$|[£$€¥₴₹₩₺₽₪฿₫₦]|kr\.?|zł|Kč|Rs\.?|GBP|USD|EUR|CHF|JPY|CNY|AUD|CAD|NZD|SEK|NOK|DKK|PLN|CZK|INR"
    r"|BRL|ZAR)"
)
# 12,34,567 is how India groups.
_GROUPED: Final = re.compile(r"-?(?:[0-9]{1,3}(?:,[0-9]{3})+\.[0-9]*|[0-9]{1,3}(?:,[0-9]{2,3})+,[0-9]{3}(?:\.[0-9]*)?)")
_THREE: Final = re.compile(r"-?[1-9][0-9]{0,2},[0-9]{3}")
_BEFORE: Final = rf"[-−–(]?(?:{CURRENCY}[ {_BLANK}]?)?[-(]?"
_AFTER: Final = rf"(?:[ {_BLANK}]?{CURRENCY})?\)?-?"
# With a decimal point, if with any, and groups that a comma, a blank or an apostrophe divides.
_POINTED: Final = rf"[0-9]+(?:[,{_BLANK} '’][0-9]{{2,3}})*(?:\.[0-9]+)?"
# £- is Excel's zero.
_MONEY: Final = re.compile(rf"(?=.*{CURRENCY}){_BEFORE}{_POINTED}{_AFTER}|{CURRENCY}[ {_BLANK}]*-")
_PERCENT: Final = re.compile(rf"[-−–(]?{_POINTED}[ {_BLANK}]?%\)?")
_BRACKETS: Final = re.compile(rf"\({_POINTED}\)|{_POINTED}-|[−–]{_POINTED}")
_SPACED: Final = re.compile(rf"-?[0-9]{{1,3}}(?:[{_BLANK} '’][0-9]{{3}})+(?:\.[0-9]+)?")
_POINTS: Final = re.compile(rf"{_BEFORE}[0-9]{{1,3}}(?:\.[0-9]{{3}}){{2,}}{_AFTER}")
# After three digits, and with no other sign, it is a THREE.
_COMMA: Final = re.compile(
    rf"{_BEFORE}(?:0|[0-9]{{4,}}|[0-9]{{1,3}}(?:[. {_BLANK}'’][0-9]{{3}})+|[0-9]{{1,3}}(?!,[0-9]{{3}}(?![0-9]))),[0-9]+"
    rf"(?:[ {_BLANK}]?%)?{_AFTER}"
)
EXCEL_TEXT: Final = re.compile(r'="([^"]*)"')
_TIME: Final = (
    r"(?:(?P<hour>[01]?[0-9]|2[0-3]):[0-5][0-9](?::[0-5][0-9](?:\.[0-9]{1,6})?)?"
    r"|(?P<hour12>0?[1-9]|1[0-2]):[0-5][0-9](?::[0-5][0-9])? ?(?P<half>[AaPp])[Mm])"
)
_STAMP: Final = rf"(?:(?:[T ]{{1,2}}|, )(?P<time>{_TIME})(?P<offset> ?(?:Z|UTC|[+-][0-9]{{2}}(?::?[0-9]{{2}})?))?)?"
_YEAR_FIRST: Final = re.compile(rf"(?P<y>[0-9]{{4}})(?P<s>[-/.])(?P<a>[0-9]{{1,2}})(?P=s)(?P<b>[0-9]{{1,2}}){_STAMP}")
_YEAR_LAST: Final = re.compile(rf"(?P<a>[0-9]{{1,2}})(?P<s>[-/.])(?P<b>[0-9]{{1,2}})(?P=s)(?P<y>[0-9]{{4}}){_STAMP}")
_MONTHS: Final = {
    name: number for number, name in enumerate("jan feb mar apr may jun jul aug sep oct nov dec".split(), 1)
}
# Whole names or three letters, as Postgres reads them.
_NAME: Final = (
    r"(?P<m>jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?"
    r"|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)"
)
_NAMED: Final = (
    re.compile(rf"(?P<d>[0-9]{{1,2}})(?P<s>[-/ ]?){_NAME}(?P=s)(?P<y>[0-9]{{4}}){_STAMP}", re.IGNORECASE),
    re.compile(rf"{_NAME} (?P<d>[0-9]{{1,2}}),? (?P<y>[0-9]{{4}}){_STAMP}", re.IGNORECASE),
)
_SHORT_YEAR: Final = re.compile(
    rf"[0-9]{{1,2}}(?P<s>[-/.])[0-9]{{1,2}}(?P=s)[0-9]{{2}}(?: {_TIME})?|[0-9]{{1,2}}[- ][A-Za-z]{{3}}[- ][0-9]{{2}}"
)
_CLOCK: Final = re.compile(r"(?:[01]?[0-9]|2[0-3]):[0-5][0-9](?::[0-5][0-9](?:\.[0-9]+)?)?")
_ODD_DIGIT: Final = re.compile(r"[0-9]")


def look_at(value: str) -> Cell:
    """What a value looks like; blanks around it do not matter."""
    value = value.strip()
    if not value:
        return Cell(Kind.EMPTY)
    if len(value) > TYPED_CHARACTERS:
        return Cell(Kind.TEXT)
    return _look_at(value)


@lru_cache(maxsize=20_000)
def _look_at(value: str) -> Cell:
    if value in NULL_WORDS:
        return Cell(Kind.NULL_WORD)
    if not _ODD_DIGIT.search(value):
        word = value.lower()
        if word in TRUE_WORDS:
            return Cell(Kind.TRUE)
        signs = Kind.HASHES if _HASHES.fullmatch(value) else Kind.MONEY if _MONEY.fullmatch(value) else Kind.TEXT
        return Cell(Kind.FALSE if word in FALSE_WORDS else signs)
    for look in (_number, _written_number, _date):
        if cell := look(value):
            return cell
    return Cell(Kind.TEXT)


def _number(value: str) -> Cell | None:
    if _DIGITS.fullmatch(value):
        digits = value.lstrip("-")
        if len(digits) > 1 and digits.startswith("0"):
            return Cell(Kind.ZEROS)
        if len(digits) >= LONG_DIGITS:
            return Cell(Kind.LONG)
        return Cell(Kind.INTEGER if -(2**31) <= int(value) < 2**31 else Kind.LARGE)
    for kind, pattern in (
        (Kind.DECIMAL, _DECIMAL),
        (Kind.CODE_E, _CODE_E),
        (Kind.CUT, _CUT),
        (Kind.SCIENTIFIC, _SCIENTIFIC),
        (Kind.ZEROS, _ZERO_DECIMAL),
        (Kind.PLUS, _PLUS),
    ):
        if pattern.fullmatch(value):
            return Cell(kind)
    return None


def _written_number(value: str) -> Cell | None:
    for kind, pattern in (
        (Kind.COMMA, _COMMA),
        (Kind.THREE, _THREE),
        (Kind.GROUPED, _GROUPED),
        (Kind.POINTS, _POINTS),
        (Kind.SPACED, _SPACED),
        (Kind.MONEY, _MONEY),
        (Kind.PERCENT, _PERCENT),
        (Kind.BRACKETS, _BRACKETS),
        (Kind.EXCEL_TEXT, EXCEL_TEXT),
    ):
        if pattern.fullmatch(value):
            return Cell(kind)
    return None


def _date(value: str) -> Cell | None:
    if match := _YEAR_FIRST.fullmatch(value):
        iso = match["s"] == "-" and len(match["a"]) == len(match["b"]) == 2
        return _dated(match, match["a"], match["b"], "ISO" if iso else "YEAR")
    if match := _YEAR_LAST.fullmatch(value):
        is_day_first, is_month_first = (
            _is_date(match["y"], match["b"], match["a"]),
            _is_date(match["y"], match["a"], match["b"]),
        )
        if is_day_first:
            return _dated(match, match["b"], match["a"], "EITHER" if is_month_first else "DAY")
        return _dated(match, match["a"], match["b"], "MONTH")
    for pattern in _NAMED:
        if match := pattern.fullmatch(value):
            return _dated(match, str(_MONTHS[match["m"][:3].lower()]), match["d"], "NAMED")
    if _SHORT_YEAR.fullmatch(value):
        return Cell(Kind.SHORT_YEAR)
    return Cell(Kind.CLOCK) if _CLOCK.fullmatch(value) else None


def _dated(match: re.Match[str], month: str, day: str, form: str) -> Cell:
    if not _is_date(match["y"], month, day):
        return Cell(Kind.TEXT)
    order = f"{match['y']}-{int(month):02}-{int(day):02}"
    if not match["time"]:
        return Cell(Kind[f"DATE_{form}"], order)
    hour, _, rest = match["time"].partition(":")
    if match["half"]:
        hour, rest = str(int(hour) % 12 + 12 * (match["half"] in "Pp")), rest[:-2].strip()
    order = f"{order} {int(hour):02}:{rest}"
    return Cell(Kind.TIME_OFFSET if match["offset"] else Kind[f"TIME_{form}"], order)


def _is_date(year: str, month: str, day: str) -> bool:
    try:
        datetime.date(int(year), int(month), int(day))
    except ValueError:
        return False
    return True


# Numbers as Postgres reads them, and those that a person writes.
NUMBERS: Final = frozenset({Kind.INTEGER, Kind.LARGE, Kind.DECIMAL, Kind.SCIENTIFIC, Kind.CUT})
WRITTEN_NUMBERS: Final = frozenset(
    {Kind.GROUPED, Kind.THREE, Kind.MONEY, Kind.PERCENT, Kind.BRACKETS, Kind.SPACED, Kind.POINTS}
)
DATES: Final = frozenset(kind for kind in Kind if kind.name.startswith("DATE_"))
TIMES: Final = frozenset(kind for kind in Kind if kind.name.startswith("TIME_")) - {Kind.TIME_OFFSET}
# A value of these is hardly ever the name of a column.
DATA: Final = (
    NUMBERS
    | WRITTEN_NUMBERS
    | DATES
    | TIMES
    | {Kind.TIME_OFFSET, Kind.SHORT_YEAR, Kind.CLOCK, Kind.CODE_E, Kind.ZEROS, Kind.LONG, Kind.COMMA}
    | {Kind.EXCEL_TEXT, Kind.PLUS}
)
