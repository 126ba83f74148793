"""An error names the file, the member and the line, however the rows came to be there."""

import codecs
import io
from dataclasses import replace

import pytest

from dss_assets.dataset import (
    NO_REJECTS,
    Column,
    Dataset,
    Delimited,
    Incremental,
    Member,
    Replace,
    TrailingList,
    UserCsv,
)
from dss_assets.dataset.conversions import MONTH
from dss_assets.dataset.l1 import ConvertedColumn, Rowwise
from dss_assets.datasets import EXPORTERS
from dss_assets.errors import InvalidFile
from dss_assets.parsing import open_rows
from dss_web.shared.contract import ColumnType
from dss_web.shared.csv import Reading
from tests.parts.assets_fixtures import Ingest
from tests.published import exporter_line, exporters_zip, zipped

NUMBERS = (Column("note"), Column("number", ColumnType.INTEGER))
MONTHS = (Column("note"), Column("number"))
PUBLISHED = Dataset(
    "org", "published", source=None, format=Delimited(), loading=Incremental(), columns=NUMBERS, reject_limit=NO_REJECTS
)
CHECKED = replace(PUBLISHED, columns=MONTHS, l1=Rowwise.of(MONTHS, ConvertedColumn("number", MONTH, source="number")))
LIST = Dataset(
    "org",
    "list",
    source=None,
    format=TrailingList("\t", ("mac-roman",)),
    loading=Incremental(),
    columns=NUMBERS,
    reject_limit=NO_REJECTS,
)
UPLOAD = Dataset("org", "upload", source=None, format=UserCsv(), loading=Replace(), columns=NUMBERS)

# Rows that take several lines, and the line of the value that does not fit; the others are numbers, and months too.
BROKEN_LINES = [
    ('note,number\nx,201601\n"a\nb",201602\ny,many\nz,201603\n', 5),
    ('"note",number\r\nx,201601\r\n"a\nb\r\nc",201602\r\n"d\n",201603\r\ny,many\r\nz,201604\r\n', 8),
    ('note,number\r"a\nb",201601\ry,201602\rz,many\rz,201603\r', 5),
    ('note,number\n"first\nrow",201601\n"a\r\nb\rc",201602\ny,many\nz,201603\n"",201604\n', 7),
    ('note,number\n"a\nb",many\nz,201601\n', 3),
    ('note,number\n"x ""quoted""\n\n",201601\n"""",many\n.5,201602\n', 5),
]


def error_of(ingest_bytes: Ingest, dataset: Dataset, content: str | bytes, name: str = "file.csv") -> str:
    with pytest.raises(InvalidFile) as caught:
        ingest_bytes(dataset, name, content if isinstance(content, bytes) else content.encode())
    return str(caught.value)


@pytest.mark.parametrize(("content", "line"), BROKEN_LINES)
def test_a_value_that_does_not_fit_below_line_breaks_is_on_its_line(
    content: str, line: int, ingest_bytes: Ingest
) -> None:
    assert f"file.csv, line {line}, column number: found 'many'" in error_of(ingest_bytes, PUBLISHED, content)


@pytest.mark.parametrize(("content", "line"), BROKEN_LINES)
def test_a_value_that_l1_cannot_convert_below_line_breaks_is_on_its_line(
    content: str, line: int, ingest_bytes: Ingest
) -> None:
    assert f"file.csv, line {line}, column number: found 'many'" in error_of(ingest_bytes, CHECKED, content)


@pytest.mark.parametrize(("content", "line"), BROKEN_LINES)
def test_a_value_of_an_upload_that_does_not_fit_below_line_breaks_is_on_its_line(
    content: str, line: int, ingest_bytes: Ingest
) -> None:
    assert error_of(ingest_bytes, UPLOAD, content).startswith(f"Line {line}, column number: found 'many'")


@pytest.mark.parametrize(("content", "line"), BROKEN_LINES)
def test_a_value_that_only_postgres_refuses_below_line_breaks_is_on_its_line(
    content: str, line: int, ingest_bytes: Ingest
) -> None:
    error = error_of(ingest_bytes, PUBLISHED, content.replace("many", "99999999999"))
    assert f"file.csv, line {line}, column number: found '99999999999'" in error


def test_a_header_may_have_line_breaks(ingest_bytes: Ingest) -> None:
    dataset = replace(PUBLISHED, columns=(Column("note", titles=("a\nnote",)), NUMBERS[1]))
    error = error_of(ingest_bytes, dataset, '"a\nnote",number\nx,1\ny,many\n')
    assert "file.csv, line 4, column number" in error


