"""The ways in which published values are cleaned for L1, each a piece of SQL with what it can convert."""

from dss_assets.dataset import Conversion
from dss_web.shared.contract import ColumnType

# to_date takes 201913 for January 2020 and 0 for a year: only what is a month is let through.
_MONTH = "{} ~ '^[1-9][0-9]{{3}}(0[1-9]|1[0-2])$'"

MONTH = Conversion(
    ColumnType.DATE,
    "to_date({}, 'YYYYMM')",
    valid=_MONTH,
    expected="a month as YYYYMM, for example 201905",
)
"""'201905' -> 2019-05-01."""

MONTH_START = Conversion(
    ColumnType.TIMESTAMP,
    "to_date({}, 'YYYYMM')::timestamp",
    valid=_MONTH,
    expected="a month as YYYYMM, for example 201905",
)
"""'201905' -> 2019-05-01 00:00."""

MONTH_NAME = Conversion(
    ColumnType.DATE,
    "to_date({}, 'MON_YYYY')",
    valid="{} ~* '^(JAN|FEB|MAR|APR|MAY|JUN|JUL|AUG|SEP|OCT|NOV|DEC)_[1-9][0-9]{{3}}$'",
    expected="an English month as MMM_YYYY, for example MAY_2019",
)
"""'MAY_2019' -> 2019-05-01."""

TRIMMED_LOWER = Conversion(ColumnType.TEXT, "lower(btrim({}))")

JOINED_LOWER = Conversion(ColumnType.TEXT, "nullif(lower(btrim(concat_ws(' ', {}))), '')")
"""Columns joined by one space; an empty part between two others leaves two spaces, as clients know it."""

POSTCODE = Conversion(ColumnType.TEXT, "upper(replace({}, ' ', ''))")

LAST_CHARACTER = Conversion(ColumnType.TEXT, "right({}, 1)")

CODE_LIST = Conversion("text[]", "string_to_array({}, ',', '')")
"""'a,,b' -> {a,NULL,b}."""
