"""The ways in which published values are cleaned for L1, each a piece of SQL with what it can convert."""

from dss_assets.dataset import Conversion
from dss_web.shared.contract import ColumnType

# to_date takes 201913 for January 2020 and 0 for a year: only what is a month is let through.
MONTH = Conversion(
    ColumnType.DATE,
    "to_date(nullif(btrim({}), ''), 'YYYYMM')",
    valid="btrim({}) ~ '^([1-9][0-9]{{3}}(0[1-9]|1[0-2]))?$'",
    expected="a month as YYYYMM, for example 201905",
)
"""'201905' -> 2019-05-01; blanks alone are NULL."""

MONTH_START = Conversion(
    ColumnType.TIMESTAMP,
    "to_date({}, 'YYYYMM')::timestamp",
    valid="{} ~ '^[1-9][0-9]{{3}}(0[1-9]|1[0-2])$'",
    expected="a month as YYYYMM, for example 201905",
)
"""'201905' -> 2019-05-01 00:00."""

MONTH_NAME = Conversion(
    ColumnType.DATE,
    "to_date(regexp_replace({}, '^([a-z]{{3}})[a-z]*', '\\1', 'i'), 'MON_YYYY')",
    valid="{} ~* '^(JAN(UARY)?|FEB(RUARY)?|MAR(CH)?|APR(IL)?|MAY|JUNE?|JULY?|AUG(UST)?|SEPT?(EMBER)?|OCT(OBER)?|"
    "NOV(EMBER)?|DEC(EMBER)?)_[1-9][0-9]{{3}}$'",
    expected="an English month and a year, for example MAY_2019",
)
"""'MAY_2019', 'SEPTEMBER_2019' -> 2019-05-01, 2019-09-01."""

TRIMMED_LOWER = Conversion(ColumnType.TEXT, "lower(btrim({}))")

JOINED_LOWER = Conversion(ColumnType.TEXT, "nullif(lower(btrim(concat_ws(' ', {}))), '')")
"""Columns joined by one space; an empty part between two others leaves two spaces, as clients know it."""

POSTCODE = Conversion(ColumnType.TEXT, "upper(replace({}, ' ', ''))")

LAST_CHARACTER = Conversion(ColumnType.TEXT, "right({}, 1)")

CODE_LIST = Conversion("text[]", "string_to_array({}, ',', '')")
"""'a,,b' -> {a,NULL,b}."""