def test_a_ragged_row_below_line_breaks_is_on_its_line(ingest_bytes: Ingest) -> None:
    assert "file.csv, line 5: missing data" in error_of(ingest_bytes, PUBLISHED, 'note,number\nx,1\n"a\nb",2\ny\n')


def test_a_quotation_mark_that_is_never_closed_is_told_with_the_line_on_which_it_opens(ingest_bytes: Ingest) -> None:
    error = error_of(ingest_bytes, PUBLISHED, 'note,number\nx,1\n"a\nb\nc\n')
    assert error.startswith('file.csv, line 3: a quotation mark " is never closed: \'"a')


def test_a_row_of_a_member_is_told_with_the_member(ingest_bytes: Ingest) -> None:
    dataset = replace(PUBLISHED, format=Delimited(members=(Member(r"data/.*\.csv"),)))
    content = zipped({"readme.txt": "x", "data/a b.csv": 'note,number\n"a\nb",2\ny,many\n'})
    assert "file.zip, member data/a b.csv, line 4, column number" in error_of(
        ingest_bytes, dataset, content, "file.zip"
    )


def test_skipped_lines_count(ingest_bytes: Ingest) -> None:
    content = zipped({"one.txt": "a\t1\n" * 3 + "short\n\n", "two.txt": "short\nb\t2\r\n\nc\tmany\r\n"})
    assert "file.zip, member two.txt, line 4, column number: found 'many'" in error_of(
        ingest_bytes, LIST, content, "file.zip"
    )


def test_a_row_of_a_zip_in_a_zip_that_l1_cannot_convert_is_told_with_both_members(ingest_bytes: Ingest) -> None:
    content = exporters_zip(
        exporters1601=exporter_line("201601", "A", "1") + "short\r\n" + exporter_line("201601", "B", "1"),
        exporters1602="short\r\n" * 2 + exporter_line("201602", "C", "1") + exporter_line("2016-02", "D", "1"),
    )
    strict = replace(EXPORTERS, reject_limit=NO_REJECTS)
    assert error_of(ingest_bytes, strict, content, "exporters.zip").startswith(
        "exporters.zip, member exporters1602.zip, member exporters1602, line 4, column month: found '2016-02'"
    )


@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"])
def test_a_byte_that_is_not_of_the_encoding_of_a_list_is_told_with_member_and_line(
    line_end: str, ingest_bytes: Ingest
) -> None:
    dataset = replace(LIST, format=TrailingList("\t", ("utf-8",)))
    # More than one chunk before it.
    lines = f"some text\t1{line_end}".encode() * 200_000
    content = zipped({"one.txt": "a\t1\n", "two.txt": lines + b"Zo\xeb\t2\n"})
    error = error_of(ingest_bytes, dataset, content, "file.zip")
    assert "file.zip, member two.txt, line 200001: found the byte 0xEB, expected text in utf-8" in error


def test_a_list_that_ends_within_a_character_is_told_with_its_last_line(ingest_bytes: Ingest) -> None:
    dataset = replace(LIST, format=TrailingList("\t", ("utf-8",)))
    error = error_of(ingest_bytes, dataset, zipped({"one.txt": "a\t1\nb\t2\nZoë".encode()[:-1]}), "file.zip")
    assert "file.zip, member one.txt, line 3: found the byte 0xC3" in error


def test_every_position_is_that_of_its_row_in_every_line_end_and_quotation() -> None:
    values = ["plain", "a\nb", "a\r\nb", "a\rb", 'a ""b""', "a,b", ""]
    for line_end in ("\n", "\r\n", "\r"):
        content, expected, line = f"note,number{line_end}", [], 1
        for value in values * 3:
            content += f'"{value}",1{line_end}'
            line += 1 + len(value.splitlines() or [""]) - 1
            expected.append(line)
        for form in (Delimited(), UserCsv()):
            with open_rows(form, NUMBERS, io.BytesIO(content.encode()), "file.csv", 10_000) as rows:
                assert [position.line for position in rows.positions()] == expected
                assert rows.place_of_row(3).lower().endswith(f"line {expected[2]}")


def test_a_row_that_is_not_there_has_the_place_of_the_file() -> None:
    with open_rows(Delimited(), NUMBERS, io.BytesIO(b"note,number\n"), "file.csv", 100) as rows:
        assert (rows.place_of_row(1), rows.place_of_line(1)) == ("file.csv", "file.csv")


def test_an_upload_in_utf_16_names_lines_as_well(ingest_bytes: Ingest) -> None:
    dataset = replace(UPLOAD, format=UserCsv(Reading("utf-16", ";")))
    content = codecs.BOM_UTF16_BE + 'note;number\n"a\nb";1\nc;many\n'.encode("utf-16-be")
    assert error_of(ingest_bytes, dataset, content).startswith("Line 4, column number: found 'many'")
