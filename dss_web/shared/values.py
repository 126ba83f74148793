"""How values of typed columns are written: what a column takes, which is less than Postgres reads.

Postgres also reads `today`, `epoch`, `infinity`, `NaN`, `0x1F` and `1_000`, and drops the offset of
`2024-01-31T14:30:00+02:00` and the time of a date without a word
(https://www.postgresql.org/docs/current/datatype-datetime.html and sql-syntax-lexical.html, seen 2026-11).
"""

from enum import StrEnum
from typing import Final

from dss_web.shared.contract import ColumnType


class DateStyle(StrEnum):
    """In which order Postgres's setting DateStyle reads dates. Those with years first are read in any.

    Published dates in another order are declared, and rewritten on their way (`dss_assets/parsing/written.py`).
    """

    YEAR_FIRST = "YMD"
    DAY_FIRST = "DMY"


_INTEGER = r"[+-]?[0-9]++"
_NUMBER = r"[+-]?(?:[0-9]++\.?[0-9]*+|\.[0-9]++)(?:[eE][+-]?[0-9]++)?"
# ISO 8601 in its two forms, and years first with other separators, which can mean one thing only.
_YEAR_FIRST = r"[0-9]{4}(?:-[0-9]{1,2}-|/[0-9]{1,2}/|\.[0-9]{1,2}\.)[0-9]{1,2}|[0-9]{8}"
_MONTH_NAME = r"(?i:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[A-Za-z]*+\.?"
# Whoever says which comes first has said that 03/04/20 is a date as well.
_YEAR_LAST = (
    r"[0-9]{1,2}[-/. ][0-9]{1,2}[-/. ][0-9]{2}(?:[0-9]{2})?"
    rf"|[0-9]{{1,2}}[- ]{_MONTH_NAME}[- ][0-9]{{4}}|{_MONTH_NAME} [0-9]{{1,2}},? [0-9]{{4}}"
)
# Files write the midnight of a date: it says no more than the date.
_MIDNIGHT = r"(?:[T ]00:00(?::00(?:\.0++)?)?)?"
_TIME = r"(?:[T ]{1,2}[0-9]{1,2}:[0-9]{2}(?::[0-9]{2}(?:[.,][0-9]++)?)?(?: ?[AaPp][Mm])?)?"
_OFFSET = r"(?: ?(?:Z|UTC|[+-][0-9]{2}(?::?[0-9]{2})?))?"


def shape(kind: ColumnType, order: DateStyle = DateStyle.YEAR_FIRST) -> str | None:
    """The regular expression of a whole value of a type, in ASCII and without blanks around; None where any text is.

    What matches need not be a value: Postgres refuses the 31st of February itself.
    """
    date = _YEAR_FIRST if order is DateStyle.YEAR_FIRST else f"{_YEAR_FIRST}|{_YEAR_LAST}"
    match kind:
        case ColumnType.INTEGER | ColumnType.BIGINT:
            return _INTEGER
        case ColumnType.NUMERIC:
            return _NUMBER
        case ColumnType.DATE:
            return f"(?:{date}){_MIDNIGHT}"
        case ColumnType.TIMESTAMP:
            return f"(?:{date}){_TIME}"
        case ColumnType.TIMESTAMPTZ:
            return f"(?:{date}){_TIME}{_OFFSET}"
        case _:
            return None


# The characters around a value that Postgres passes over in typed columns.
BLANKS: Final = " \t"
