"""Files as databases, statistics offices and reports write them: what is loaded, and what is told, asked or refused."""

import pytest

from dss_web.shared.contract import ColumnType
from dss_web.shared.csv import FindingKind, InvalidCsv, Severity
from dss_web.shared.csv.file_kind import FileKind
from dss_web.uploads.explanations import explain
from tests.parts.csv_files import kinds_of, read

ASK, TELL = Severity.ASK, Severity.TELL
TABLE = [["A", "1"], ["B", "2"]]


@pytest.mark.parametrize(
    "content",
    [
        "+------+---+\n| name | n |\n+------+---+\n| A    | 1 |\n| B    | 2 |\n+------+---+\n2 rows in set (0.00 sec)\n",
        " name | n \n------+---\n A    | 1\n B    | 2\n(2 rows)\n\n",
        "| name | n |\n|:-----|--:|\n| A    | 1 |\n| B    | 2 |\n",
        "+------+---+\n| name | n |\n+======+===+\n| A    | 1 |\n+------+---+\n| B    | 2 |\n+------+---+\n",
        "┌──────┬───┐\n│ name │ n │\n├──────┼───┤\n│ A    │ 1 │\n│ B    │ 2 │\n└──────┴───┘\n",
        "26.11.2026   List   1\n----------\n|name |n |\n----------\n|A    |1 |\n|B    |2 |\n----------\n",
    ],
)
def test_a_table_that_is_drawn_is_read_without_its_lines(content: str) -> None:
    csv_file, rows = read(content)
    assert (csv_file.names, rows, csv_file.severity) == (["name", "n"], TABLE, TELL)
    assert csv_file.types[1] is ColumnType.INTEGER
    assert FindingKind.RULE_LINE in kinds_of(csv_file, TELL)


def test_dashes_for_missing_values_are_no_line_of_a_table() -> None:
    assert read("a|b\n-|-\n1|2\n3|4\n")[1] == [["-", "-"], ["1", "2"], ["3", "4"]]


@pytest.mark.parametrize(
    ("content", "rows"),
    [
        ("k,path\n1,a|b|c\n2,d|e|f\n", [["1", "a|b|c"], ["2", "d|e|f"]]),
        ("k\tlist\n1\ta;b;c\n2\td;e;f\n", [["1", "a;b;c"], ["2", "d;e;f"]]),
        ("name,n\nZo&euml;,1\nM &amp; S,2\n", [["Zo&euml;", "1"], ["M &amp; S", "2"]]),
        ("note\nGood, thanks.\nNo.\nMore, please; now.\n", [["Good, thanks."], ["No."], ["More, please; now."]]),
        ("k,note\n1,“Fine”\n2,no\n", [["1", "“Fine”"], ["2", "no"]]),
        ('k,note\n1,"First.\nSecond, with a comma."\n2,x\n', [["1", "First.\nSecond, with a comma."], ["2", "x"]]),
        ("issue\n#12\n#13\n", [["#12"], ["#13"]]),
        ("mail\na@x.example\nb@x.example\n", [["a@x.example"], ["b@x.example"]]),
    ],
)
def test_what_stands_within_values_does_not_split_them(content: str, rows: list[list[str]]) -> None:
    csv_file, found = read(content)
    assert (found, csv_file.severity) == (rows, TELL)


@pytest.mark.parametrize("sign", ["@", "#", "¦", "§", "，", "；", "؛"])
def test_a_rare_separator_is_read_and_asked(sign: str) -> None:
    csv_file, rows = read(f"name{sign}n{sign}town\nA{sign}1{sign}Leeds\nB{sign}2{sign}York\n")
    assert rows == [["A", "1", "Leeds"], ["B", "2", "York"]]
    assert kinds_of(csv_file, ASK) == {FindingKind.DELIMITER}
    assert csv_file.reading.is_plain == sign.isascii()  # COPY takes one byte


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        ("sep=,\nname;n\nA;1\nB;2\n", FindingKind.DELIMITER),
        ("name\nn,m\nA,1a\nB,2b\n", FindingKind.DELIMITER),
        ("Stock,\nname,n\nA,1\nStock,\nname,n\nB,2\n", FindingKind.SECOND_TABLE),
        ("name,n\nA,1\nB,2\nC,3\nD,4\n\ntown,people\nLeeds,5\nYork,6\nHull,7\n", FindingKind.SECOND_TABLE),
        (
            "Title,Rate\nCDID,MGSX\nPreUnit,\nUnit,%\nRelease date,12-11-2024\nNext,17 December 2024\nImportant notes,\n"
            "1971,4.1\n1972,4.3\n1971 Q1,3.8\n1971 Q2,4.1\n1971 FEB,3.8\n1971 MAR,3.9\n",
            FindingKind.DESCRIPTION_LINES,
        ),
    ],
)
def test_what_can_be_meant_in_two_ways_is_asked(content: str, kind: FindingKind) -> None:
    assert kinds_of(read(content)[0], ASK) == {kind}


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        ('"sep=;",,\nname;n\nA;1\nB;2\n', FindingKind.SEPARATOR_LINE),
        ("name,n\nA,1\nB,2\n,Source: a survey\n", FindingKind.FOOTER),
        ("name,n\nA,1\nB,2\n,\n,Notes:\n,1. All values are rounded.\n", FindingKind.FOOTER),
        ("Table 1,\n,2023\nname,n\nA,1\nB,2\n", FindingKind.TITLE_LINES),
        ("name,n\nA,1\nB,2\n\n,Figures are rounded to ten.\n", FindingKind.FOOTER),
        ("name,n\nA,1\nB,2\n\nSource: the office, 2024\n", FindingKind.FOOTER),
        ("name,n\nA,1\nB,2\n______\n© The office 2024\nAs of: 26.11.2024 10:30\n", FindingKind.FOOTER),
        ("name,n\n(1),(2)\nA,1\nB,2\n", FindingKind.DESCRIPTION_LINES),
        ("# made by x\n#name,n\nA,1\nB,2\n", FindingKind.COMMENT_LINES),
    ],
)
def test_what_stands_beside_the_rows_is_left_out_and_told(content: str, kind: FindingKind) -> None:
    csv_file, rows = read(content)
    assert (csv_file.names, rows, csv_file.severity) == (["name", "n"], TABLE, TELL)
    assert kind in kinds_of(csv_file, TELL)


