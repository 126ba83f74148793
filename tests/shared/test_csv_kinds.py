"""Files of every kind that people bring: read right, told, asked or refused."""

import gzip
import io
import zipfile
from collections.abc import Callable, Mapping
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dss_web.shared.csv import Choices, FindingKind, InvalidCsv, Severity
from tests.parts.csv_files import kinds_of, read
from tests.workbooks import Rows, ods, xlsx

TELL, ASK = Severity.TELL, Severity.ASK
TABLE = [["A", "1"], ["B", "2"]]


@pytest.mark.parametrize(
    ("content", "kind", "severity"),
    [
        ("sep=;\nname;n\nA;1\nB;2\n", FindingKind.SEPARATOR_LINE, TELL),
        ("name\tn\nA\t1\nB\t2\n", None, TELL),
        ("name|n\nA|1\nB|2\n", None, TELL),
        ("name||n\nA||1\nB||2\n", FindingKind.LEFT_OUT, TELL),
        ('name, n\n"A", 1\n"B", 2\n', None, TELL),
        ("“name”,“n”\n“A”,“1”\n“B”,“2”\n", None, TELL),
        ("\ufeff\ufeffname,n\nA,1\nB,2\n", FindingKind.MARKS, TELL),
        ("name,n\nA,1\n\ufeffB,2\n", FindingKind.MARKS, TELL),
        ("Exports\nof 2024,,\n\nname,n,\nA,1,\nB,2,\n", FindingKind.TITLE_LINES, TELL),
        ("# by a tool, of 2024\nname,n\nA,1\nB,2\n", FindingKind.COMMENT_LINES, TELL),
        ("\n\nname,n\nA,1\n\nB,2\n", FindingKind.BLANK_ROWS, TELL),
        ("name,n,,\nA,1,,\nB,2,,\n,,,\n", FindingKind.LEFT_OUT, TELL),
        ("name,n\nA,1,\nB,2,\n", FindingKind.HEADER_SHORT, TELL),
        ("name,n\nA,1\nB,2\n\nSource: a survey\n", FindingKind.FOOTER, TELL),
        ("name,n\nA,1\nB,2\nNote: figures are rounded,\n", FindingKind.FOOTER, TELL),
        ("name,n\nA,1\nB,2\nTotal,3\n", FindingKind.TOTAL, TELL),
        ("name,n\nname,n\nA,1\nB,2\n", FindingKind.HEADER_LINES, TELL),
        ("name,count\ntext,(000s)\nA,1\nB,2\n", FindingKind.HEADER_LINES, TELL),
        ("name,n\nA,1\nname,n\nB,2\n", FindingKind.REPEATED_HEADER, TELL),
        ("A,1\nB,2\n", FindingKind.HEADER_IS_DATA, ASK),
        ("name\r\r\nA\r\r\nB\r\r\n".replace("\r\r", ",n\r\r").replace("A,n", "A,1").replace("B,n", "B,2"), None, TELL),
        ("name,n\nA,1\nB,2\n\x1a", None, TELL),
    ],
)
def test_the_shape_of_a_file_is_put_right_and_told_or_asked(
    content: str, kind: FindingKind | None, severity: Severity
) -> None:
    csv_file, rows = read(content.encode())
    assert rows == TABLE
    assert kind is None or kind in kinds_of(csv_file)
    assert csv_file.severity is severity


def test_a_file_of_one_column_is_no_row_of_names() -> None:
    assert read(b"note\nHello, world\nplain\n")[1] == [["Hello, world"], ["plain"]]
    assert read(b'note\n"cell with\nnewline"\nplain\n')[1] == [["cell with\nnewline"], ["plain"]]


