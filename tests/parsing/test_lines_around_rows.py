"""What stands around the rows of a text: no header or one that has to be found, titles, comments, footers."""

from dataclasses import replace

import pytest

from dss_assets.dataset import (
    NO_REJECTS,
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
from dss_web.shared.contract import ColumnType
from tests.parts.assets_fixtures import Ingest, Select
from tests.published import zipped

TREES = Dataset(
    "org",
    "trees",
    source=None,
    format=Delimited(),
    loading=Incremental(),
    columns=(Column("name"), Column("height", ColumnType.INTEGER), Column("girth", absent=Absent.NULL)),
    reject_limit=NO_REJECTS,
)
STORED = 'SELECT name, height, girth FROM "org.trees"."L0" ORDER BY id'
ROWS = [("Oak", 20, "3"), ("Elm", None, "4")]


def trees(form: Delimited, columns: tuple[Column, ...] = TREES.columns) -> Dataset:
    return replace(TREES, format=form, columns=columns)


def test_without_a_header_columns_are_in_their_order(ingest_bytes: Ingest, select: Select) -> None:
    ingest_bytes(trees(Delimited(header=HeaderLine.NONE)), "a.csv", b"Oak,20,3\nElm,,4\n")
    ingest_bytes(trees(Delimited(header=HeaderLine.NONE)), "b.csv", b"Ash,15")

    assert select(STORED) == [*ROWS, ("Ash", 15, None)]


def test_without_a_header_titles_are_positions(ingest_bytes: Ingest, select: Select) -> None:
    columns = (Column("height", titles=("4",)), Column("name", titles=("2",)))
    form = Delimited(header=HeaderLine.NONE, others=Others.SKIPPED)
    ingest_bytes(trees(form, columns), "a.csv", b"x,Oak,y,20\n,Elm,,\n")

    assert select('SELECT height, name FROM "org.trees"."L0" ORDER BY id') == [("20", "Oak"), (None, "Elm")]


@pytest.mark.parametrize(("row", "fields"), [(b"Oak", 1), (b"Oak,20,3,4", 4)])
def test_without_a_header_another_number_of_fields_is_refused(row: bytes, fields: int, ingest_bytes: Ingest) -> None:
    with pytest.raises(WrongHeader, match=rf"a.csv, line 1: found {fields} fields?, expected 3: name, height, girth"):
        ingest_bytes(trees(Delimited(header=HeaderLine.NONE)), "a.csv", row + b"\n")


def test_members_without_headers_are_one_file(ingest_bytes: Ingest, select: Select) -> None:
    form = Delimited(header=HeaderLine.NONE, members=(Members(),))
    ingest_bytes(trees(form), "a.zip", zipped({"a.csv": "Oak,20,3", "b.csv": "Elm,,4\n"}))
    assert select(STORED) == ROWS

    with pytest.raises(InvalidFile, match=r"a.zip, member b.csv, line 1: found 2 fields, expected 3 as in .*a.csv"):
        ingest_bytes(trees(form), "a.zip", zipped({"a.csv": "Oak,20,3", "b.csv": "Elm,4\n"}))


@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"])
def test_titles_above_the_header_are_skipped_by_number(line_end: str, ingest_bytes: Ingest, select: Select) -> None:
    lines = ['Trees of 5" and more', "", "name,height,girth", "Oak,20,3", "Elm,,4", "Ash,tall,", ""]
    with pytest.raises(InvalidFile, match=r"a.csv, line 6, column height: found 'tall'"):
        ingest_bytes(trees(Delimited(skip_lines=2)), "a.csv", line_end.join(lines).encode())
    ingest_bytes(trees(Delimited(skip_lines=2)), "a.csv", line_end.join(lines[:5]).encode())
    assert select(STORED) == ROWS


def test_titles_above_rows_without_a_header_are_skipped(ingest_bytes: Ingest, select: Select) -> None:
    form = Delimited(skip_lines=1, header=HeaderLine.NONE)
    ingest_bytes(trees(form), "a.csv", b"\xef\xbb\xbfTrees\nOak,20,3\nElm,,4\n")
    assert select(STORED) == ROWS


@pytest.mark.parametrize("above", ["", "Trees\n", 'Trees of 5" and more\n', "Trees,,\n\n,as of 2026-01-01,\n"])
def test_the_header_is_the_line_that_names_the_columns(above: str, ingest_bytes: Ingest, select: Select) -> None:
    content = f"{above}Height,NAME,girth\n20,Oak,3\n,Elm,4\n"
    ingest_bytes(trees(Delimited(header=HeaderLine.NAMING)), "a.csv", content.encode())
    assert select(STORED) == ROWS

    with pytest.raises(InvalidFile, match=rf"a.csv, line {content.count(chr(10)) + 1}, column height: found 'tall'"):
        ingest_bytes(trees(Delimited(header=HeaderLine.NAMING)), "a.csv", f"{content}tall,Ash,\n".encode())


def test_where_no_line_names_the_columns_the_nearest_is_shown(ingest_bytes: Ingest) -> None:
    with pytest.raises(WrongHeader, match=r"a.csv, line 2: the header is not as declared; unknown: age; missing: heig"):
        ingest_bytes(trees(Delimited(header=HeaderLine.NAMING)), "a.csv", b"Trees\nname,age\nOak,3\n")


def test_a_header_that_has_to_be_found_is_skipped_by_lines_no_more() -> None:
    with pytest.raises(ValueError, match=r"the header is either below a number of lines, or the first line that names"):
        Delimited(header=HeaderLine.NAMING, skip_lines=1)


def test_comments_and_blank_lines_between_the_rows_are_left_out(ingest_bytes: Ingest, select: Select) -> None:
    form = Delimited(comment="#")
    content = '# a "comment\nname,height,girth\n# one more\nOak,20,3\n\nElm,,4\n"#5\n# is a name",30,\nAsh,tall,\n'
    with pytest.raises(InvalidFile, match=r"a.csv, line 9, column height: found 'tall'"):
        ingest_bytes(trees(form), "a.csv", content.encode())
    ingest_bytes(trees(form), "a.csv", content.removesuffix("Ash,tall,\n").encode())
    assert select(STORED) == [*ROWS, ("#5\n# is a name", 30, None)]


@pytest.mark.parametrize(
    ("footer", "below"),
    [
        (2, 'Source: "the\nforestry\n'),
        (1, "2 rows"),
        (Pattern(r"source:.*"), "\nSource: the forestry\nName,who,knows\n"),
        (Pattern(r"(total)?,+"), ",,\n"),
        (Pattern(r"the end"), ""),
    ],
)
@pytest.mark.parametrize("others", [Others.REFUSED, Others.SKIPPED])
def test_footers_are_left_out(
    footer: int | Pattern, below: str, others: Others, ingest_bytes: Ingest, select: Select
) -> None:
    header = ["name,height,girth", "Oak,20,3", "Elm,,4"]
    lines = header if others is Others.REFUSED else [f"{line},more" for line in header]
    ingest_bytes(trees(Delimited(footer=footer, others=others)), "a.csv", "\n".join([*lines, below]).encode())
    assert select(STORED) == ROWS


def test_a_pattern_for_the_footer_does_not_match_within_a_quoted_field(ingest_bytes: Ingest, select: Select) -> None:
    form = Delimited(footer=Pattern("the end"))
    ingest_bytes(trees(form), "a.csv", b'name,height,girth\n"Oak\nthe end\n",20,3\nElm,,4\nthe end\n,\n')
    assert select(STORED) == [("Oak\nthe end\n", 20, "3"), ROWS[1]]


def test_members_of_a_zip_have_their_own_titles_and_footers(ingest_bytes: Ingest, select: Select) -> None:
    form = Delimited(members=(Members(),), skip_lines=1, footer=1, encoding="utf-16")
    members = {
        "a.csv": "Trees\r\nname,height,girth\r\nOak,20,3\r\nthe end",
        "b.csv": "More\r\nname,height,girth\r\nElm,,4\r\nthe end\r\n",
    }
    ingest_bytes(trees(form), "a.zip", zipped({name: text.encode("utf-16") for name, text in members.items()}))
    assert select(STORED) == ROWS

    members["b.csv"] = "More\r\nname,height,girth\r\nElm,,4\r\nAsh,tall,\r\nthe end\r\n"
    with pytest.raises(InvalidFile, match=r"a.zip, member b.csv, line 4, column height: found 'tall'"):
        ingest_bytes(trees(form), "a.zip", zipped({name: text.encode("utf-16") for name, text in members.items()}))


def test_a_member_that_ends_without_a_line_end_is_continued_with_its_own(ingest_bytes: Ingest, select: Select) -> None:
    members = {"a.csv": "name,height,girth\r\nOak,20,3", "b.csv": "name,height,girth\r\nElm,,4\r\n"}
    ingest_bytes(trees(Delimited(members=(Members(),))), "a.zip", zipped(members))
    assert select(STORED) == ROWS


def test_words_for_null_are_null_in_rewritten_rows_too_unless_they_are_quoted(
    ingest_bytes: Ingest, select: Select
) -> None:
    form = Delimited(nulls=("NA",), others=Others.SKIPPED, members=(Member(),))
    ingest_bytes(trees(form), "a.csv", b'name,more,height,girth\n"NA",x, NA ,NA\n"a\nNA",x,2,3\n')
    assert select(STORED) == [("NA", None, None), ("a\nNA", 2, "3")]


def test_a_line_without_an_end_is_not_read_for_ever(ingest_bytes: Ingest) -> None:
    with pytest.raises(InvalidFile, match=r"a.csv, line 2: it is longer than 16,777,216 characters"):
        ingest_bytes(trees(Delimited(comment="#")), "a.csv", b"name,height\n" + b"x" * 17 * 1024**2)
