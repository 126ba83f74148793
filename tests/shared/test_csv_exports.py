"""Files as programs and spreadsheets of several countries export them: what is loaded, and what is told or asked."""

import io

import pytest

from dss_web.shared.contract import ColumnType
from dss_web.shared.csv import CsvFile, FindingKind, InvalidCsv, Severity, open_csv
from dss_web.shared.csv.file_kind import FileKind
from dss_web.uploads.explanations import explain, explain_findings
from tests.parts.csv_files import read

ASK, TELL = Severity.ASK, Severity.TELL


def in_numbers(csv_file: CsvFile, content: str) -> list[str]:
    """The values of the second column after a person has chosen that they are decimal numbers."""
    reading = csv_file.reading.with_types([ColumnType.TEXT, ColumnType.NUMERIC])
    with open_csv(io.BytesIO(content.encode()), reading) as reader:
        return [row.fields[1] for row in reader.rows()]


@pytest.mark.parametrize(
    ("values", "numbers"),
    [
        (["1.234,50", "12.345.678,90", "0,75"], ["1234.50", "12345678.90", "0.75"]),
        (["0,125", "1,250", "0,500"], ["0.125", "1.250", "0.500"]),
        (["1,234", "1,5", "10,25"], ["1.234", "1.5", "10.25"]),
        (["1\u00a0234,50", "345,75", "7"], ["1234.50", "345.75", "7"]),
        (["1\u202f234,50", "12\u202f345,00"], ["1234.50", "12345.00"]),
        (["1.234,50 €", "89,90 €", "-45,00 €", "1.000 €"], ["1234.50", "89.90", "-45.00", "1000"]),
        (["1.234.567 €", "(14\u202f745 €)", "€ 5-"], ["1234567", "-14745", "-5"]),
        (["€246.792", "€1.000"], ["246792", "1000"]),
        (["£1.459", "£1.5"], ["1.459", "1.5"]),
        (["12,5%", "3,25 %", "7%"], ["0.125", "0.0325", "0.07"]),
        (["1.234,50-", "99,00", "0,50-"], ["-1234.50", "99.00", "-0.50"]),
        (["1.234.567", "1.234", "5"], ["1234567", "1234", "5"]),
        (["1,5", "1.5"], ["1.5", "1.5"]),
        (["1,234.50", "(5,000.00)", "£ -"], ["1234.50", "-5000.00", "0"]),
        (["12,34,567", "1,23,456.50", "98,765"], ["1234567", "123456.50", "98765"]),
        (["1'234.50", "98'765.00"], ["1234.50", "98765.00"]),
        (["$(1,234.00)", "($6.00)", "$5"], ["-1234.00", "-6.00", "5"]),
        (["−3.5", "4.0", "–1"], ["-3.5", "4.0", "-1"]),
        (["(5.0%)", "3%"], ["-0.05", "0.03"]),
    ],
)
def test_a_number_of_any_country_stays_text_until_a_person_makes_it_the_number_that_it_is(
    values: list[str], numbers: list[str]
) -> None:
    content = "name;amount\n" + "".join(f"A;{value}\n" for value in values)
    csv_file, rows = read(content)
    assert [row[1] for row in rows] == values
    assert csv_file.types[1] is ColumnType.TEXT
    assert FindingKind.CONVERTIBLE in {finding.kind for finding in csv_file.findings}
    assert in_numbers(csv_file, content) == numbers


def test_a_comma_that_groups_nothing_is_left_for_the_load_to_refuse() -> None:
    content = 'name;amount\nA;"1,234.50"\nB;"1,234,567"\nC;12%\n'
    csv_file, _ = read(content)
    assert in_numbers(csv_file, content + 'D;"1,5"\nE;1.2.3\nF;%\n') == [
        "1234.50",
        "1234567",
        "0.12",
        "1,5",
        "1.2.3",
        "%",
    ]


