"""What a file has more, less and renamed against the one before it, in the order of the dataset."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from dss_assets.dataset import (
    Absent,
    Column,
    Dataset,
    Delimited,
    Incremental,
    Loading,
    Others,
    Pattern,
    Replace,
    Snapshot,
)
from tests.parts.assets_fixtures import Ingest, Rows

Select = Callable[[str], Rows]
TREES = Dataset(
    "org",
    "trees",
    None,
    Delimited(others=Others.SKIPPED),
    Incremental(),
    (
        Column("name"),
        Column("height", titles=(Pattern(r"height(\d\d)?"),)),
        Column("girth", absent=Absent.NULL),
        Column("age", absent=Absent.NULL),
    ),
    dated=(r"trees_(?P<year>\d{4})\.csv",),
)


def test_a_verdict_says_what_has_changed_since_the_file_before(ingest_bytes: Ingest, select: Select) -> None:
    first = ingest_bytes(TREES, "trees_2023.csv", b"name,height,girth,note\nOak,1,2,3\n")
    third = ingest_bytes(TREES, "trees_2025.csv", b"name,height25,age\nOak,1,2\nElm,1,2\n")

    assert first.verdict.before == ""
    assert third.verdict.columns == (
        "Against trees_2023.csv: more: age; less: girth, note; renamed: height → height25."
    )
    ((verdict,),) = select("SELECT verdict FROM operations.datafile_registry WHERE file_name = 'trees_2025.csv'")
    assert verdict == {
        "before": "trees_2023.csv",
        "rows": 2,
        "rows_before": 1,
        "more": ["age"],
        "less": ["girth", "note"],
        "renamed": ["height → height25"],
    }


def test_a_file_is_compared_with_the_one_before_it_and_not_with_the_last(ingest_bytes: Ingest) -> None:
    for year, title in (("2023", "height"), ("2025", "height25"), ("2024", "HEIGHT")):
        ingested = ingest_bytes(TREES, f"trees_{year}.csv", f"name,{title}\nOak,1\n".encode())

    assert (ingested.verdict.before, ingested.verdict.columns) == ("trees_2023.csv", "")


def test_files_of_one_kind_are_compared(ingest_bytes: Ingest) -> None:
    dataset = replace(TREES, dated=(*TREES.dated, r"all_(?P<year>\d{4})\.csv"))  # type: ignore[misc]
    ingest_bytes(dataset, "all_2023.csv", b"name,height\n" + b"Oak,1\n" * 10)

    ingested = ingest_bytes(dataset, "trees_2024.csv", b"name,height\nOak,1\n")

    assert ingested.verdict.rows_before is None


UNDATED = replace(TREES, dated=())


def test_numbers_of_rows_of_files_that_add_up_are_not_compared_unless_a_file_comes_again(ingest_bytes: Ingest) -> None:
    ingest_bytes(UNDATED, "hull.csv", b"name,height\n" + b"Oak,1\n" * 10)

    other = ingest_bytes(UNDATED, "york.csv", b"name,height,age\nOak,1,2\n")
    again = ingest_bytes(UNDATED, "hull.csv", b"name,height\n" + b"Elm,1\n" * 5)
    same = ingest_bytes(UNDATED, "hull.csv", b"name,height\n" + b"Elm,1\n" * 5)

    assert (other.verdict.rows_before, other.verdict.columns) == (None, "Against hull.csv: more: age.")
    assert (again.verdict.before, again.verdict.rows, again.verdict.rows_before) == ("hull.csv", 5, 10)
    assert same.verdict == again.verdict


@pytest.mark.parametrize("loading", [Snapshot(), Replace()], ids=repr)
def test_numbers_of_rows_of_files_that_are_each_the_whole_are_compared(loading: Loading, ingest_bytes: Ingest) -> None:
    whole = replace(UNDATED, loading=loading)
    ingest_bytes(whole, "a.csv", b"name,height\n" + b"Oak,1\n" * 10)

    assert ingest_bytes(whole, "b.csv", b"name,height\nOak,1\n").verdict.rows_before == 10
    assert ingest_bytes(whole, "b.csv", b"name,height\nOak,1\nElm,2\n").verdict.rows_before == 1


@pytest.mark.parametrize("content", [b"name,height\nOak,1\n", b"NAME,Height\nOak,1\n"])
def test_the_same_columns_are_no_change(content: bytes, ingest_bytes: Ingest) -> None:
    ingest_bytes(TREES, "trees_2023.csv", b"name,height\nOak,1\n")

    assert ingest_bytes(TREES, "trees_2024.csv", content).verdict.columns == ""