@pytest.mark.parametrize(
    ("content", "rows"),
    [
        ('no,says\n1,"he said \\"no\\", twice"\n2,"C:\\temp"\n', [["1", 'he said "no", twice'], ["2", "C:\\temp"]]),
        ('part,size\npipe 5",10\n3/4" nut,20\n', [['pipe 5"', "10"], ['3/4" nut', "20"]]),
        ('part,n\n"Table, 48"",1\n"Boxer, 5" wide",2\n"x, y",3\n', [['Table, 48"', "1"], ['Boxer, 5" wide', "2"], ["x, y", "3"]]),
        ("name,note\n'A','x, y'\n'B','it''s'\n", [["A", "x, y"], ["B", "it's"]]),
        ('name\tnote\nA\t"hello\nB\tsaid "x" twice\n', [["A", '"hello'], ["B", 'said "x" twice']]),
        ('a,b\n1,"two\nlines, ""quoted"""\n', [["1", 'two\nlines, "quoted"']]),
    ],
)  # fmt: skip
def test_quotation_marks_are_read_as_they_are_meant(content: str, rows: list[list[str]]) -> None:
    assert read(content.encode())[1] == rows


@pytest.mark.parametrize(
    ("content", "kind", "line"),
    [
        ("a,b\n1,2\n3;4\n5,6\n", FindingKind.TOO_FEW_VALUES, 3),
        ("a,b\n1,2\n3,4,5\n6,7\n", FindingKind.TOO_MANY_VALUES, 3),
        ('a,b\n1,2\n3,"x\n4,5\n', FindingKind.UNCLOSED_QUOTE, 3),
        ('a,b\n1,2\n3,"x" ""y"\n4,"u, v"\n', FindingKind.STRAY_QUOTE, 3),
        ("a,b\n1,2\n3,x\0\n", FindingKind.NUL, 3),
        ("name,n\nA,1\n\nregion,head,count\nN,x,1\nS,y,2\n", FindingKind.SECOND_TABLE, 4),
        ("a,b,c\n1,2,3\n4,5,6\n7,8", FindingKind.CUT_OFF, 4),
        ("a,,b,c\n1,2,3\n4,5,6\n7,8,9\n", FindingKind.HEADER_LONG, 1),
        # One blank value too many, and all after it stand in the wrong columns.
        ("when,n,url,x\n" + "2024-01-31,1,u,\n" * 9 + "2024-01-31,,1,u,\n", FindingKind.TOO_MANY_VALUES, 11),
        ("a,b\n", FindingKind.NO_ROWS, 1),
        (",".join(f"c{n}" for n in range(460)) + "\n" + ",".join(["about twenty letters"] * 460), FindingKind.ROW_TOO_WIDE, 2),
    ],
)  # fmt: skip
def test_what_cannot_be_right_is_refused_with_its_line(content: str, kind: FindingKind, line: int) -> None:
    with pytest.raises(InvalidCsv) as caught:
        read(content.encode())
    assert (kind, line) in {(finding.kind, finding.line) for finding in caught.value.findings}


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        ("name value flag\nA 1 yes\nB 2 no\n", FindingKind.SPACES),
        ("name      amount town\nA             10 Leeds\nB             20 York\n", FindingKind.FIXED_WIDTH),
        ("2019,2020\n10,20\n11,21\n", FindingKind.HEADER_DOUBTFUL),
        ("name,n\nr1,A,1\nr2,B,2\n", FindingKind.ROW_NAMES),
        ('a,b,c\n1,x,"y\n2,z,w\n3,v",u\n'.replace('v",u', 'v,u"'), FindingKind.SWALLOWED_ROWS),
    ],
)
def test_what_can_be_meant_in_two_ways_is_asked(content: str, kind: FindingKind) -> None:
    csv_file, _ = read(content.encode())
    assert kind in {finding.kind for finding in csv_file.findings if finding.severity is ASK}