def test_points_group_in_a_file_whose_commas_are_decimal_signs() -> None:
    csv_file, rows = read("city;people;share\nA;1.234;0,5\nB;12.345;1,5\n")
    assert rows == [["A", "1.234", "0,5"], ["B", "12.345", "1,5"]]
    assert csv_file.types == [ColumnType.TEXT] * 3
    csv_file, _ = read("city;kg;share;x\nA;1.250;0,5;1.5\nB;2.125;1,5;2.5\n")
    assert csv_file.types == [ColumnType.TEXT, ColumnType.NUMERIC, ColumnType.TEXT, ColumnType.NUMERIC]


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        (["1.23457E+12", "5.01235E+12", "4012"], FindingKind.CUT_DIGITS),
        (["£12", "$10"], FindingKind.CURRENCIES),
        (["GBP 12.50", "EUR 10.00"], FindingKind.CURRENCIES),
        (["########", "2024-01-31"], FindingKind.HASHES),
        (["120", "[c]", "[x]"], FindingKind.NULL_WORDS),
        (["1", "#DIV/0!", "#REF!"], FindingKind.NULL_WORDS),
        (["Orl\ufffdans", "Paris"], FindingKind.LOST_LETTERS),
        (["12\u200b", "13"], FindingKind.INVISIBLE),
    ],
)
def test_values_that_a_program_has_spoilt_or_replaced_stay_as_they_are_and_are_told(
    values: list[str], kind: FindingKind
) -> None:
    csv_file, rows = read("name;x\n" + "".join(f"A;{value}\n" for value in values))
    assert [row[1] for row in rows] == values
    assert csv_file.types[1] is ColumnType.TEXT
    assert kind in {finding.kind for finding in csv_file.findings}


def test_large_measurements_are_numbers() -> None:
    csv_file, rows = read("name;x\nA;6.02E+23\nB;1.5E-3\n")
    assert csv_file.types[1] is ColumnType.NUMERIC
    assert [row[1] for row in rows] == ["602000000000000000000000", "0.0015"]


def test_times_of_twelve_hours_are_times() -> None:
    csv_file, rows = read("when,n\n1/31/2024 2:05 PM,1\n2/13/2024 12:00:30 am,2\n")
    assert csv_file.types[0] is ColumnType.TIMESTAMP
    assert [row[0] for row in rows] == ["2024-01-31 2:05 PM", "2024-02-13 12:00:30 am"]
    assert (csv_file.facts[0].smallest, csv_file.facts[0].largest) == ("2024-01-31 14:05", "2024-02-13 00:00:30")
    assert (
        read("when,n\n1/31/2024 2:05 PM,1\n2/1/2024 3:00 PM,2\n")[0].facts[0].smallest == ""
    )  # not the 2nd of January
    assert read("when,n\n31/01/2024 13:05 PM,1\n")[0].types[0] is ColumnType.TEXT


SURVEY = "Id,Start,Which?,,\n,,Red,Blue,Other\n1,5,Red,,\n2,6,,Blue,Pink\n"
QUESTIONS = (
    'Q1,Q2\n"How are you?",Age\n"{""ImportId"":""QID1""}","{""ImportId"":""QID2""}"\nFine,34\nBad,45\n'  # Qualtrics
)
SERIES = "Title,RATE\nCDID,L55O\nUnit,%\nNotes,\n1989,5.7\n1990,8.0\n1991,7.5\n1992,4.6\n1993,2.8\n1994,2.2\n"  # ONS
REPORT = "Sales,,\nRun date:,26/11/2024,\n,,\nRegion,Q1,Q2\n" + "N,1,2\n" * 5
RUN = "Report,Spend\nRun date,26/11/2024\n\nRegion,Q1,Q2\n" + "N,1,2\n" * 5
BANK = "Source,WDI,\n\nUpdated,2024-11-13,\n\nCountry,1960,1961\n" + "A,1,2\n" * 5  # the World Bank
DESCRIBED = "code,name,n\nThe code,The name,Number of people\nE1,Leeds,5\nE2,York,6\nE3,Hull,7\n"


