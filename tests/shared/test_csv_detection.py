"""How an uploaded file is to be read: its encoding, its delimiter and its quotation marks."""

import io
import json
from dataclasses import replace

import pytest

from dss_web.shared.csv import Choices, FindingKind, InvalidCsv, Reading, inspect_csv
from dss_web.shared.csv.beginning import SAMPLE_CHARACTERS
from dss_web.shared.csv.dialect import detect_dialects
from dss_web.shared.csv.encoding import BEGINNING_BYTES, CHUNK_BYTES, Encoding, detect_encoding, find_undecodable

TEXT = "name,born\nZoë,1990\n"


class CountedFile(io.BytesIO):
    """A file that counts the bytes which are read of it."""

    bytes_read = 0

    def read(self, size: int | None = -1, /) -> bytes:
        data = super().read(size)
        self.bytes_read += len(data)
        return data

    def read1(self, size: int | None = -1, /) -> bytes:
        return self.read(size)


def dialect_of(content: str) -> tuple[str, str]:
    reading = detect_dialects(content[:SAMPLE_CHARACTERS], Reading(), is_whole=len(content) <= SAMPLE_CHARACTERS)[
        0
    ].reading
    return reading.delimiter, reading.quote


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
def test_the_encoding_is_detected_and_the_mark_is_no_part_of_a_name(written: str, expected: str) -> None:
    csv_file = inspect_csv(io.BytesIO(TEXT.encode(written)))
    assert (csv_file.reading.encoding, csv_file.titles) == (expected, ["name", "born"])


def test_a_letter_outside_ascii_at_the_very_end_decides_the_encoding() -> None:
    rows = "plain,1\n" * 400_000
    assert detect_encoding(io.BytesIO(f"name,count\n{rows}Zoë,2\n".encode("cp1252"))) == Encoding("utf-8")
    assert inspect_csv(io.BytesIO(f"name,count\n{rows}Zoë,2\n".encode("cp1252"))).reading.encoding == "cp1252"


def test_a_character_that_the_end_of_the_file_cuts_off_is_not_utf_8() -> None:
    with pytest.raises(InvalidCsv) as caught:
        inspect_csv(io.BytesIO("name,née\nZoë,1\nÉ".encode()[:-1]))
    assert caught.value.findings[0].kind is FindingKind.UNDECODABLE


# A file that shows only at its end that it is not UTF-8 is read as such, then for its encoding, and then as it is.
@pytest.mark.parametrize(("encoding", "times"), [("utf-8", 1), ("cp1252", 3)])
def test_a_check_reads_the_bytes_of_a_file_once(encoding: str, times: int) -> None:
    content = ("name,count\n" + "plain,1\n" * 400_000 + "Zoë,2\n").encode(encoding)
    file = CountedFile(content)
    inspect_csv(file)
    # Beside the passes, the beginning and samples of the text.
    assert file.bytes_read < times * len(content) + 2 * BEGINNING_BYTES + 4 * SAMPLE_CHARACTERS


@pytest.mark.parametrize("line_end", ["\n", "\r", "\r\n"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16-le"])
def test_a_byte_that_is_not_of_the_encoding_is_found_with_its_line(line_end: str, encoding: str) -> None:
    lines = f"a,b{line_end}" * (CHUNK_BYTES // 4)
    content = (lines + "Zo").encode(encoding) + (b"\xeb\n" if encoding == "utf-8" else b"\x00\xd8a\0")
    undecodable = find_undecodable(io.BytesIO(content), encoding)
    assert undecodable
    assert undecodable.line == CHUNK_BYTES // 4 + 1


def test_a_mark_that_the_bytes_belie_is_a_problem() -> None:
    with pytest.raises(InvalidCsv) as caught:
        detect_encoding(io.BytesIO(b"\xff\xfea\0,\0b\0\n\0\x00\xd8a\0\n\0"))
    assert [(finding.kind, finding.expected) for finding in caught.value.findings] == [
        (FindingKind.WRONG_MARK, "utf-16")
    ]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("quote", ['"', "'"])
def test_delimiters_and_quotation_marks_are_detected(delimiter: str, quote: str) -> None:
    row = delimiter.join([f"{quote}one{delimiter} two{quote}", "1,5"[: 1 if delimiter == "," else 3], "x"])
    content = "\n".join([delimiter.join("abc"), row, row, row])
    csv_file = inspect_csv(io.BytesIO(content.encode()))
    assert (csv_file.reading.delimiter, csv_file.reading.quote, csv_file.rows) == (delimiter, quote, 3)


BROKEN_BY_COMMAS = 'a,b;c\n1,2;3\n1,"x" y;2\n4,5;6\n'


def test_a_quotation_mark_that_breaks_a_dialect_tells_against_it() -> None:
    assert dialect_of(BROKEN_BY_COMMAS) == (";", '"')


def test_a_quotation_mark_that_breaks_a_dialect_tells_against_it_in_a_large_file_too() -> None:
    assert dialect_of(BROKEN_BY_COMMAS + "4,5;6\n" * SAMPLE_CHARACTERS) == (";", '"')


def test_a_sample_that_ends_within_quotation_marks_does_not_tell_against_its_dialect() -> None:
    assert dialect_of('a,b;c\n1,2;3\n1,"' + "line;3\n" * SAMPLE_CHARACTERS + '"\n') == (",", '"')


def test_a_reading_goes_through_json_unchanged() -> None:
    reading = inspect_csv(
        io.BytesIO(b"Title\n\nid;when;\xa3\n1;01/31/2024;\xa35\n2;02/01/2024;\xa36\nTotal;;11\n")
    ).reading
    assert Reading.from_json(json.loads(json.dumps(reading.as_json()))) == reading
    assert reading != replace(reading, last_line=None)


def test_what_a_person_chooses_is_read_so_and_asked_no_more() -> None:
    content = "Город,Сумма\nМосква,5\n".encode("koi8-r")
    assert inspect_csv(io.BytesIO(content)).severity == "ask"
    chosen = inspect_csv(io.BytesIO(content), Choices(encoding="koi8-r"))
    assert (chosen.severity, chosen.titles) == ("tell", ["Город", "Сумма"])
    rows = b"1,x;y\n2,z;w\n"
    assert inspect_csv(io.BytesIO(rows), Choices(header_line=0)).rows == 2
    assert inspect_csv(io.BytesIO(rows), Choices(header_line=1)).rows == 1
    chosen = inspect_csv(io.BytesIO(rows), Choices(delimiter=";", header_line=0))
    assert [column.position for column in chosen.reading.columns] == [0, 1]
    assert inspect_csv(io.BytesIO(b"a,b\n1,2\n3,4\nx,y\n"), Choices(last_line=3)).rows == 2
