"""Editions of one dataset: columns come and go, and a zip has its rows in one member or in several."""

from dataclasses import replace

import pytest

from dss_assets.dataset import (
    NO_REJECTS,
    OTHER_COLUMNS,
    Absent,
    Column,
    Dataset,
    Delimited,
    HeaderLine,
    Incremental,
    Member,
    Members,
    Others,
    Pattern,
)
from dss_assets.errors import InvalidFile, WrongHeader
from tests.parts.assets_fixtures import Ingest, Select
from tests.published import zipped

TREES = Dataset(
    "org",
    "trees",
    source=None,
    format=Delimited(),
    loading=Incremental(),
    columns=(
        Column("name", titles=("Name", "Tree (common name)")),
        Column("height", titles=(Pattern(r"height(_\d\d)?"),), absent=Absent.NULL),
        Column("girth", absent=Absent.NULL),
    ),
    reject_limit=NO_REJECTS,
)
STORED = 'SELECT name, height, girth FROM "org.trees"."L0" ORDER BY id'


def test_a_column_that_an_edition_lacks_is_null(ingest_bytes: Ingest, select: Select) -> None:
    ingest_bytes(TREES, "2019.csv", b"Name,height,girth\nOak,20,3\n")
    ingest_bytes(TREES, "2020.csv", b"girth,name\n4,Elm\n")
    ingest_bytes(TREES, "2021.csv", b'"TREE  (COMMON\nNAME) ",height_21\nAsh,15\n')

    assert select(STORED) == [("Oak", "20", "3"), ("Elm", None, "4"), ("Ash", "15", None)]


@pytest.mark.parametrize(
    ("header", "difference"),
    [
        (b"height,girth", "missing: name"),
        (b"name,height,height_20", "twice: height"),
        (b"name,height,age", "unknown: age"),
        (b"Tree (common name]", "unknown"),
        (b'[{"name": 1}]', "This looks like JSON: declare format=JsonRecords"),
        (b"<!doctype html>", "This looks like a web page"),
        (b"name;height;girth", "If the fields of this file end at ';', declare delimiter=';'"),
    ],
)
def test_a_header_that_is_not_as_declared_is_refused(header: bytes, difference: str, ingest_bytes: Ingest) -> None:
    with pytest.raises(WrongHeader, match=f"line 1: the header is not as declared; .*{difference}"):
        ingest_bytes(TREES, "2019.csv", header + b"\n1,2,3\n")


def test_a_header_that_names_no_column_is_refused_though_every_column_may_be_absent(ingest_bytes: Ingest) -> None:
    columns = tuple(replace(column, absent=Absent.NULL) for column in TREES.columns)

    with pytest.raises(WrongHeader, match=r"it names no column.*HeaderLine\.NAMING"):
        ingest_bytes(replace(TREES, columns=columns), "2019.csv", b"\nOak,20\n")


def test_columns_that_nobody_declared_are_skipped_where_that_is_declared(ingest_bytes: Ingest, select: Select) -> None:
    dataset = replace(TREES, format=Delimited(encoding="windows-1252", others=Others.SKIPPED))
    text = 'age,name,note,height\n1,"Oak, ""old""","two\nlines",20\n2,Frêne,,\n'

    ingest_bytes(dataset, "2019.csv", text.encode("windows-1252"))

    assert select(STORED) == [('Oak, "old"', "20", None), ("Frêne", None, None)]


@pytest.mark.parametrize("form", [Delimited(), Delimited(header=HeaderLine.NAMING), Delimited(others=Others.SKIPPED)])
@pytest.mark.parametrize(
    "text",
    [
        'name,girth,\n"Oak, old",3,\nElm,,\n',
        'name,girth\n"Oak, old",3,\nElm,,\n',
        'name,,girth,,\n"Oak, old",,3,"",\nElm, ,,,\n',
        'name,girth\n"Oak, old",3,,\nElm,,,\n,,,\n',
    ],
    ids=["in each line", "in each row", "within and at the end", "two in each row, and an empty row"],
)
def test_fields_without_a_title_and_a_value_are_no_columns(
    text: str, form: Delimited, ingest_bytes: Ingest, select: Select
) -> None:
    ingest_bytes(replace(TREES, format=form), "2019.csv", text.encode())

    assert select(STORED) == [("Oak, old", None, "3"), ("Elm", None, None)]


def test_rows_without_a_header_may_end_in_fields_without_a_value(ingest_bytes: Ingest, select: Select) -> None:
    columns = tuple(replace(column, titles=()) for column in TREES.columns)
    dataset = replace(TREES, format=Delimited(header=HeaderLine.NONE), columns=columns)

    ingest_bytes(dataset, "2019.csv", b"Oak,20,3,,\nElm,,4,,\n")

    assert select(STORED) == [("Oak", "20", "3"), ("Elm", None, "4")]


@pytest.mark.parametrize("header", ["name,girth,", "name,girth"])
def test_a_value_without_a_title_makes_its_row_a_bad_one(header: str, ingest_bytes: Ingest) -> None:
    rows = "Oak,3,\n" * 3
    found = r"2019.csv, line 5: found 'felled' in column 3, which has no title"
    with pytest.raises(InvalidFile, match=found):
        ingest_bytes(TREES, "2019.csv", f"{header}\n{rows}Elm,4,felled\n".encode())


@pytest.mark.parametrize("others", Others)
def test_a_ragged_line_is_named_by_its_line_whatever_becomes_of_other_columns(
    others: Others, ingest_bytes: Ingest
) -> None:
    header = "name,girth,height" if others is Others.REFUSED else "name,age,height"
    columns = (*TREES.columns, OTHER_COLUMNS) if others is Others.KEPT else TREES.columns
    dataset = replace(TREES, format=Delimited(others=others), columns=columns)
    with pytest.raises(InvalidFile, match=r"2019.csv, line 4: .*"):
        ingest_bytes(dataset, "2019.csv", f'{header}\n"Oak\nTree",1,2\nElm,1\n'.encode())


