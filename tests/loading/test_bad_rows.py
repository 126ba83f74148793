"""A wrong row fails alone: it is in no table, and the registry and `operations.reject` say which, where and why."""

import gzip
import json
from dataclasses import replace

import pytest

from dss_assets.dataset import (
    Chosen,
    Column,
    Conversion,
    ConvertedColumn,
    Dataset,
    DateOrder,
    Delimited,
    FixedWidth,
    Format,
    HeaderLine,
    Incremental,
    JsonRecords,
    Loading,
    MissingRows,
    Release,
    ReleasedTable,
    Replace,
    Rowwise,
    Sheet,
    Snapshot,
    TrailingList,
)
from tests.parts.assets_fixtures import Ingest
from tests.parts.wrong_rows import (
    A_DAY,
    A_MONTH,
    BAD_DAY,
    BAD_MONTH,
    COLUMNS,
    COUNTS,
    CSV,
    GOOD,
    HEADER,
    L1,
    LAST,
    LONG,
    MONTH,
    NAMES,
    NO_DATE,
    NO_DAY,
    NO_MONTH,
    OF_CSV,
    REJECTS,
    REWRITTEN,
    ROWS,
    SHORT,
    TREES,
    WIDTH,
    Select,
    lines,
)
from tests.published import zipped
from tests.workbooks import xlsx


@pytest.mark.parametrize(
    ("form", "file_name", "content", "place", "rejects"),
    [
        (Delimited(), "a.csv", CSV, "a.csv", OF_CSV),
        (Delimited(), "a.csv", lines([HEADER, *ROWS], end="\r\n"), "a.csv", OF_CSV),
        (Delimited(), "a.csv", lines([HEADER, *ROWS], end="\r"), "a.csv", OF_CSV),
        (Delimited(), "a.csv", CSV.rstrip(b"\n"), "a.csv", OF_CSV),
        (Delimited(), "a.csv.gz", gzip.compress(CSV), "a.csv.gz", OF_CSV),
        (Delimited(), "a.zip", zipped({"b.csv": CSV}), "a.zip, member b.csv", OF_CSV),
        (Delimited(delimiter="\t", quote=None), "a.tsv", lines([HEADER, *ROWS], "\t"), "a.tsv", OF_CSV),
        (Delimited(encoding="shift-jis"), "a.csv", CSV, "a.csv", OF_CSV),
        (Delimited(comment="#"), "a.csv", CSV, "a.csv", OF_CSV),
        (Delimited(nulls=("-",)), "a.csv", CSV, "a.csv", OF_CSV),
    ],
    ids=["plain", "CR LF", "CR", "no last end", "gzip", "zip", "no quotes", "recoded", "comments", "nulls"],
)
def test_a_row_of_csv_that_is_wrong_in_any_way_fails_alone(
    form: Format,
    file_name: str,
    content: bytes,
    place: str,
    rejects: list[tuple[int, str]],
    ingest_bytes: Ingest,
    select: Select,
) -> None:
    ingest_bytes(replace(TREES, format=form), file_name, content)

    assert select(NAMES.format("L0")) == select(NAMES.format("L1")) == [("oak",), ("elm",)]
    assert select(COUNTS) == [(7, 2, 5, 0, {A_DAY: 2, A_MONTH: 1, WIDTH: 2})]
    assert select(REJECTS) == [(place, *reject) for reject in rejects]


def test_rows_that_are_rewritten_fail_alone_whether_their_reader_or_postgres_refuses_them(
    ingest_bytes: Ingest, select: Select
) -> None:
    day_first = replace(TREES, columns=(COLUMNS[0], replace(COLUMNS[1], written=DateOrder.DAY_FIRST), COLUMNS[2]))
    rows = [["oak", "31/01/2024", "202601"], ["ash", "30/02/2024", "202601"], ["yew", "", "202613"], SHORT, LONG, LAST]

    ingest_bytes(day_first, "a.csv", lines([HEADER, *rows]))

    assert select(NAMES.format("L0")) == select(NAMES.format("L1")) == [("oak",), ("elm",)]
    ((records, loaded, rejected, _, skipped),) = select(COUNTS)
    assert (records, loaded, rejected, sum(skipped.values())) == (6, 2, 4, 4)
    assert sorted(select(REJECTS)) == [
        ("a.csv", 3, "column felled: found '30/02/2024', expected a date with the day first, such as 31/12/2024"),
        ("a.csv", 4, NO_MONTH),
        ("a.csv", 5, REWRITTEN[3][1]),
        ("a.csv", 6, REWRITTEN[4][1]),
    ]


def test_a_wrong_row_beside_quoted_line_ends_is_named_by_its_last_line(ingest_bytes: Ingest, select: Select) -> None:
    content = b'name,felled,month\n"oak\r\nand ""more""",,202601\n"a\nsh",soon,202601\n"elm, tall",2024-01-31,202602\n'

    ingest_bytes(TREES, "a.csv", content)

    assert select(NAMES.format("L1")) == [('oak\r\nand "more"',), ("elm, tall",)]
    assert select(REJECTS) == [("a.csv", 5, NO_DATE.format("soon"))]


