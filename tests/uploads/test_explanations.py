"""What people are told of a file that cannot be loaded."""

import io
import zipfile

import pytest

from dss_web.shared.csv import InvalidCsv, inspect_csv
from dss_web.uploads.explanations import explain


def explanation(content: str | bytes) -> str:
    with pytest.raises(InvalidCsv) as caught:
        inspect_csv(io.BytesIO(content.encode() if isinstance(content, str) else content), sample_rows=1000)
    return "\n".join(explain(caught.value))


def archive(*members: str) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as zipped:
        for member in members:
            zipped.writestr(member, "<x/>")
    return content.getvalue()


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
def test_what_is_no_csv_is_called_by_its_name_with_advice(content: bytes, kind: str) -> None:
    text = explanation(content)
    assert kind in text
    assert "“CSV UTF-8”" in text


@pytest.mark.parametrize(
    ("content", "expected"),
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
def test_a_file_that_cannot_be_loaded_is_refused_in_plain_words(content: str, expected: str) -> None:
    assert expected in explanation(content)


def test_the_first_three_ragged_lines_are_shown_with_what_was_found_and_expected() -> None:
    lines = explanation('a,b,c\n1,2,3\n1,2\n"x\ny",2,3,4\n1\n1,2,3\n,\n').splitlines()
    assert [line.split(".")[0] for line in lines] == [
        "Line 3 has 2 values, but the first line names 3 columns",
        "Line 5 has 4 values, but the first line names 3 columns",
        "Line 6 has 1 value, but the first line names 3 columns",
    ]
    assert "put it in quotation marks" in lines[1]
