"""What people are told of a file that cannot be loaded."""

import io
import zipfile

import pytest

from dss_web.shared.csv import InvalidCsv, inspect_csv
from dss_web.uploads.explanations import explain


def explanation(content: str | bytes) -> str:
    with pytest.raises(InvalidCsv) as caught:
        inspect_csv(io.BytesIO(content.encode() if isinstance(content, str) else content))
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
        (b"PK\x03\x04 cut off", "damaged"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "Excel workbook"),
        (b"%PDF-1.7\n", "PDF"),
        (b"\x1f\x8b\x08" + bytes(20), "damaged"),
        (b"PAR1" + bytes(20), "Parquet"),
        (b"<!DOCTYPE html><html>", "web page"),
        (b'{"rows": []}', "JSON"),
        (bytes(range(256)) * 40, "not text"),
        (b"{\\rtf1\\ansi name,age}", "RTF"),
        (b"\x89PNG\r\n\x1a\n" + bytes(20), "picture"),
        (b"SQLite format 3\0" + bytes(20), "database"),
        ("née,b\nété,1\n".encode() + b"x\x81y,2\n", "the byte 0x81"),
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
        ("a,b\n1,2\nx\0,3\n", "Line 3 contains a NUL character"),
        (
            ",".join(map(str, range(1700))) + "\n" + "x," * 1699 + "x\n",
            "The file has 1,700 columns. A table can have 1,598.",
        ),
        ("a,b\n1,2\n\nregion,head,count\nN,x,1\n", "A second table seems to begin in line 4"),
        ("a,b,c\n1,2,3\n4,5,6\n7,8", "ends in the middle of line 4"),
        ('a,b\n"never closed,1\nx,2\n', "never closed"),
        ('a,b\n1,"x"y\n1,2\n', 'Line 2 has a quotation mark (") in the middle of a value'),
    ],
)
def test_a_file_that_cannot_be_loaded_is_refused_in_plain_words(content: str, expected: str) -> None:
    assert expected in explanation(content)


def test_ragged_lines_are_shown_with_what_was_found_and_expected() -> None:
    lines = explanation('a,b,c\n1,2,3\n1,2\n"x\ny",2,3,4\n1\n1,2,3\n,\n').splitlines()
    assert [line.split(".")[0] for line in lines] == [
        "Line 3 has 2 values, but there are 3 columns",
        "Line 4 has 4 values, but there are 3 columns",
        "Line 6 has 1 value, but there are 3 columns",
    ]
    assert "put it in quotation marks" in lines[1]
