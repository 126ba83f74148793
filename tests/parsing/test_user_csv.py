"""An upload is loaded as it was checked, and by the same reader."""

import csv
import io
from collections.abc import Callable
from dataclasses import replace

import pytest

from dss_assets.dataset import Column, Dataset, Replace, UserCsv
from dss_assets.errors import InvalidFile, NoRows
from dss_assets.parsing import open_rows
from dss_web.shared.csv import Reading, inspect_csv
from dss_web.shared.csv.reader import BATCH_ROWS
from tests.parts.assets_fixtures import Ingest, Rows

UPLOAD = Dataset("org", "upload", source=None, format=UserCsv(), loading=Replace(), columns=(Column("a"), Column("b")))
Select = Callable[[str], Rows]
ROWS = 'SELECT a, b FROM "org.upload"."L0" ORDER BY id'


def parse(content: bytes, form: UserCsv | None = None) -> list[list[str]]:
    """The rows as COPY gets them."""
    with open_rows(form or UserCsv(), UPLOAD.columns, io.BytesIO(content), "The file", 1) as rows:
        return list(csv.reader(io.StringIO(b"".join(rows.chunks).decode(), newline="")))


@pytest.mark.parametrize(
    "content",
    [
        "a,b\n1,2\n3,4\n",
        "\na,b\n1,2\n3,4\n",
        "\r\n\r\na,b\r\n\r\n1,2\r\n3,4",
        '\n\n"a",b\r\n\n"1\n","2"\n\n\n3,4\n\n',
        "\ufeffa;b\n1;2\n3;4\n",
    ],
)
def test_as_many_rows_are_loaded_as_were_checked(content: str, ingest_bytes: Ingest, select: Select) -> None:
    checked = inspect_csv(io.BytesIO(content.encode()))
    loaded = ingest_bytes(replace(UPLOAD, format=UserCsv(checked.reading)), "upload", content.encode())
    assert (checked.names, checked.rows, loaded.rows) == (["a", "b"], 2, 2)
    assert [a.strip() for a, _ in select(ROWS)] == ["1", "3"]


def test_a_word_for_null_is_null_and_text_that_holds_one_is_not(ingest_bytes: Ingest, select: Select) -> None:
    ingest_bytes(UPLOAD, "upload", b'a,b\nNULL,N/A\n"None",""\nNULL and void,null\n')
    assert select(ROWS) == [(None, None), (None, None), ("NULL and void", "null")]


def test_a_row_that_postgres_before_18_takes_for_the_end_is_in_quotation_marks() -> None:
    with open_rows(UserCsv(), (Column("a"),), io.BytesIO(b"a\n\\.\n2\n"), "The file", 1) as rows:
        assert b"".join(rows.chunks) == b'"\\."\r\n"2"\r\n'


def test_a_row_that_postgres_could_take_for_the_end_is_a_row(ingest_bytes: Ingest, select: Select) -> None:
    ingest_bytes(replace(UPLOAD, columns=(Column("a"),)), "upload", b"a\n1\n\\.\n2\n\nNULL\n")
    assert select('SELECT a FROM "org.upload"."L0" ORDER BY id') == [("1",), ("\\.",), ("2",), (None,)]


def test_lines_before_the_header_line_are_not_loaded() -> None:
    assert parse(b"Exports in 2024\n\na,b\n1,2\n", UserCsv(Reading(header_lines=(2,)))) == [["1", "2"]]


@pytest.mark.parametrize("batches", [0, 3])
def test_a_ragged_line_stops_the_load_wherever_it_is(batches: int) -> None:
    content = b"a,b\n" + b"1,2\n" * (batches * BATCH_ROWS) + b"1,2,3\n"
    with pytest.raises(InvalidFile) as caught:
        parse(content)
    assert str(caught.value) == (
        f"Line {batches * BATCH_ROWS + 2}: found 3 values, expected 2 columns. Nothing was loaded. "
        "Correct the file and upload it again."
    )


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b'a,b\n1,2\n"x"y,2\n', 'Line 3: found a quotation mark (") in the middle of a value, expected one at each'),
        (b'a,b\n1,2\n"xy,2\n', 'Line 3: found a quotation mark (") that is never closed, expected one at the end'),
        (b"a,b\n1,2\nZo\xeb,2\n", "Line 3: found the byte 0xEB, expected text in UTF-8. Nothing was loaded."),
        (b"\n\n", "The file: found only empty lines, expected a line with the names of columns."),
        (b"a,b,c\n1,2,3\n", "The file has 3 columns, expected 2. Nothing was loaded."),
    ],
)
def test_a_file_that_changed_after_its_check_is_refused_with_the_line(content: bytes, message: str) -> None:
    with pytest.raises(InvalidFile) as caught:
        parse(content)
    assert str(caught.value).startswith(message)


def test_a_file_without_rows_is_called_what_the_caller_calls_it(ingest_bytes: Ingest) -> None:
    with pytest.raises(NoRows, match=r"^upload holds no rows\."):
        ingest_bytes(UPLOAD, "upload", b"a,b\n\n")
