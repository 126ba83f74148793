"""Sheets of workbooks."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal

import pytest

from dss_assets.dataset import (
    NO_REJECTS,
    OTHER_COLUMNS,
    Absent,
    Column,
    Dataset,
    DateOrder,
    HeaderLine,
    Incremental,
    Members,
    Number,
    Others,
    Pattern,
    Sheet,
)
from dss_assets.errors import DamagedFile, InvalidFile, WrongHeader
from dss_web.shared.contract import ColumnType
from tests.parts.assets_fixtures import Ingest, Select
from tests.published import zipped
from tests.workbooks import Rows, ods, xlsx

TREES = Dataset(
    "org",
    "trees",
    source=None,
    format=Sheet(),
    loading=Incremental(),
    columns=(
        Column("name"),
        Column("height", ColumnType.NUMERIC),
        Column("planted", ColumnType.DATE),
        Column("is_old", ColumnType.BOOLEAN, absent=Absent.NULL),
    ),
    reject_limit=NO_REJECTS,
)
STORED = 'SELECT name, height, planted, is_old FROM "org.trees"."L0" ORDER BY id'
HEADER = ["name", "height", "planted", "is_old"]
CELLS: Rows = [HEADER, ["Oak", 20, date(2024, 1, 31), True], [], ["Elm", 1.5, None, False], [7, 0.1, None, None]]
ROWS = [
    ("Oak", Decimal(20), date(2024, 1, 31), True),
    ("Elm", Decimal("1.5"), None, False),
    ("7", Decimal("0.1"), None, None),
]
Write = Callable[[Mapping[str, Rows]], bytes]
both = pytest.mark.parametrize("write", [xlsx, ods])


def trees(form: Sheet) -> Dataset:
    return replace(TREES, format=form)


@both
def test_cells_are_read_as_they_hold_numbers_and_dates(write: Write, ingest_bytes: Ingest, select: Select) -> None:
    ingest_bytes(TREES, "trees.xlsx", write({"Trees": CELLS, "Notes": [["made up"]]}))
    assert select(STORED) == ROWS


@both
@pytest.mark.parametrize("sheet", ["trees", Pattern(r"trees( \d{4})?")])
def test_a_sheet_is_found_by_its_name(write: Write, sheet: str | Pattern, ingest_bytes: Ingest, select: Select) -> None:
    ingest_bytes(trees(Sheet(sheet=sheet)), "trees.xlsx", write({"Notes": [["made up"]], "Trees": CELLS}))
    assert select(STORED) == ROWS


@pytest.mark.parametrize(("sheet", "number"), [("shrubs", 0), (Pattern("trees.*"), 2)])
def test_a_sheet_that_is_not_there_once_is_an_error(sheet: str | Pattern, number: int, ingest_bytes: Ingest) -> None:
    content = xlsx({"Trees 1": CELLS, "Trees 2": CELLS})
    with pytest.raises(InvalidFile, match=rf"trees.xlsx has {number} sheets that match .* Its sheets are: Trees 1, T"):
        ingest_bytes(trees(Sheet(sheet=sheet)), "trees.xlsx", content)


@both
@pytest.mark.parametrize("form", [Sheet(skip_lines=3, footer=2), Sheet(header=HeaderLine.NAMING, footer=2)])
def test_titles_above_and_notes_below_are_left_out(
    write: Write, form: Sheet, ingest_bytes: Ingest, select: Select
) -> None:
    above: Rows = [[], ["Trees"], [None, "as of", date(2024, 2, 1)]]
    content = write({"Trees": [*above, *CELLS, ["Source: the forestry"], ["Name", "is what we call them"]]})
    ingest_bytes(trees(form), "trees.xlsx", content)
    assert select(STORED) == ROWS


@both
def test_columns_may_begin_anywhere_and_have_comments_between(
    write: Write, ingest_bytes: Ingest, select: Select
) -> None:
    form = Sheet(comment="*", footer=Pattern("source:.*"), nulls=("-",))
    rows: Rows = [["* more"], *CELLS, ["Ash", "-", "-", None], ["Source: the forestry"], ["Name"]]
    ingest_bytes(trees(form), "trees.xlsx", write({"Trees": [[], *([None, None, *row] for row in rows)]}))
    assert select(STORED) == [*ROWS, ("Ash", None, None, None)]


@both
def test_a_value_that_does_not_fit_has_its_sheet_and_row(write: Write, ingest_bytes: Ingest) -> None:
    content = write({"Trees": [[], *CELLS, ["Ash", "tall", None, None]]})
    with pytest.raises(InvalidFile, match=r"trees.xlsx, sheet Trees, row 7, column height: found 'tall'"):
        ingest_bytes(TREES, "trees.xlsx", content)


def test_a_header_that_is_not_as_declared_has_its_row(ingest_bytes: Ingest) -> None:
    with pytest.raises(WrongHeader, match=r"trees.xlsx, sheet Trees, row 2: the header .* unknown: age; missing"):
        ingest_bytes(TREES, "trees.xlsx", xlsx({"Trees": [[], ["name", "age", "planted"]]}))


@pytest.mark.parametrize("others", [Others.REFUSED, Others.SKIPPED])
def test_a_value_beside_the_columns_is_refused_unless_others_are_skipped(
    others: Others, ingest_bytes: Ingest, select: Select
) -> None:
    content = xlsx({"Trees": [*([*row, None] for row in CELLS[:2]), [*CELLS[3], None, "felled"]]})
    if others is Others.SKIPPED:
        ingest_bytes(trees(Sheet(others=others)), "trees.xlsx", content)
        assert select(STORED) == ROWS[:2]
    else:
        with pytest.raises(InvalidFile, match=r"sheet Trees, row 3: found 'felled' in column 6, which has no title"):
            ingest_bytes(TREES, "trees.xlsx", content)


def test_without_a_header_columns_are_in_their_order(ingest_bytes: Ingest, select: Select) -> None:
    form = Sheet(header=HeaderLine.NONE)
    ingest_bytes(trees(form), "trees.xlsx", xlsx({"Trees": [*CELLS[1:], []]}))
    assert select(STORED) == ROWS


def test_texts_are_read_as_they_are_written_and_cells_as_they_are(ingest_bytes: Ingest, select: Select) -> None:
    columns = (
        Column("name", titles=("name",)),
        Column("height", ColumnType.NUMERIC, written=Number(decimal=",", thousands=".")),
        Column("planted", ColumnType.TIMESTAMP, written=DateOrder.DAY_FIRST),
    )
    rows: Rows = [HEADER[:3], ["a", 1.234, datetime(2024, 2, 1, 12, 30)], ["b", "1.234", "1/2/2024 12:30"]]
    ingest_bytes(replace(TREES, columns=columns), "trees.xlsx", xlsx({"Trees": rows}))
    moment = datetime(2024, 2, 1, 12, 30)
    assert select('SELECT height, planted FROM "org.trees"."L0" ORDER BY id') == [
        (Decimal("1.234"), moment),
        (Decimal(1234), moment),
    ]


def test_numbers_have_their_shortest_digits(ingest_bytes: Ingest, select: Select) -> None:
    rows: Rows = [["name"], [1e-7], [12345678901234567890], [-3.0], [123456789012345]]
    ingest_bytes(replace(TREES, columns=(Column("name"),)), "trees.xlsx", xlsx({"Trees": rows}))
    assert [name for (name,) in select('SELECT name FROM "org.trees"."L0" ORDER BY id')] == [
        "0.0000001",
        "12345678901234567000",
        "-3",
        "123456789012345",
    ]


def test_workbooks_in_a_zip_are_one_file(ingest_bytes: Ingest, select: Select) -> None:
    form = Sheet(members=(Members(r".*\.(xlsx|ods)"),))
    members: dict[str, bytes | str] = {
        "a.xlsx": xlsx({"A": CELLS[:2]}),
        "b.ods": ods({"B": [HEADER, *CELLS[3:]]}),
        "readme.txt": "x",
    }
    ingest_bytes(trees(form), "trees.zip", zipped(members))
    assert select(STORED) == ROWS

    members["b.ods"] = ods({"B": [HEADER, ["Ash", "tall"]]})
    with pytest.raises(InvalidFile, match=r"trees.zip, member b.ods, sheet B, row 2, column height: found 'tall'"):
        ingest_bytes(trees(form), "trees.zip", zipped(members))


def test_other_columns_are_kept(ingest_bytes: Ingest, select: Select) -> None:
    dataset = replace(TREES, format=Sheet(others=Others.KEPT), columns=(Column("name"), OTHER_COLUMNS))
    ingest_bytes(dataset, "trees.xlsx", xlsx({"Trees": [["name", "height", None], ["Oak", 20, "old"], ["Elm"]]}))
    assert select('SELECT name, other_columns::jsonb FROM "org.trees"."L0" ORDER BY id') == [
        ("Oak", {"height": "20", "column 3": "old"}),
        ("Elm", None),
    ]


@pytest.mark.parametrize("content", [b"", b"<html></html>", b"PK\x03\x04", xlsx({"Trees": CELLS})[:-200]])
def test_what_is_no_workbook_is_damaged(content: bytes, ingest_bytes: Ingest) -> None:
    with pytest.raises(DamagedFile, match=r"trees.xlsx is not a whole (workbook|zip)"):
        ingest_bytes(TREES, "trees.xlsx", content)


def test_a_workbook_that_takes_too_much_memory_is_refused(ingest_bytes: Ingest) -> None:
    rows: Rows = [["Oak", 20]] * 500
    content = xlsx({"Trees": [HEADER, *rows]})
    with pytest.raises(InvalidFile, match=r"trees.xlsx would unpack to [\d,]+ bytes, over the 9,000 that its decl"):
        ingest_bytes(trees(Sheet(max_workbook_bytes=9000)), "trees.xlsx", content)


def test_an_empty_sheet_is_an_error(ingest_bytes: Ingest) -> None:
    with pytest.raises(InvalidFile, match=r"trees.xlsx, sheet Trees has no rows"):
        ingest_bytes(TREES, "trees.xlsx", xlsx({"Trees": []}))
