"""What Postgres would read as something else than it says is refused, with its line, its column and what to do."""

from collections.abc import Callable, Sequence
from datetime import date, datetime

import pytest

from dss_assets.dataset import NO_REJECTS, Column, Dataset, Delimited, Incremental, Replace, TrailingList, UserCsv
from dss_assets.errors import InvalidFile
from dss_web.shared.contract import ColumnType
from tests.parts.assets_fixtures import Ingest, Rows
from tests.published import zipped

Select = Callable[[str], Rows]
ROWS = 'SELECT value FROM "org.values"."L0" ORDER BY id'


def dataset(kind: ColumnType, *others: Column) -> Dataset:
    columns = (Column("note"), Column("value", kind), *others)
    return Dataset(
        "org",
        "values",
        source=None,
        format=Delimited(),
        loading=Incremental(),
        columns=columns,
        reject_limit=NO_REJECTS,
    )


def file(values: Sequence[str], note: str = "n") -> bytes:
    return "".join(["note,value\n", *(f"{note},{value}\n" for value in values)]).encode()


SILENT = {
    ColumnType.INTEGER: ["0x1F", "0b1", "0o7", "1_000"],
    ColumnType.BIGINT: ["0x1F", "1_000"],
    ColumnType.NUMERIC: ["NaN", "nan", "Infinity", "-inf", "0x1F", "1_000.5"],
    ColumnType.DATE: [
        *("today", "now", "tomorrow", "yesterday", "epoch", "infinity", "-infinity", "J2451187"),
        *("03/04/2020", "03/04/20", "03-04-20", "31.12.2020", "31 Dec 2020", "200131", "2020.031"),
        *("2020-01-31 14:30", "2020-01-31T00:00:00+02:00"),
    ],
    ColumnType.TIMESTAMP: [
        *("today", "now", "epoch", "infinity", "2020-01-31 allballs", "03/04/2020 10:00", "2020-01-31 10:00 PST"),
        *("2020-01-31T10:00:00+02:00", "2020-01-31 10:00Z", "2020-01-31 10:00:00 Europe/London"),
    ],
}


@pytest.mark.parametrize(("kind", "value"), [(kind, value) for kind, values in SILENT.items() for value in values])
def test_what_postgres_takes_in_silence_is_refused(kind: ColumnType, value: str, ingest_bytes: Ingest) -> None:
    with pytest.raises(InvalidFile) as caught:
        ingest_bytes(dataset(kind), "a.csv", file(["", f'"{value}"']))

    assert str(caught.value).startswith(f"a.csv, line 3, column value: found {value!r}, expected a ")


@pytest.mark.parametrize(
    ("kind", "values", "read"),
    [
        (ColumnType.INTEGER, ["1", " +2 ", "-3", "", "007"], [1, 2, -3, None, 7]),
        (ColumnType.NUMERIC, ["1.5", ".5", "2.", "1e3", "-0.10"], [1.5, 0.5, 2, 1000, -0.1]),
        (
            ColumnType.DATE,
            ["2020-01-31", "2020-1-5", "20200131", "2020/01/31", "1995-07-07 00:00"],
            [date(2020, 1, 31), date(2020, 1, 5), date(2020, 1, 31), date(2020, 1, 31), date(1995, 7, 7)],
        ),
        (
            ColumnType.TIMESTAMP,
            ["2020-01-31", "2020-01-31T14:30", "2020-01-31 14:30:00.5"],
            [datetime(2020, 1, 31), datetime(2020, 1, 31, 14, 30), datetime(2020, 1, 31, 14, 30, 0, 500000)],
        ),
        (ColumnType.TEXT, ["today", "NaN", "1_000"], ["today", "NaN", "1_000"]),
    ],
)
def test_what_values_say_is_read(
    kind: ColumnType, values: list[str], read: list[object], ingest_bytes: Ingest, select: Select
) -> None:
    ingest_bytes(dataset(kind), "a.csv", file(values))

    assert [pytest.approx(one) if isinstance(one, float) else one for one in read] == [
        float(value) if kind is ColumnType.NUMERIC else value for (value,) in select(ROWS)
    ]