@pytest.mark.parametrize(
    ("content", "last"),
    [
        ("n,place\n1,Leeds\n2,York\n,Hull\n", ["", "Hull"]),
        ("ref,note,n\n1,Called,5\n2,Wrote,6\n,No reply yet from them,\n", ["", "No reply yet from them", ""]),
    ],
)
def test_a_row_with_one_value_is_a_row(content: str, last: list[str]) -> None:
    assert read(content)[1][-1] == last


def test_words_alone_in_a_column_of_numbers_are_a_note() -> None:
    csv_file, rows = read("name,n\n" + "".join(f"A{n},{n}\n" for n in range(12)) + ",Rounded to ten\n")
    assert (len(rows), csv_file.types[1]) == (12, ColumnType.INTEGER)
    assert FindingKind.FOOTER in kinds_of(csv_file, TELL)


def test_units_stand_above_text_as_well() -> None:
    csv_file, rows = read("name,length\n,(mm)\nA,unknown\nB,about five\n")
    assert (csv_file.titles, rows) == (["name", "length (mm)"], [["A", "unknown"], ["B", "about five"]])


def test_a_first_row_of_letters_and_dashes_is_not_taken_for_units() -> None:
    rows = [["A", "-"], ["B", "5"], ["C", "6"], ["D", "7"], ["E", "8"]]
    assert read("name,n\n" + "".join(f"{name},{value}\n" for name, value in rows))[1] == rows


def test_totals_of_groups_keep_the_last_total_a_row() -> None:
    csv_file, rows = read("area,n\nLeeds,1\nNorth total,1\nHove,2\nSouth total,2\nTotal,3\n")
    assert rows[-1] == ["Total", "3"]
    assert FindingKind.TOTAL_KEPT in kinds_of(csv_file, TELL)


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"-- MySQL dump\nDROP TABLE IF EXISTS `t`;\nINSERT INTO `t` VALUES (1,'x'),(2,'y');\n", FileKind.SQL),
        (b"--\n-- A dump\n--\n\nSET a = 0;\n\nCREATE TABLE public.t (\n    n integer\n);\n", FileKind.SQL),
        (b"-----BEGIN PGP MESSAGE-----\n\nhQEMA+abc123xyz/\n=abcd\n-----END PGP MESSAGE-----\n", FileKind.ENCRYPTED),
        (b"BEGIN:VCARD\nVERSION:3.0\nFN:Ann Lee\nEND:VCARD\n", FileKind.CARD),
        (b"HEADER RECORD*******LIBRARY HEADER RECORD!!!!!!!00000", FileKind.STATISTICS),
        (b"x.csv".ljust(257, b"\0") + b"ustar\0" + b"\0" * 250 + b"a,b\n1,2\n", FileKind.ARCHIVE),
    ],
)
def test_what_is_no_table_is_named_for_what_it_is(content: bytes, kind: FileKind) -> None:
    with pytest.raises(InvalidCsv) as caught:
        read(content)
    assert [(one.kind, one.found) for one in caught.value.findings] == [(FindingKind.OTHER_KIND, kind)]
    assert len(explain(caught.value)) == 1


def test_names_that_are_words_of_sql_are_names() -> None:
    assert read("create table,set\nyes,1\nno,2\n")[0].titles == ["create table", "set"]


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"name,n\nA,1\nnote\nB,2\n", "Line 3 has 1 value, but there are 2 columns. Add the values that are missing"),
        (b"name,n\nA,\x07\x02\n", "This is not a CSV file: line 2 contains bytes that are not text."),
        (b"name,n,x\nA\nB\nC\n", "Line 1 has 3 names, for 1 value in a row."),
        ("name\nZoë\n".encode() + b"Ren\xe9\n" + "Zoë\n".encode() * 5, "Line 3 has a character that cannot be read"),
    ],
)
def test_an_error_says_where_and_what_to_do(content: bytes, sentence: str) -> None:
    with pytest.raises(InvalidCsv) as caught:
        read(content)
    assert explain(caught.value)[0].startswith(sentence)