def test_a_line_of_fixed_width_fails_alone(ingest_bytes: Ingest, select: Select) -> None:
    rows = [*(f"{name:5}{day:10}{month:6}\n" for name, day, month in (GOOD, BAD_DAY, NO_DAY, BAD_MONTH, LAST)), "end\n"]

    ingest_bytes(replace(TREES, format=FixedWidth(widths=(5, 10, 6))), "a.txt", "".join(rows).encode())

    assert select(NAMES.format("L0")) == select(NAMES.format("L1")) == [("oak",), ("elm",)]
    assert select("SELECT records, rows, rejected FROM operations.datafile_registry") == [(6, 2, 4)]
    assert sorted(select(REJECTS)) == [
        ("a.txt", 2, NO_DATE.format("2024-02-30")),
        ("a.txt", 3, NO_DATE.format("today")),
        ("a.txt", 4, NO_MONTH),
        ("a.txt", 6, "found 3 characters, expected 21: 'end'"),
    ]


def test_a_row_of_a_sheet_fails_alone(ingest_bytes: Ingest, select: Select) -> None:
    rows = [HEADER, GOOD, BAD_DAY, NO_DAY, BAD_MONTH, [*LAST, "felled by wind"], LAST]

    ingest_bytes(replace(TREES, format=Sheet()), "a.xlsx", xlsx({"Trees": rows}))

    assert select(NAMES.format("L0")) == select(NAMES.format("L1")) == [("oak",), ("elm",)]
    assert select("SELECT records, rows, rejected FROM operations.datafile_registry") == [(6, 2, 4)]
    assert sorted(select(REJECTS)) == [
        ("a.xlsx, sheet Trees", 3, NO_DATE.format("2024-02-30")),
        ("a.xlsx, sheet Trees", 4, NO_DATE.format("today")),
        ("a.xlsx, sheet Trees", 5, NO_MONTH),
        ("a.xlsx, sheet Trees", 6, "found 'felled by wind' in column 4, which has no title"),
    ]


def test_a_record_of_json_fails_alone(ingest_bytes: Ingest, select: Select) -> None:
    good, bad_day, no_day, bad_month, last = (
        dict(zip(HEADER, row, strict=True)) for row in (GOOD, BAD_DAY, NO_DAY, BAD_MONTH, LAST)
    )
    records = [good, bad_day, no_day, bad_month, {"name": "box"}, {**good, "age": 7}, "no object", [1], last]

    ingest_bytes(replace(TREES, format=JsonRecords()), "a.json", json.dumps(records).encode())

    assert select(NAMES.format("L0")) == select(NAMES.format("L1")) == [("oak",), ("elm",)]
    assert select("SELECT records, rows, rejected FROM operations.datafile_registry") == [(9, 2, 7)]
    expected = "Found 1 column: name. Expected 3: name, felled, month"
    assert sorted(select(REJECTS)) == [
        ("a.json", 2, NO_DATE.format("2024-02-30")),
        ("a.json", 3, NO_DATE.format("today")),
        ("a.json", 4, NO_MONTH),
        ("a.json", 5, f"the header is not as declared; missing: felled, month. {expected}"),
        (
            "a.json",
            6,
            "the header is not as declared; unknown: age. Found 4 columns: name, felled, month, age. "
            "Expected 3: name, felled, month",
        ),
        ("a.json", 7, "found 'no object', expected an object"),
        ("a.json", 8, "found a list, expected an object"),
    ]


def test_a_line_with_a_trailing_list_fails_alone(ingest_bytes: Ingest, select: Select) -> None:
    columns = (COLUMNS[2], COLUMNS[1], Column("codes"))
    listed = replace(
        TREES,
        format=TrailingList("\t", ("ascii",)),
        columns=columns,
        l1=Rowwise((ConvertedColumn("month", MONTH, "month"), "felled", "codes")),
    )
    day = "2024-01-31"
    rows = [["202601", day, "1"], ["202613", day, "2"], ["202601", "soon", "3"], ["202601"], ["202602", day, "4", "5"]]

    ingest_bytes(listed, "a.zip", zipped({"b": lines(rows, "\t")}))

    assert select('SELECT codes FROM "org.trees"."L1" ORDER BY id') == [("1",), ("4,5",)]
    assert select("SELECT records, rows, rejected FROM operations.datafile_registry") == [(5, 2, 3)]
    assert sorted(select(REJECTS)) == [
        ("a.zip, member b", 2, NO_MONTH),
        ("a.zip, member b", 3, NO_DATE.format("soon")),
        ("a.zip, member b", 4, "found 1 field, expected at least 3: '202601'"),
    ]


LAST_CHARACTER = Conversion("text", "right({}, 1)")
ONE_OF_EACH_MONTH = Chosen(columns=("name", "month"), key=("month",), rank=LAST_CHARACTER, ranked_by="name")


