"""Rows without any value, as spreadsheets leave them below a table: left out and counted, and no reason to refuse."""

from contextlib import nullcontext
from dataclasses import replace
from io import BytesIO

import pytest

from dss_assets.dataset import NO_REJECTS, Column, Dataset, Delimited, Incremental, Others
from dss_assets.errors import InvalidFile, InvalidRow
from dss_assets.parsing import open_rows_of
from dss_assets.parsing.empty_rows import require_no_empty_row
from dss_assets.trial.reading import read_rows
from dss_web.shared.contract import ColumnType
from tests.parts.assets_fixtures import Ingest, Select

TREES = Dataset(
    "org",
    "trees",
    source=None,
    format=Delimited(),
    loading=Incremental(),
    columns=(Column("name"), Column("height", ColumnType.INTEGER), Column("note")),
)
TEXTS = replace(TREES, columns=(Column("name"), Column("height"), Column("note")))
STORED = 'SELECT name, height::text, note FROM "org.trees"."L0" ORDER BY id'
HEADER = "name,height,note\n"
ROWS = "Oak,20,\nElm,15,old\n"
EMPTY = ["\n", "\r\n", ",,\n", '"","",""\r\n', " , ,\t\n", "   \n"]


@pytest.mark.parametrize("dataset", [TREES, TEXTS], ids=["typed", "text"])
@pytest.mark.parametrize("empty", EMPTY)
def test_empty_rows_are_left_out_and_do_not_count_towards_the_limit(
    empty: str, dataset: Dataset, ingest_bytes: Ingest, select: Select
) -> None:
    content = HEADER + empty + ROWS + empty * 20

    loaded = ingest_bytes(dataset, "trees.csv", content.encode())

    assert select(STORED) == [("Oak", "20", None), ("Elm", "15", "old")]
    assert loaded.skipped == {"no value at all": 21}
    assert (loaded.rows, any(reject.is_bad for reject in loaded.rejects)) == (2, False)


@pytest.mark.parametrize("content", ["Oak,20,\r,,\rElm,15,\r", "Oak,20,\nElm,15,\n,,"], ids=["CR", "no end"])
def test_an_empty_row_is_found_however_lines_end(content: str, ingest_bytes: Ingest, select: Select) -> None:
    header = HEADER.replace("\n", "\r") if "\r" in content else HEADER
    ingest_bytes(TEXTS, "trees.csv", (header + content).encode())

    assert select(STORED) == [("Oak", "20", None), ("Elm", "15", None)]


def test_an_empty_row_of_one_column_is_no_value(ingest_bytes: Ingest, select: Select) -> None:
    dataset = replace(TREES, columns=(Column("name"),))
    ingest_bytes(dataset, "trees.csv", b"name\n\nOak\n\n")

    assert select('SELECT name FROM "org.trees"."L0"') == [("Oak",)]


def test_what_looks_like_an_empty_row_within_a_field_is_text(ingest_bytes: Ingest, select: Select) -> None:
    loaded = ingest_bytes(TEXTS, "trees.csv", (HEADER + 'Oak,20,"a\n\n,,\nb"\nElm,,\n').encode())

    assert select(STORED) == [("Oak", "20", "a\n\n,,\nb"), ("Elm", None, None)]
    assert loaded.skipped == {}


def test_a_wrong_row_beside_empty_ones_is_named_by_its_line(ingest_bytes: Ingest, select: Select) -> None:
    loaded = ingest_bytes(TREES, "trees.csv", (HEADER + ",,\n" + ROWS + "Ash,tall,\n").encode())

    assert [str(reject) for reject in loaded.rejects if reject.is_bad] == [
        "trees.csv, line 5, column height: found 'tall', expected a whole number between -2147483648 and 2147483647"
    ]
    assert len(select(STORED)) == 2


def test_empty_rows_are_left_out_where_other_columns_are_skipped(ingest_bytes: Ingest, select: Select) -> None:
    dataset = replace(TREES, format=Delimited(others=Others.SKIPPED))
    ingest_bytes(dataset, "trees.csv", b"name,height,note,age\nOak,20,,9\n,,,\n\nElm,15,old,\n")

    assert select(STORED) == [("Oak", "20", None), ("Elm", "15", "old")]


def test_a_file_of_empty_rows_is_refused(ingest_bytes: Ingest) -> None:
    with pytest.raises(InvalidFile, match=r"trees\.csv, line 2: a row without any value\. Nothing was loaded"):
        ingest_bytes(TEXTS, "trees.csv", (HEADER + ",,\n" * 3).encode())


def test_a_file_that_counts_as_a_whole_keeps_its_empty_rows(ingest_bytes: Ingest, select: Select) -> None:
    ingest_bytes(replace(TEXTS, reject_limit=NO_REJECTS), "trees.csv", (HEADER + ROWS + ",,\n").encode())

    assert len(select(STORED)) == 3


def test_a_trial_without_a_database_leaves_them_out_as_well() -> None:
    content = (HEADER + ROWS + ",,\n" * 20).encode()
    with open_rows_of(TREES, BytesIO(content), "trees.csv", "trees.csv") as rows:
        tried = read_rows(rows, TREES.reject_limit, 3)

    assert (tried.count, tried.skipped) == (2, {"no value at all": 20})


@pytest.mark.parametrize(
    ("text", "has_one"),
    [
        (b'Oak,"20"\n"",""\nElm,15\n', True),
        (b'Oak,"20"\r\n,\r\nElm,15\r\n', True),
        (b"Oak,20\rElm,15\r,", True),
        (b'Oak,"a\n\n,\nb"\nElm,15\n', False),
        (b'Oak,20\n,"\nopened above"\n', False),
        (b'Oak,20\n"\n",\n', False),
    ],
)
def test_an_empty_row_is_found_wherever_chunks_begin(text: bytes, *, has_one: bool) -> None:
    with open_rows_of(TEXTS, BytesIO(HEADER.encode()), "trees.csv", "trees.csv") as opened:
        for cut in range(len(text.splitlines(keepends=True)[0]), len(text)):
            cutting = replace(opened, chunks=[text[:cut], text[cut:]])
            found = pytest.raises(InvalidRow) if has_one else nullcontext()
            with found:
                assert b"".join(require_no_empty_row(cutting)) == text
