"""What an uploaded file is found to be, and what people are told where it does not do."""

import io
import zipfile
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from psycopg import sql

from dss_web.shared.contract import ColumnType
from dss_web.uploads.column_types import ColumnTypes
from dss_web.uploads.csv_file import CsvFile, inspect_file
from dss_web.uploads.dialect import Dialect
from dss_web.uploads.errors import FileRefused
from infra.local.postgres import Postgres

TEXT = "name,born\nZoë,1990\n"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "upload"


def inspected(path: Path, content: str | bytes, sample_rows: int = 1000) -> CsvFile:
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return inspect_file(path, sample_rows)


def refusal(path: Path, content: str | bytes) -> str:
    with pytest.raises(FileRefused) as refused:
        inspected(path, content)
    return "\n".join(refused.value.problems)


def archive(*members: str) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as zipped:
        for member in members:
            zipped.writestr(member, "<x/>")
    return content.getvalue()


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("utf-8", "utf-8"),
        ("utf-8-sig", "utf-8"),
        ("cp1252", "cp1252"),
        ("utf-16", "utf-16"),
        ("utf-16-le", "utf-16-le"),
        ("utf-16-be", "utf-16-be"),
        ("utf-32", "utf-32"),
    ],
)
def test_the_encoding_is_found_and_the_mark_is_no_part_of_a_name(path: Path, written: str, expected: str) -> None:
    found = inspected(path, TEXT.encode(written))
    assert (found.encoding, found.titles) == (expected, ["name", "born"])


def test_a_letter_outside_ascii_at_the_very_end_decides_the_encoding(path: Path) -> None:
    rows = "plain,1\n" * 400_000
    assert inspected(path, f"name,count\n{rows}Zoë,2\n".encode("cp1252")).encoding == "cp1252"


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("quote", ['"', "'"])
def test_separators_and_quotation_marks_are_found(path: Path, delimiter: str, quote: str) -> None:
    row = delimiter.join([f"{quote}one{delimiter} two{quote}", "1,5"[: 1 if delimiter == "," else 3], "x"])
    found = inspected(path, f"{delimiter.join(['a', 'b', 'c'])}\n" + f"{row}\n" * 3)
    assert (found.dialect, found.names, found.rows) == (Dialect(delimiter, quote), ["a", "b", "c"], 3)


def test_a_value_may_hold_line_breaks_separators_and_doubled_quotation_marks(path: Path) -> None:
    found = inspected(path, 'note,n\n"first\nsecond, ""quoted""",1\nx,2\n')
    assert (found.names, found.rows, found.types) == (["note", "n"], 2, [ColumnType.TEXT, ColumnType.INTEGER])


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (archive("xl/workbook.xml"), "Excel workbook"),
        (archive("content.xml"), "OpenDocument"),
        (archive("word/document.xml"), "Word document"),
        (archive("data.csv"), "ZIP file"),
        (b"PK\x03\x04 cut off", "damaged ZIP"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "Excel workbook"),
        (b"%PDF-1.7\n", "PDF"),
        (b"\x1f\x8b\x08" + bytes(20), "gzip"),
        (b"PAR1" + bytes(20), "Parquet"),
        (b"<!DOCTYPE html><html>", "web page"),
        (b'{"rows": []}', "JSON"),
        (bytes(range(256)) * 40, "not text"),
        (b"a,b\n" + b"1,2\n" * 2000 + b"\0\0\n", "not text"),
        ("a,b\n\x81\x8d,2\n".encode("latin-1"), "not text"),
        (b"\xef\xbb\xbfa,b\n\xff,2\n", "may be damaged"),
    ],
)
def test_what_is_no_csv_is_called_by_its_name_with_advice(path: Path, content: bytes, kind: str) -> None:
    told = refusal(path, content)
    assert kind in told
    assert "“CSV UTF-8”" in told


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("", "The file is empty."),
        ("\n \n", "The file is empty."),
        ("a,b\n", "no rows below"),
        ("1,2020-01-01,3.5\n2,2020-01-02,4\n", "The first line looks like data (“1”, “2020-01-01”, “3.5”)"),
        ("a,,c\n1,2,3\n", "Column 2 has no name"),
        ("a,日本\n1,2\n", "at least one letter from a to z"),
        ("a,ID\n1,2\n", "Column 2 cannot be called “ID”"),
        ("datafile_created,data_source_row_id\n1,2\n", "Column 2 cannot be called “data_source_row_id”"),
        (f"a,{'b' * 64}\n1,2\n", "The name of column 2 is too long"),
        ('a,b\n"never closed,1\nx,2\n', "never closed"),
        ('a,b\n1,"x"y\n1,2\n', "Line 2 cannot be read"),
    ],
)
def test_a_file_that_cannot_be_loaded_is_refused_in_plain_words(path: Path, content: str, told: str) -> None:
    assert told in refusal(path, content)