@pytest.mark.parametrize(
    "loading", [Incremental(), Incremental("name"), Replace(), Snapshot(), Snapshot(MissingRows.DELETE)], ids=repr
)
def test_every_loading_leaves_wrong_rows_out_and_takes_them_once_they_are_mended(
    loading: Loading, ingest_bytes: Ingest, select: Select
) -> None:
    trees = replace(TREES, loading=loading, l1=None if isinstance(loading, Snapshot) else L1)
    ingest_bytes(trees, "a.csv", lines([HEADER, GOOD, BAD_DAY, SHORT, LAST]))

    assert select(NAMES.format("L0")) == [("oak",), ("elm",)]
    assert select("SELECT records, rows, rejected FROM operations.datafile_registry") == [(4, 2, 2)]
    assert [line for _, line, _ in select(REJECTS)] == [3, 4]

    mended = [GOOD, ["ash", "2024-02-29", "202601"], ["box", "2024-01-31", "202601"], LAST]
    ingested = ingest_bytes(trees, "a.csv", lines([HEADER, *mended]))

    assert sorted(select(NAMES.format("L0"))) == [("ash",), ("box",), ("elm",), ("oak",)]
    assert (ingested.records, ingested.rows, ingested.rejected) == (4, 4, 0)
    assert select(COUNTS) == [(4, 4, 0, 0, {})]
    assert select(REJECTS) == []


@pytest.mark.parametrize("loading", [Snapshot(), Incremental(), Replace()], ids=repr)
def test_a_row_without_the_key_by_which_rows_are_chosen_is_a_reject(
    loading: Loading, ingest_bytes: Ingest, select: Select
) -> None:
    chosen = replace(TREES, loading=loading, l1=ONE_OF_EACH_MONTH)

    ingest_bytes(chosen, "a.csv", lines([HEADER, GOOD, ["ash", "", ""], LAST]))

    assert select(NAMES.format("L1")) == [("oak",), ("elm",)]
    assert select(REJECTS) == [("a.csv", 3, "column month: found NULL, expected a value")]


def test_rows_of_older_files_are_superseded_beside_those_that_are_rejected(
    ingest_bytes: Ingest, select: Select
) -> None:
    dated = replace(TREES, loading=Incremental("name"), dated=(r"(?P<year>\d{4})\.csv",))
    ingest_bytes(dated, "2025.csv", lines([HEADER, GOOD]))

    ingest_bytes(dated, "2024.csv", lines([HEADER, GOOD, BAD_DAY, LAST]))

    ((records, rows, rejected, superseded, _),) = select(f"{COUNTS} WHERE file_name = '2024.csv'")
    assert (records, rows, rejected, superseded) == (3, 1, 1, 1)


FOREST = Dataset(
    "org",
    "forest",
    None,
    Delimited(),
    Release(
        (
            ReleasedTable.of("kinds", "code text not null, since date", primary_key=("code",)),
            ReleasedTable.of("trees", "name text not null, kind text, height numeric", primary_key=("name",)),
        )
    ),
)


def test_wrong_rows_of_a_release_fail_alone(ingest_bytes: Ingest, select: Select) -> None:
    kinds = b"code,since\na,2024-01-01\nb,soon\n,2024-01-01\n"
    trees = b"name,kind,height\noak,a,3\nash,a,tall\nelm,a\n"

    ingest_bytes(FOREST, "a.zip", zipped({"kinds.csv": kinds, "trees.csv": trees}))

    assert select('SELECT code FROM "org.forest".kinds') == [("a",)]
    assert select('SELECT name FROM "org.forest".trees') == [("oak",)]
    assert select("SELECT records, rows, rejected FROM operations.datafile_registry") == [(6, 2, 4)]
    assert select(REJECTS) == [
        ("a.zip, member kinds.csv", 3, "column since: found 'soon', expected a date, for example 2024-01-31"),
        ("a.zip, member kinds.csv", 4, "column code: found NULL, expected a value"),
        ("a.zip, member trees.csv", 3, "column height: found 'tall', expected a number"),
        ("a.zip, member trees.csv", 4, "found 2 fields, expected 3: name, kind, height"),
    ]


def test_many_wrong_rows_among_many_are_each_found(ingest_bytes: Ingest, select: Select) -> None:
    rows = [BAD_DAY if number % 150 == 0 else BAD_MONTH if number % 400 == 1 else GOOD for number in range(30_000)]

    ingest_bytes(TREES, "a.csv", lines([HEADER, *rows]))

    bad = {number for number, row in enumerate(rows, start=2) if row is not GOOD}
    assert select("SELECT records, rows, rejected FROM operations.datafile_registry") == [
        (30_000, 30_000 - len(bad), len(bad))
    ]
    assert {line for _, line, _ in select(REJECTS)} == bad


def test_a_file_without_a_header_has_its_first_row_judged_too(ingest_bytes: Ingest, select: Select) -> None:
    ingest_bytes(replace(TREES, format=Delimited(header=HeaderLine.NONE)), "a.csv", lines([BAD_DAY, GOOD]))

    assert select(REJECTS) == [("a.csv", 1, NO_DATE.format("2024-02-30"))]
