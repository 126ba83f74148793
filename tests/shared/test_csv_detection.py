"""How an uploaded file is to be read: its encoding, its delimiter and its quotation marks."""

import io
import json
from dataclasses import asdict

import pytest

from dss_web.shared.csv import Dialect, InvalidCsv, ProblemKind, inspect_csv
from dss_web.shared.csv.dialect import SAMPLE_CHARACTERS, detect_dialect
from dss_web.shared.csv.encoding import CHUNK_BYTES, detect_encoding, find_undecodable

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
    dialect = detect_dialect(io.BytesIO(content.encode()), "utf-8")
    return dialect.delimiter, dialect.quote


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
    csv_file = inspect_csv(io.BytesIO(TEXT.encode(written)), sample_rows=10)
    assert (csv_file.dialect.encoding, csv_file.titles) == (expected, ["name", "born"])


def test_a_letter_outside_ascii_at_the_very_end_decides_the_encoding() -> None:
    rows = "plain,1\n" * 400_000
    assert detect_encoding(io.BytesIO(f"name,count\n{rows}Zoë,2\n".encode("cp1252"))) == "cp1252"


def test_a_character_that_the_end_of_the_file_cuts_off_is_not_utf_8() -> None:
    assert detect_encoding(io.BytesIO("name\nZoë".encode()[:-1])) == "cp1252"


@pytest.mark.parametrize("encoding", ["utf-8", "cp1252"])
def test_a_check_reads_the_bytes_of_a_file_twice(encoding: str) -> None:
    content = ("name,count\n" + "plain,1\n" * 400_000 + "Zoë,2\n").encode(encoding)
    file = CountedFile(content)
    inspect_csv(file, sample_rows=10)
    # Beside the two passes, the beginning and a sample of the text.
    assert file.bytes_read < 2 * len(content) + 2 * SAMPLE_CHARACTERS


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
        detect_encoding(io.BytesIO(b"\xef\xbb\xbfa,b\n\xff,2\n"))
    assert [(problem.kind, problem.expected) for problem in caught.value.problems] == [
        (ProblemKind.WRONG_MARK, "utf-8")
    ]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("quote", ['"', "'"])
def test_delimiters_and_quotation_marks_are_detected(delimiter: str, quote: str) -> None:
    row = delimiter.join([f"{quote}one{delimiter} two{quote}", "1,5"[: 1 if delimiter == "," else 3], "x"])
    content = "\n".join([delimiter.join("abc"), row, row, row])
    csv_file = inspect_csv(io.BytesIO(content.encode()), sample_rows=10)
    assert (csv_file.dialect, csv_file.rows) == (Dialect("utf-8", delimiter, quote), 3)


BROKEN_BY_COMMAS = 'a,b;c\n1,2;3\n1,"x" y;2\n4,5;6\n'


def test_a_quotation_mark_that_breaks_a_dialect_tells_against_it() -> None:
    assert dialect_of(BROKEN_BY_COMMAS) == (";", '"')


def test_a_quotation_mark_that_breaks_a_dialect_tells_against_it_in_a_large_file_too() -> None:
    assert dialect_of(BROKEN_BY_COMMAS + "4,5;6\n" * SAMPLE_CHARACTERS) == (";", '"')


def test_a_sample_that_ends_within_quotation_marks_does_not_tell_against_its_dialect() -> None:
    assert dialect_of('a,b;c\n1,2;3\n1,"' + "line;3\n" * SAMPLE_CHARACTERS + '"\n') == (",", '"')


def test_a_dialect_goes_through_json_unchanged() -> None:
    dialect = Dialect("cp1252", ";", "'", header_line=3)
    assert Dialect(**json.loads(json.dumps(asdict(dialect)))) == dialect