@pytest.mark.parametrize(
    ("content", "names", "rows", "kind", "severity"),
    [
        ("a,b\n--,----\n1,x\n2,y\n\n(2 rows affected)\n", "a b", [["1", "x"], ["2", "y"]], FindingKind.RULE_LINE, TELL),
        ("a\tb\n-\t----\nx\ty\n", "a b", [["-", "----"], ["x", "y"]], None, TELL),
        (SURVEY, "id_in_source start which_red which_blue which_other", None, FindingKind.HEADER_LINES, TELL),
        (QUESTIONS, "q1 q2", [["Fine", "34"], ["Bad", "45"]], FindingKind.DESCRIPTION_LINES, TELL),
        ("Region,n\n#adm1+name,#n\nA,5\nB,6\n", "region n", None, FindingKind.DESCRIPTION_LINES, TELL),
        (SERIES, "title rate", None, FindingKind.DESCRIPTION_LINES, ASK),
        (DESCRIBED, "code name n", None, FindingKind.DESCRIPTION_LINES, ASK),
        (REPORT, "region q1 q2", [["N", "1", "2"]] * 5, FindingKind.TITLE_LINES, TELL),
        (BANK, "country column_1960 column_1961", [["A", "1", "2"]] * 5, FindingKind.TITLE_LINES, TELL),
        (RUN, "region q1 q2", [["N", "1", "2"]] * 5, FindingKind.SECOND_TABLE, ASK),
        ('"a,b"\n"1,""x, y"""\n"2,z"\n', "a b", [["1", "x, y"], ["2", "z"]], FindingKind.WRAPPED_LINES, ASK),
        ('"x" "y"\n"1" 1.5 "a b"\n"2" 2.5 "c"\n', "column_1 x y", None, FindingKind.ROW_NAMES, ASK),
        ("'a','b'\n'x','1'\n", "a b", [["x", "1"]], FindingKind.OTHER_QUOTES, TELL),
        ("name,n\nA,1\nB,2\nAverage,1.5\n", "name n", [["A", "1"], ["B", "2"]], FindingKind.TOTAL, TELL),
        ("name,n\nA,1\nB,2\nTotal: all,3\n", "name n", [["A", "1"], ["B", "2"]], FindingKind.TOTAL, TELL),
        ("name,n\nA,1\nB,2\n1. Rounded.,\n", "name n", [["A", "1"], ["B", "2"]], FindingKind.FOOTER, TELL),
        ("name,n\nA,1\n  ,  \nB,2\n", "name n", [["A", "1"], ["B", "2"]], FindingKind.BLANK_ROWS, TELL),
        (
            "price,region\n,South\n,All\n5,North\n",
            "price region",
            [["", "South"], ["", "All"], ["5", "North"]],
            None,
            TELL,
        ),
        ("ORCID,n\nA,1\nB,2\n", "orcid n", [["A", "1"], ["B", "2"]], None, TELL),
    ],
)
def test_what_programs_write_beside_the_data_is_no_row(
    content: str, names: str, rows: list[list[str]] | None, kind: FindingKind | None, severity: Severity
) -> None:
    csv_file, found = read(content)
    assert csv_file.names == names.split()
    assert csv_file.severity is severity
    assert rows is None or found == rows
    assert kind is None or kind in {finding.kind for finding in csv_file.findings}
    if content == SERIES:
        assert found[0] == ["1989", "5.7"]


def test_a_column_of_names_in_quotation_marks_is_one_column() -> None:
    assert read('Name\n"Smith, John"\n"Roe, Jane"\n')[1] == [["Smith, John"], ["Roe, Jane"]]


def test_letters_that_were_damaged_more_than_once_are_put_right() -> None:
    damaged = "Ville,N\nOrléans,1\n".encode().decode("latin-1").encode().decode("cp1252")
    assert read(damaged)[1] == [["Orléans", "1"]]


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b'\xef\xbb\xbf{"data": [1]}', FileKind.JSON),
        ("<?xml version='1.0'?><Workbook/>".encode("utf-16"), FileKind.MARKUP),
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12\n", FileKind.LINK),
        (b"From: a@example.com\r\nSubject: Data\r\n\r\nSee the attached file.\r\n", FileKind.EMAIL),
        (b"[InternetShortcut]\r\nURL=https://example.com/data.csv\r\n", FileKind.LINK),
    ],
)
def test_what_is_no_table_is_named_for_what_it_is(content: bytes, kind: FileKind) -> None:
    with pytest.raises(InvalidCsv) as caught:
        read(content)
    assert [(one.kind, one.found) for one in caught.value.findings] == [(FindingKind.OTHER_KIND, kind)]
    assert len(explain(caught.value)) == 1


def test_one_of_a_kind_is_told_in_the_singular() -> None:
    texts = [str(finding["text"]) for finding in explain_findings(read("name,n,\nA,1,\n,,\nB,2,\n")[0])]
    assert texts == [
        "1 row without a value is left out.",
        "1 column without a name and without a value is left out.",
    ]