def test_the_first_three_ragged_lines_are_told_with_what_was_found_and_expected(path: Path) -> None:
    told = refusal(path, 'a,b,c\n1,2,3\n1,2\n"x\ny",2,3,4\n1\n1,2,3\n,\n').splitlines()
    assert [line.split(".")[0] for line in told] == [
        "Line 3 has 2 values, but the first line names 3 columns",
        "Line 5 has 4 values, but the first line names 3 columns",
        "Line 6 has 1 value, but the first line names 3 columns",
    ]
    assert "put it in quotation marks" in told[1]


def test_a_ragged_line_is_found_beyond_the_rows_from_which_types_are_inferred(path: Path) -> None:
    assert "Line 6002" in refusal(path, "a,b\n" + "1,2\n" * 6000 + "1\n")


def test_titles_become_names_of_columns(path: Path) -> None:
    titles = ["Company Name", "Exports (£m)", "2019", " Région ", "a__b_", "name", "Name", "NAME", "name_1"]
    found = inspected(path, ",".join(titles) + "\n" + ",".join("x" * len(titles)) + "\n")
    assert found.titles == titles
    assert found.names == [
        "company_name",
        "exports_m",
        "column_2019",
        "region",
        "a__b_",
        "name",
        "name_2",
        "name_3",
        "name_1",
    ]


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        (["1", "-20", "2147483647"], ColumnType.INTEGER),
        (["1", "2147483648"], ColumnType.NUMERIC),
        (["1", "2.50", ".5", "-3e10"], ColumnType.NUMERIC),
        (["003", "4"], ColumnType.TEXT),
        (["00.5"], ColumnType.TEXT),
        (["+447700900123"], ColumnType.TEXT),
        (["1,000"], ColumnType.TEXT),
        (["1", "", "NULL", "None", "N/A"], ColumnType.INTEGER),
        (["1", "null"], ColumnType.TEXT),
        (["", "NULL"], ColumnType.TEXT),
        (["0", "1"], ColumnType.INTEGER),
        (["true", "F", "Yes", "no"], ColumnType.BOOLEAN),
        (["yes", "maybe"], ColumnType.TEXT),
        (["2024-02-29", "29/02/2024", "1/3/2024"], ColumnType.DATE),
        (["2023-02-29"], ColumnType.TEXT),
        (["01/13/2024"], ColumnType.TEXT),
        (["1/3/24"], ColumnType.TEXT),
        (["2024-02-29 10:30", "2024-02-29T10:30:59.5", "29/02/2024 10:30", "2024-02-29"], ColumnType.TIMESTAMP),
        (["2024-02-29T10:30:00Z"], ColumnType.TEXT),
        (["2024-02-29 25:00"], ColumnType.TEXT),
        (["12:30"], ColumnType.TEXT),
        (["1"] * 99 + ["x"], ColumnType.TEXT),
    ],
)
def test_a_column_has_the_narrowest_type_that_all_its_values_have(
    path: Path, values: list[str], kind: ColumnType
) -> None:
    rows = "".join(f'{number},"{value}"\n' for number, value in enumerate(values))
    assert inspected(path, f"number,value\n{rows}").types[1] == kind


def test_types_are_inferred_from_so_many_rows_and_no_more(path: Path) -> None:
    content = "a,b\n" + "1,1\n" * 3000 + "x,1\n"
    assert inspected(path, content, sample_rows=3000).types == [ColumnType.INTEGER, ColumnType.INTEGER]
    assert inspected(path, content, sample_rows=3001).types == [ColumnType.TEXT, ColumnType.INTEGER]


@pytest.fixture(scope="module")
def loading(postgres_server: Postgres) -> Iterator[psycopg.Connection]:
    """A connection with the settings under which files are loaded."""
    options = "-c DateStyle=ISO,DMY"
    with psycopg.connect(postgres_server.url("postgres"), options=options, autocommit=True) as connection:
        yield connection


VALUE_LIKE = st.one_of(
    st.text("0123456789-+./: eETtrufalsyno", max_size=20),
    st.from_regex(r"\A-?[0-9]{1,12}(\.[0-9]{0,4})?(e-?[0-9]{1,2})?\Z"),
    st.from_regex(r"\A[0-9]{4}-[0-1][0-9]-[0-3][0-9]([ T][0-2][0-9]:[0-6][0-9](:[0-6][0-9](\.[0-9]{1,7})?)?)?\Z"),
    st.from_regex(r"\A[0-3]?[0-9]/[01]?[0-9]/[0-9]{4}( [0-2][0-9]:[0-6][0-9])?\Z"),
)


@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(values=st.lists(VALUE_LIKE, min_size=1, max_size=3))
def test_postgres_reads_every_value_as_the_type_that_was_inferred(
    loading: psycopg.Connection, values: list[str]
) -> None:
    types = ColumnTypes(1)
    types.narrow([[value] for value in values])
    (kind,) = types.inferred()
    cast = sql.SQL("SELECT count(value::{}) FROM unnest(%s::text[]) AS value").format(sql.SQL(kind.value))
    present = [value for value in values if value]
    assert loading.execute(cast, [present]).fetchone() == (len(present),)
