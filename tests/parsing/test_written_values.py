"""Numbers and dates that are not written as Postgres reads them."""

import io
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal

import pytest

from dss_assets.dataset import NO_REJECTS, Column, Dataset, DateOrder, Delimited, Incremental, Number, Written
from dss_assets.errors import InvalidFile
from dss_assets.parsing import open_rows
from dss_web.shared.contract import ColumnType
from tests.parts.assets_fixtures import Ingest, Select
from tests.published import zipped

CONTINENTAL = Number(decimal=",", thousands=".")
SALES = Dataset(
    "org",
    "sales",
    source=None,
    format=Delimited(delimiter=";"),
    loading=Incremental(),
    columns=(
        Column("day", ColumnType.DATE, written=DateOrder.DAY_FIRST),
        Column("amount", ColumnType.NUMERIC, written=CONTINENTAL),
        Column("pieces", ColumnType.INTEGER, written=CONTINENTAL),
        Column("at", ColumnType.TIMESTAMP, written=DateOrder.MONTH_FIRST),
    ),
    reject_limit=NO_REJECTS,
)


def read(text: str, written: Written, type: ColumnType) -> str:
    column = Column("value", type, written=written)
    with open_rows(
        Delimited(delimiter="|"), (column,), io.BytesIO(f"value\n{text}\n".encode()), "a.csv", 10**6
    ) as rows:
        return b"".join(rows.chunks).decode().strip().strip('"')


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("1.234.567,89", "1234567.89"),
        ("-1.234", "-1234"),
        ("1234,5", "1234.5"),
        ("+0,50", "+0.50"),
        (",5", "0.5"),
        ("5,", "5"),
        (" 12 ", "12"),
    ],
)
def test_numbers_with_decimal_comma_and_thousands(text: str, number: str) -> None:
    assert read(text, CONTINENTAL, ColumnType.NUMERIC) == number


@pytest.mark.parametrize(
    "text", ["1.23", "1,234.5", "1.2345", "12.34,5", "1e5", "NaN", "infinity", "1_000", "-", "٣", "0x1F"]
)
def test_what_is_no_such_number_is_refused(text: str) -> None:
    with pytest.raises(InvalidFile, match=r"a.csv, line 2, column value: found .*, expected a number written as 1"):
        read(text, CONTINENTAL, ColumnType.NUMERIC)


@pytest.mark.parametrize(
    ("thousands", "text"),
    [(" ", "1 234 567.5"), (" ", "1\u00a0234\u202f567.5"), ("'", "1'234'567.5"), (",", "1,234,567.5")],
)
def test_other_marks_of_thousands(thousands: str, text: str) -> None:
    assert read(text, Number(thousands=thousands), ColumnType.NUMERIC) == "1234567.5"


@pytest.mark.parametrize(
    ("order", "text", "day"),
    [
        (DateOrder.DAY_FIRST, "31/12/2024", "2024-12-31"),
        (DateOrder.DAY_FIRST, "1.2.2024", "2024-02-01"),
        (DateOrder.DAY_FIRST, "01-Feb-2024", "2024-02-01"),
        (DateOrder.DAY_FIRST, "1 September 2024", "2024-09-01"),
        (DateOrder.DAY_FIRST, "01/02/2024 00:00", "2024-02-01"),
        (DateOrder.MONTH_FIRST, "1/2/2024", "2024-01-02"),
        (DateOrder.MONTH_FIRST, "12-31-2024", "2024-12-31"),
        (DateOrder.MONTH_FIRST, "December 31, 2024", "2024-12-31"),
        (DateOrder.MONTH_FIRST, "2024-12-31", "2024-12-31"),
    ],
)
def test_dates_in_either_order(order: DateOrder, text: str, day: str) -> None:
    assert read(text, order, ColumnType.DATE) == day


@pytest.mark.parametrize(
    ("order", "text"),
    [
        (DateOrder.DAY_FIRST, "12/31/2024"),
        (DateOrder.MONTH_FIRST, "31/12/2024"),
        (DateOrder.DAY_FIRST, "30/02/2024"),
        (DateOrder.DAY_FIRST, "00/00/1965"),
        (DateOrder.DAY_FIRST, "01/02/24"),
        (DateOrder.DAY_FIRST, "01/02/2024 12:30"),
        (DateOrder.DAY_FIRST, "1 Foo 2024"),
        (DateOrder.DAY_FIRST, "today"),
    ],
)
def test_what_is_no_such_date_is_refused(order: DateOrder, text: str) -> None:
    with pytest.raises(InvalidFile, match=rf"column value: found '{text}', expected a date with the .* first, such as"):
        read(text, order, ColumnType.DATE)


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("1/2/2024", "2024-01-02 00:00:00"),
        ("1/2/2024 3:04 PM", "2024-01-02 15:04:00"),
        ("1/2/2024 12:04:05 AM", "2024-01-02 00:04:05"),
        ("01/02/2024T23:59:59.25", "2024-01-02 23:59:59.25"),
        ("Jan 2, 2024, 12:00 pm", "2024-01-02 12:00:00"),
    ],
)
def test_times_behind_dates(text: str, at: str) -> None:
    assert read(text, DateOrder.MONTH_FIRST, ColumnType.TIMESTAMP) == at


@pytest.mark.parametrize("text", ["1/2/2024 24:30", "1/2/2024 13:00 PM", "1/2/2024 12:00 +01:00", "1/2/2024 12:60"])
def test_what_is_no_time_is_refused(text: str) -> None:
    with pytest.raises(InvalidFile, match=r"expected a date with the month first"):
        read(text, DateOrder.MONTH_FIRST, ColumnType.TIMESTAMP)


def test_typed_columns_hold_the_values_that_were_meant(ingest_bytes: Ingest, select: Select) -> None:
    content = "day;amount;pieces;at\n03/04/2024;1.234,50;1.000;03/04/2024 17:30\n;;7;\n"
    ingest_bytes(SALES, "sales.csv", content.encode())
    assert select('SELECT day, amount, pieces, at FROM "org.sales"."L0" ORDER BY id') == [
        (date(2024, 4, 3), Decimal("1234.50"), 1000, datetime(2024, 3, 4, 17, 30)),
        (None, None, 7, None),
    ]


def test_a_value_below_line_breaks_is_refused_with_member_and_line(ingest_bytes: Ingest) -> None:
    dataset = replace(SALES, columns=(Column("note"), *SALES.columns))
    content = 'note;day;amount;pieces;at\n"two\nlines";;;;\nx;1.2.2024;1,5;1.00;\n'
    with pytest.raises(
        InvalidFile,
        match=r"sales.zip, member a.csv, line 4, column pieces: found '1.00', expected a number written as 1.23",
    ):
        ingest_bytes(dataset, "sales.zip", zipped({"a.csv": content}))


def test_what_its_type_does_not_take_is_refused_with_the_line(ingest_bytes: Ingest) -> None:
    content = "day;amount;pieces;at\n;;1;\n;;1,5;\n"
    with pytest.raises(InvalidFile, match=r"sales.csv, line 3, column pieces: found '1.5', expected a whole number"):
        ingest_bytes(SALES, "sales.csv", content.encode())