PARTS = {"parts/a.csv": "name\nOak", "parts/b.csv": "name\nElm\n", "parts/readme.txt": "", "parts/c.CSV": "name\nAsh\n"}


def test_all_members_that_match_are_read_as_one_file(ingest_bytes: Ingest, select: Select) -> None:
    dataset = replace(TREES, format=Delimited(members=(Members(r"parts/.*\.csv"),)))

    ingest_bytes(dataset, "2019.zip", zipped(PARTS))

    assert [name for name, *_ in select(STORED)] == ["Oak", "Elm", "Ash"]


def test_an_error_in_a_later_member_names_it_and_its_line(ingest_bytes: Ingest) -> None:
    dataset = replace(TREES, format=Delimited(members=(Members(r"parts/.*\.csv"),)))
    with pytest.raises(InvalidFile, match=r"2019.zip, member parts/b.csv, line 2: "):
        ingest_bytes(dataset, "2019.zip", zipped(PARTS | {"parts/b.csv": "name\nElm,1\n"}))


def test_members_with_other_headers_are_refused(ingest_bytes: Ingest) -> None:
    dataset = replace(TREES, format=Delimited(members=(Members(r"parts/.*\.csv"),)))
    with pytest.raises(InvalidFile, match=r"member parts/b.csv, line 1: the header is another than that of .*a.csv"):
        ingest_bytes(dataset, "2019.zip", zipped(PARTS | {"parts/b.csv": "name,girth\nElm,1\n"}))


def test_members_may_differ_in_the_order_of_columns_and_in_fields_without_a_title(
    ingest_bytes: Ingest, select: Select
) -> None:
    dataset = replace(TREES, format=Delimited(members=(Members(r"parts/.*\.csv"),)))
    parts = {
        "parts/a.csv": "name,girth\nOak,3\n",
        "parts/b.csv": "girth,name,\n4,Elm,\n",
        "parts/c.csv": "name,girth\n",
    }

    ingest_bytes(dataset, "2019.zip", zipped(parts))

    assert select(STORED) == [("Oak", None, "3"), ("Elm", None, "4")]
    with pytest.raises(InvalidFile, match=r"member parts/b.csv, line 3: found 1 field, expected 3"):
        ingest_bytes(dataset, "2020.zip", zipped(parts | {"parts/b.csv": "girth,name,\n4,Elm,\nAsh\n"}))


@pytest.mark.parametrize(
    "members",
    [
        {"readme.txt": "x", "trees.csv": "name\nOak\n", "notes/terms.pdf": "%PDF"},
        {"Thumbs.db": "x", "desktop.ini": "x", ".DS_Store": "x", "trees.txt": "name\nOak\n"},
    ],
    ids=["the one CSV", "the one file"],
)
def test_what_people_leave_beside_the_rows_in_a_zip_is_not_read(
    members: dict[str, str], ingest_bytes: Ingest, select: Select
) -> None:
    ingest_bytes(TREES, "2019.zip", zipped(members))

    assert select(STORED) == [("Oak", None, None)]


def test_two_members_where_one_is_expected_are_an_error(ingest_bytes: Ingest) -> None:
    with pytest.raises(InvalidFile, match=r"2019.zip has 3 members that match .*, where one is expected: parts/a"):
        ingest_bytes(TREES, "2019.zip", zipped(PARTS))


def test_the_preferred_member_is_read_where_it_is_there(ingest_bytes: Ingest, select: Select) -> None:
    dataset = replace(TREES, format=Delimited(members=(Member(r"new/.*\.csv"), Member(r"old/.*\.csv"))))
    old = {"old/a.csv": "name\nOak\n"}

    ingest_bytes(dataset, "2019.zip", zipped(old))
    ingest_bytes(dataset, "2020.zip", zipped(old | {"new/a.csv": "name\nElm\n"}))

    assert [name for name, *_ in select(STORED)] == ["Oak", "Elm"]


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-32", "cp1251", "cp437", "mac-roman", "shift-jis"])
def test_a_file_in_any_encoding_of_python_is_read(encoding: str, ingest_bytes: Ingest, select: Select) -> None:
    tree = {"cp1251": "Дуб", "shift-jis": "樫"}.get(encoding, "Frêne")
    dataset = replace(TREES, format=Delimited(encoding=encoding))

    ingest_bytes(dataset, "2019.csv", f'name,height\n"{tree}, old",20\n{tree},\n'.encode(encoding))
    ingest_bytes(dataset, "2020.zip", zipped({"2020.csv": f"name\n{tree}\n".encode(encoding)}))

    assert select(STORED) == [(f"{tree}, old", "20", None), (tree, None, None), (tree, None, None)]


def test_bytes_that_are_not_of_a_recoded_encoding_are_refused(ingest_bytes: Ingest) -> None:
    dataset = replace(TREES, format=Delimited(encoding="shift-jis"))
    with pytest.raises(InvalidFile, match=r"2019.csv, line 3: found the byte 0xFF, expected text in shift-jis"):
        ingest_bytes(dataset, "2019.csv", b"name,height\nOak,2\n\xff\xff,1\n")


def test_an_error_in_a_recoded_file_names_its_line(ingest_bytes: Ingest) -> None:
    dataset = replace(TREES, format=Delimited(encoding="utf-16"))
    with pytest.raises(InvalidFile, match=r"2019.csv, line 3: extra data"):
        ingest_bytes(dataset, "2019.csv", "name,height\nOak,2\nElm,1,2\n".encode("utf-16"))