@pytest.mark.parametrize(
    ("text", "encoding", "severity"),
    [
        ("Town,Fee\nSt Andréws,£5\nZürich,€7\n", "cp1252", TELL),
        ("Town,Fee\nSt Andréws,£5\nZürich,£7\n", "mac-roman", TELL),
        ("Town,Fee\nSt Andréws,£5\nZürich,£7\n", "cp850", TELL),
        ("Город,Сумма\nМосква,5\n", "cp1251", ASK),
        ("Город,Сумма\nМосква,5\n", "koi8-r", ASK),
        ("Πόλη,Ποσό\nΑθήνα,5\n", "cp1253", ASK),
        ("Miasto,Kwota\nŁódź,5\nGdańsk,6\n", "iso8859-2", ASK),
        ("Miasto,Kwota\nŁódź,5\nGdańsk,6\n", "cp1250", ASK),
        ("名前,値\n東京,10\n大阪,20\n", "cp932", ASK),
    ],
)
def test_encodings_are_told_apart_by_their_bytes(text: str, encoding: str, severity: Severity) -> None:
    csv_file, rows = read(text.encode(encoding))
    assert (csv_file.reading.encoding, csv_file.severity) == (encoding, severity)
    assert rows[0] == text.splitlines()[1].split(",")


def test_text_that_was_decoded_twice_is_put_right_and_told() -> None:
    csv_file, rows = read("Town,Fee\nZürich,£7\n".encode().decode("cp1252").encode())
    assert rows == [["Zürich", "£7"]]
    assert FindingKind.DECODED_TWICE in kinds_of(csv_file)


def test_the_one_file_of_an_archive_is_read() -> None:
    content = b"name,n\nA,1\nB,2\n"
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as zipped:
        zipped.writestr("data/x.csv", content)
        zipped.writestr("__MACOSX/data/._x.csv", b"x")
    for packed in (archive.getvalue(), gzip.compress(content)):
        csv_file, rows = read(packed)
        assert rows == TABLE
        assert FindingKind.UNPACKED in kinds_of(csv_file)


WORKBOOK: dict[str, Rows] = {
    "Data": [
        ["Widgets of 2024"],
        [],
        ["name", "n", "when", "open", "code"],
        ["A", 1, date(2024, 1, 31), True, "007"],
        ["B", 2.5, date(2024, 2, 1), False, "1E5"],
        [],
    ],
    "Empty": [],
}


@pytest.mark.parametrize("write", [xlsx, ods])
def test_a_workbook_is_read_as_its_cells_hold_their_values(write: Callable[[Mapping[str, Rows]], bytes]) -> None:
    csv_file, rows = read(write(WORKBOOK))
    assert rows == [["A", "1", "2024-01-31", "true", "007"], ["B", "2.5", "2024-02-01", "false", "1E5"]]
    assert csv_file.names == ["name", "n", "when", "open", "code"]
    assert [kind.value for kind in csv_file.types] == ["text", "numeric", "date", "boolean", "text"]
    assert (csv_file.reading.sheet, csv_file.reading.header_lines, csv_file.severity) == ("Data", (3,), TELL)


def test_the_sheet_of_a_workbook_is_asked_and_can_be_chosen() -> None:
    content = xlsx({"Notes": [["a note"]], "Data": [["name", "n"], ["A", 1], ["B", 2]]})
    assert read(content)[0].severity is ASK
    csv_file, rows = read(content, Choices(sheet="Data"))
    assert (csv_file.severity, rows) == (TELL, TABLE)
    with pytest.raises(InvalidCsv) as caught:
        read(content, Choices(sheet="Nothing"))
    assert caught.value.findings[0].kind is FindingKind.NO_SHEET


def test_a_thousand_columns_without_a_name_or_a_value_are_left_out() -> None:
    csv_file, rows = read(b"name,age" + b"," * 3000 + b"\nA,31" + b"," * 3000 + b"\n")
    assert (csv_file.names, rows) == (["name", "age"], [["A", "31"]])


@settings(max_examples=300, deadline=None)
@given(content=st.one_of(st.binary(max_size=200), st.text("a1\",;\n\t '\\é\ufeff\r|#=", max_size=80).map(str.encode)))
def test_no_bytes_are_a_fault_of_the_reader(content: bytes) -> None:
    try:
        read(content)
    except InvalidCsv as error:
        assert error.findings
