"""A file is refused as a whole where it is another layout or cut off, rather than a file with a few slips."""

import gzip
import json
from dataclasses import replace

import pytest

from dss_assets.dataset import (
    NO_REJECTS,
    FixedWidth,
    Format,
    JsonRecords,
    RejectLimit,
    Sheet,
)
from dss_assets.errors import InvalidFile
from tests.parts.assets_fixtures import Ingest
from tests.parts.wrong_rows import (
    BAD_DAY,
    CSV,
    GOOD,
    HEADER,
    REJECTS,
    TREES,
    Select,
    lines,
)
from tests.published import zipped
from tests.workbooks import xlsx


@pytest.mark.parametrize(
    ("good", "bad", "is_loaded"),
    [(1, 10, True), (1, 11, False), (2000, 20, True), (2000, 21, False)],
)
def test_a_file_is_refused_where_more_rows_are_wrong_than_the_limit(
    good: int, bad: int, is_loaded: bool, ingest_bytes: Ingest, select: Select
) -> None:
    content = lines([HEADER, *[GOOD] * good, *[BAD_DAY] * bad])
    if is_loaded:
        assert ingest_bytes(TREES, "a.csv", content).rejected == bad
        return

    with pytest.raises(
        InvalidFile, match=rf"a\.csv, line {good + 2}, column felled: found .*; .*correct the dataset's declaration"
    ):
        ingest_bytes(TREES, "a.csv", content)

    assert select(REJECTS) == []


@pytest.mark.parametrize(
    "form", [FixedWidth(widths=(5, 10, 6)), JsonRecords(), Sheet()], ids=lambda form: type(form).__name__
)
def test_the_limit_holds_for_rows_that_their_reader_refuses(form: Format, ingest_bytes: Ingest) -> None:
    good = dict(zip(HEADER, GOOD, strict=True))
    content = {
        FixedWidth: (f"{GOOD[0]:5}{GOOD[1]:10}{GOOD[2]:6}\n" + "short\n" * 3).encode(),
        JsonRecords: json.dumps([good, *[{"name": "box"}] * 3]).encode(),
        Sheet: xlsx({"Trees": [HEADER, GOOD, *[[*GOOD, "note"]] * 3]}),
    }[type(form)]
    trees = replace(TREES, format=form)

    assert ingest_bytes(replace(trees, reject_limit=RejectLimit(rows=3)), "a", content).rejected == 3
    with pytest.raises(
        InvalidFile, match=r"3 of 4 rows are not as declared, expected at most 2\. Nothing was loaded\. The first: b, "
    ):
        ingest_bytes(replace(trees, reject_limit=RejectLimit(rows=2)), "b", content)


def test_a_dataset_may_refuse_files_with_a_single_wrong_row(ingest_bytes: Ingest, select: Select) -> None:
    with pytest.raises(InvalidFile, match=r"^a\.csv, line 3, column felled: found '2024-02-30', expected a date"):
        ingest_bytes(replace(TREES, reject_limit=NO_REJECTS), "a.csv", lines([HEADER, GOOD, BAD_DAY]))

    assert select("SELECT state FROM operations.datafile_registry") == [("failed",)]


@pytest.mark.parametrize(
    ("content", "error"),
    [
        (b'name,felled,month\noak,soon,202601\n"ash,,202601\nelm,,202601\n', r'line 3: .*" is never closed'),
        (b"name,felled,month\noak,,202601\nash,soon,202601\n\xe9lm,,202601\n", r"0xe9|0xE9"),
        (b"name,felled\noak,\n", r"missing: month"),
        (b"name,felled,month\noak,soon,202601\nash,soon,202601\n", r"line 2, column felled.* None of its 2 rows"),
        (gzip.compress(CSV)[:-20], "is not a whole gzip"),
        (zipped({"b.csv": CSV})[:-30], "is not a whole zip|is no"),
    ],
    ids=["unclosed", "bytes", "columns", "no row left", "cut gzip", "cut zip"],
)
def test_a_file_that_is_wrong_as_a_whole_is_refused(content: bytes, error: str, ingest_bytes: Ingest) -> None:
    with pytest.raises(InvalidFile, match=error):
        ingest_bytes(TREES, "a.csv", content)