def test_an_offset_is_not_dropped_and_a_column_that_keeps_it_takes_it(ingest_bytes: Ingest, select: Select) -> None:
    content = file(["2020-01-31T10:00:00+02:00"])

    with pytest.raises(InvalidFile, match=r"without the offset, which would be lost\. Declare the column as TIMEST"):
        ingest_bytes(dataset(ColumnType.TIMESTAMP), "a.csv", content)

    other = Dataset(
        "org",
        "offsets",
        None,
        Delimited(),
        Incremental(),
        (Column("note"), Column("value", ColumnType.TIMESTAMPTZ)),
        reject_limit=NO_REJECTS,
    )
    ingest_bytes(other, "a.csv", content)
    assert select('SELECT value::text FROM "org.offsets"."L0"') == [("2020-01-31 08:00:00+00",)]


def test_a_date_with_its_year_last_says_what_is_missing(ingest_bytes: Ingest) -> None:
    with pytest.raises(InvalidFile, match="does not say whether day or month comes first: declare how it is"):
        ingest_bytes(dataset(ColumnType.DATE), "a.csv", file(["03/04/2020"]))


@pytest.mark.parametrize("note", ["plain", '"two\nlines, and "" marks"', '"a,b"', "0x1F today NaN"])
@pytest.mark.parametrize("rows", [3, 200_000])
def test_a_value_is_found_wherever_it_is_and_whatever_is_beside_it(note: str, rows: int, ingest_bytes: Ingest) -> None:
    if rows > 3 and "\n" in note:
        rows = 20_000  # lines of several lines are read one by one
    content = file([*["1"] * rows, "0x1F"], note)
    line = content.count(b"\n")

    with pytest.raises(InvalidFile, match=rf"a\.csv, line {line}, column value: found '0x1F', expected a whole number"):
        ingest_bytes(dataset(ColumnType.INTEGER), "a.csv", content)


def test_columns_of_numbers_alone_are_looked_at_too(ingest_bytes: Ingest) -> None:
    numbers = Dataset(
        "org",
        "numbers",
        None,
        Delimited(),
        Incremental(),
        (Column("a", ColumnType.INTEGER), Column("b", ColumnType.NUMERIC)),
        reject_limit=NO_REJECTS,
    )
    with pytest.raises(InvalidFile, match=r"line 100002, column b: found '1_0', expected a number\. Nothing"):
        ingest_bytes(numbers, "a.csv", b"a,b\n" + b"1,2.5\n" * 100_000 + b"1,1_0")


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_lines_are_counted_by_any_line_end(end: str, ingest_bytes: Ingest) -> None:
    content = file(["1", "1_0", "2"]).replace(b"\n", end.encode())

    with pytest.raises(InvalidFile, match="line 3, column value: found '1_0'"):
        ingest_bytes(dataset(ColumnType.INTEGER), "a.csv", content)


def test_values_of_rewritten_lines_are_looked_at(ingest_bytes: Ingest) -> None:
    lines = Dataset(
        "org",
        "lines",
        None,
        TrailingList("|", ("utf-8",)),
        Incremental(),
        (Column("a", ColumnType.INTEGER), Column("b")),
        reject_limit=NO_REJECTS,
    )
    with pytest.raises(InvalidFile, match=r"a\.zip, member a\.txt, line 3, column a: found '0x1F'"):
        ingest_bytes(lines, "a.zip", zipped({"a.txt": "1|b\nshort\n0x1F|b|c\n"}))


def test_an_upload_has_days_first_and_no_words_for_dates(ingest_bytes: Ingest, select: Select) -> None:
    columns = (Column("note"), Column("value", ColumnType.DATE))
    upload = Dataset("org", "values", None, UserCsv(), Replace(), columns)

    ingest_bytes(upload, "upload", file(["03/04/2020", "2020-04-03", "3 Apr 2020"]))

    assert select(ROWS) == [(date(2020, 4, 3),)] * 3
    with pytest.raises(InvalidFile, match="Line 2, column value: found 'today', expected a date"):
        ingest_bytes(upload, "upload", file(["today"]))
