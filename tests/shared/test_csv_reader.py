"""The rows of an uploaded file, as they are checked and as they are loaded."""

import io

import pytest

from dss_web.shared.csv import Finding, FindingKind, InvalidCsv, Reading, Row, inspect_csv, open_csv
from dss_web.shared.csv.reader import BATCH_ROWS


def rows_of(content: str | bytes, reading: Reading | None = None) -> list[Row]:
    file = io.BytesIO(content.encode() if isinstance(content, str) else content)
    with open_csv(file, reading or Reading()) as reader:
        return list(reader.rows())


def findings_of(content: str | bytes, reading: Reading | None = None) -> list[Finding]:
    """The findings of all batches, and of the row at which reading stopped."""
    file = io.BytesIO(content.encode() if isinstance(content, str) else content)
    findings: list[Finding] = []
    try:
        with open_csv(file, reading or Reading()) as reader:
            for batch in reader.batches():
                findings += batch.findings
    except InvalidCsv as error:
        findings += error.findings
    return findings


def test_a_value_may_hold_line_breaks_delimiters_and_doubled_quotation_marks() -> None:
    assert rows_of('note,n\n"first\nsecond, ""quoted""",1\nx,2\n') == [
        (3, ['first\nsecond, "quoted"', "1"]),
        (4, ["x", "2"]),
    ]


@pytest.mark.parametrize("line_end", ["\n", "\r", "\r\n"])
def test_a_row_has_the_number_of_the_line_on_which_it_ends(line_end: str) -> None:
    content = line_end.join(["a,b", "1,2", "", '"x', '"",y",3', "4,5"])
    assert [row.line for row in rows_of(content)] == [2, 5, 6]


def test_lines_are_counted_across_batches_and_line_breaks_of_every_kind() -> None:
    row = '"1\r\n2\n3\r4",x\r\n'
    assert rows_of("a,b\r\n" + row * (BATCH_ROWS + 1))[-1].line == 1 + 4 * (BATCH_ROWS + 1)


def test_the_header_is_the_first_line_that_is_not_empty() -> None:
    file = io.BytesIO(b"\n\r\na,b\n\n1,2\n\n3,4\n\n")
    with open_csv(file, Reading()) as reader:
        assert reader.titles == ["a", "b"]
        assert list(reader.rows()) == [(5, ["1", "2"]), (7, ["3", "4"])]
    assert inspect_csv(file).rows == 2


def test_lines_before_the_header_line_are_not_read() -> None:
    content = 'Exports, "all", in £\n\na,b\n1,2\n'
    with open_csv(io.BytesIO(content.encode()), Reading(header_lines=(2,))) as reader:
        assert (reader.titles, list(reader.rows())) == (["a", "b"], [(4, ["1", "2"])])


def test_a_value_that_is_wholly_a_word_for_null_is_null() -> None:
    assert rows_of("a,b\nNULL,N/A\nNone,null\nNULL and void,\n") == [
        (2, ["", ""]),
        (3, ["", "null"]),
        (4, ["NULL and void", ""]),
    ]


def test_a_file_is_still_open_and_can_be_read_again() -> None:
    file = io.BytesIO(b"a,b\n1,2\n")
    for _ in range(2):
        with open_csv(file, Reading()) as reader:
            assert list(reader.rows()) == [(2, ["1", "2"])]
    assert not file.closed


def test_ragged_lines_are_reported_with_what_they_have_and_the_others_are_read() -> None:
    with open_csv(io.BytesIO(b'a,b\n1,2\n1\n"x\ny",2,3\n3,4\n'), Reading()) as reader:
        (batch,) = reader.batches()
    assert (batch.rows, list(batch.lines)) == ([["1", "2"], ["3", "4"]], [2, 6])
    assert batch.findings == [
        Finding(FindingKind.TOO_FEW_VALUES, line=3, found="1 value", expected="2 columns"),
        Finding(FindingKind.TOO_MANY_VALUES, line=4, found="3 values", expected="2 columns"),
    ]


def test_a_ragged_line_is_found_beyond_the_first_batch() -> None:
    content = "a,b\n" + "1,2\n" * (3 * BATCH_ROWS) + "1\n"
    assert findings_of(content) == [
        Finding(FindingKind.TOO_FEW_VALUES, line=3 * BATCH_ROWS + 2, found="1 value", expected="2 columns")
    ]
    with pytest.raises(InvalidCsv, match="too_few_values"):
        inspect_csv(io.BytesIO(content.encode()))


@pytest.mark.parametrize(
    ("content", "kind", "line"),
    [
        ('a,b\n1,2\n1,"x"y\n', FindingKind.STRAY_QUOTE, 3),
        ('a,b\n1,2\n"never closed,1\nx,2\n', FindingKind.UNCLOSED_QUOTE, 3),
        (f'a,b\n1,2\n"{"x" * 11_000_000}\n', FindingKind.LONG_VALUE, 3),
        (b"a,b\n1,2\nZo\xeb,2\n", FindingKind.UNDECODABLE, 3),
        (b"Zo\xeb,b\n1,2\n", FindingKind.UNDECODABLE, 1),
        ('"x"y,b\n1,2\n', FindingKind.STRAY_QUOTE, 1),
        ("\n\n", FindingKind.NO_HEADER, None),
    ],
)
def test_a_row_that_cannot_be_read_is_a_finding_of_its_line(
    content: str | bytes, kind: FindingKind, line: int | None
) -> None:
    (finding,) = findings_of(content)
    assert (finding.kind, finding.line) == (kind, line)
    assert finding.found
    assert finding.expected


def test_what_comes_before_a_row_that_cannot_be_read_is_checked_too() -> None:
    assert [(finding.kind, finding.line) for finding in findings_of('a,b\n1\n1,2\n1,"x"y\n')] == [
        (FindingKind.TOO_FEW_VALUES, 2),
        (FindingKind.STRAY_QUOTE, 4),
    ]
    with pytest.raises(InvalidCsv) as caught:
        inspect_csv(io.BytesIO(b'a,b\n1\n1,2\n1,"x"y\n'))
    assert len(caught.value.findings) == 2


def test_an_undecodable_byte_is_told_with_its_value_and_the_encoding() -> None:
    (finding,) = findings_of(b"a,b\n" + b"1,2\n" * 9000 + b"Zo\xeb,2\n")
    assert finding == Finding(FindingKind.UNDECODABLE, line=9002, found="the byte 0xEB", expected="text in UTF-8")
