"""A declaration that changes: what is told, what the next load does by itself, and what reshaping does."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date

import psycopg
import pytest

from dss_assets import registry
from dss_assets.database import Connection
from dss_assets.dataset import (
    Absent,
    Column,
    Conversion,
    ConvertedColumn,
    Dataset,
    Delimited,
    FileValue,
    Incremental,
    Member,
    Others,
    Replace,
    Rowwise,
    Snapshot,
)
from dss_assets.dataset.conversions import MONTH
from dss_assets.errors import InvalidFile, NotAsDeclared
from dss_assets.reshaping import declared_otherwise, reshape
from dss_assets.storage import Storage
from dss_web.shared.contract import ColumnType
from tests.parts.assets_fixtures import Ingest, Rows
from tests.published import zipped

Select = Callable[[str], Rows]
NAME, HEIGHT, PLANTED = Column("name"), Column("height"), Column("planted")
FORMAT = Delimited(members=(Member(r"trees(?P<month>\d+)\.csv"), Member()))
TREES = Dataset(
    "org",
    "trees",
    source=None,
    format=FORMAT,
    loading=Incremental(),
    columns=(NAME, HEIGHT, PLANTED),
    l1=Rowwise(("name", "height", "planted"), indexes=("name",)),
    dataflow_table="L1",
)
OAKS = b"name,height,planted\noak,30,201905\nash,20,201906\n"
ELMS = b"name,height,planted\nelm,25,202001\n"


@pytest.fixture
def trees(ingest_bytes: Ingest) -> Dataset:
    """The dataset with two files loaded."""
    ingest_bytes(TREES, "oaks.csv", OAKS)
    ingest_bytes(TREES, "elms.csv", ELMS)
    return TREES


def texts(connection: Connection, dataset: Dataset) -> list[str]:
    return [difference.text for difference in declared_otherwise(connection, dataset)]


def test_an_unchanged_declaration_differs_in_nothing(trees: Dataset, connection: Connection) -> None:
    assert texts(connection, trees) == []
    described = replace(trees, columns=(replace(NAME, description="Its name"), HEIGHT, PLANTED))
    assert texts(connection, described) == []


def test_a_renamed_column_keeps_its_values(
    trees: Dataset, ingest_bytes: Ingest, connection: Connection, select: Select
) -> None:
    metres = Column("metres", titles=("height",), formerly=("height",))
    renamed = replace(trees, columns=(NAME, metres, PLANTED), l1=Rowwise(("name", "metres", "planted")))
    assert texts(connection, renamed)[0] == "the column height is called metres now"

    ingest_bytes(renamed, "firs.csv", b"name,height,planted\nfir,40,202002\n")

    assert select('SELECT name, metres FROM "org.trees"."L1" ORDER BY id') == [
        ("oak", "30"),
        ("ash", "20"),
        ("elm", "25"),
        ("fir", "40"),
    ]


def test_a_column_of_another_type_is_told_and_reshaped_from_the_stored_files(
    trees: Dataset, ingest_bytes: Ingest, connection: Connection, storage: Storage, select: Select
) -> None:
    retyped = replace(trees, columns=(NAME, Column("height", ColumnType.INTEGER), PLANTED))
    assert texts(connection, retyped)[0] == "the column height is declared as integer, and is text"
    with pytest.raises(NotAsDeclared, match=r"python -m dss_assets reshape org\.trees"):
        ingest_bytes(retyped, "firs.csv", b"name,height,planted\nfir,40,202002\n")
    assert select("SELECT state FROM operations.datafile_registry WHERE file_name = 'firs.csv'") == [("due",)]

    reshaped = reshape(connection, storage, retyped)

    assert reshaped.rows == {"oaks.csv": 2, "elms.csv": 1}
    assert select('SELECT id, name, height FROM "org.trees"."L1" ORDER BY id') == [
        (4, "oak", 30),
        (5, "ash", 20),
        (6, "elm", 25),
    ]
    assert texts(connection, retyped) == []
    names = """SELECT relname FROM pg_class WHERE relnamespace = '"org.trees"'::regnamespace ORDER BY 1"""
    assert [name for (name,) in select(names)] == [
        "L0",
        "L0.files",
        "L0.files_pkey",
        "L0_id_seq",
        "L0_name",
        "L0_pkey",
        "L1",
    ]


def test_a_file_that_waits_for_its_tables_is_not_asked_for_until_they_are_reshaped(
    trees: Dataset, ingest_bytes: Ingest, connection: Connection, storage: Storage
) -> None:
    retyped = replace(trees, columns=(NAME, Column("height", ColumnType.INTEGER), PLANTED))
    with pytest.raises(NotAsDeclared):
        ingest_bytes(retyped, "firs.csv", b"name,height,planted\nfir,40,202002\n")

    assert registry.due_files(connection, "org.trees", retyped.fingerprint) == []
    assert registry.due_files(connection, "org.trees", trees.fingerprint) == ["firs.csv"]

    reshape(connection, storage, retyped)
    assert registry.due_files(connection, "org.trees", retyped.fingerprint) == ["firs.csv"]


def test_a_file_that_cannot_be_read_as_declared_now_leaves_everything_as_it_was(
    trees: Dataset, ingest_bytes: Ingest, connection: Connection, storage: Storage, select: Select
) -> None:
    ingest_bytes(trees, "tall.csv", b"name,height,planted\npine,tall,202003\n")
    retyped = replace(trees, columns=(NAME, Column("height", ColumnType.INTEGER), PLANTED))
    before = select('SELECT * FROM "org.trees"."L1" ORDER BY id')

    with pytest.raises(NotAsDeclared, match=r"tall\.csv, line 2, column height: found 'tall', expected a whole number"):
        reshape(connection, storage, retyped)

    assert select('SELECT * FROM "org.trees"."L1" ORDER BY id') == before
    assert select("SELECT count(*) FROM pg_class WHERE relname LIKE '%.next%'") == [(0,)]


def test_another_conversion_is_made_once_every_row_can_be_converted(
    trees: Dataset, ingest_bytes: Ingest, connection: Connection, select: Select
) -> None:
    converted = replace(trees, l1=Rowwise(("name", ConvertedColumn("planted", MONTH, source="planted"), "height")))
    assert texts(connection, converted) == ["L1 is made in another way"]

    ingest_bytes(converted, "firs.csv", b"name,height,planted\nfir,40,202002\n")

    assert select('SELECT name, planted FROM "org.trees"."L1" ORDER BY id')[0] == ("oak", date(2019, 5, 1))


def test_a_row_that_no_longer_converts_leaves_the_old_view_in_place_and_says_so(
    trees: Dataset, ingest_bytes: Ingest, connection: Connection, select: Select
) -> None:
    ingest_bytes(trees, "odd.csv", b"name,height,planted\nyew,9,long ago\n")
    converted = replace(trees, l1=Rowwise(("name", "height", ConvertedColumn("planted", MONTH, source="planted"))))

    with pytest.raises(NotAsDeclared) as caught:
        ingest_bytes(converted, "firs.csv", b"name,height,planted\nfir,40,202002\n")

    assert "file odd.csv, id 4, column planted: found 'long ago', expected a month as YYYYMM" in str(caught.value)
    assert select('SELECT planted FROM "org.trees"."L1" ORDER BY id')[-1] == ("long ago",)
    assert registry.due_files(connection, "org.trees", converted.fingerprint) == []


def test_another_loading_reads_the_stored_files_again_in_their_order(
    trees: Dataset, connection: Connection, storage: Storage, select: Select
) -> None:
    snapshot = replace(trees, loading=Snapshot())
    assert texts(connection, snapshot)[0] == "Snapshot is another way of loading than the one before"

    reshape(connection, storage, snapshot)
    rows = select('SELECT name, datafile_created FROM "org.trees"."L0" ORDER BY id')
    assert rows == [("oak", "oaks.csv"), ("ash", "oaks.csv"), ("elm", "elms.csv")]

    whole = replace(trees, loading=Replace())
    reshape(connection, storage, whole)
    assert select('SELECT name, planted FROM "org.trees"."L1"') == [("elm", "202001")]

    reshape(connection, storage, trees)
    assert select('SELECT count(*) FROM "org.trees"."L1"') == [(3,)]
    assert texts(connection, trees) == []


def test_a_value_of_the_files_name_is_read_from_the_stored_files(
    ingest_bytes: Ingest, connection: Connection, storage: Storage, select: Select
) -> None:
    ingest_bytes(TREES, "oaks.zip", zipped({"trees201905.csv": OAKS}))
    dated = replace(TREES, format=Delimited(members=(Member(r"trees(?P<month>\d+)\.csv"),)))
    dated = replace(
        dated, l1=Rowwise(("name", "height", "planted", FileValue("surveyed", group="month", conversion=MONTH)))
    )
    assert "surveyed is a value of the whole file that is not known" in " ".join(texts(connection, dated))

    reshape(connection, storage, dated)

    assert select('SELECT name, surveyed FROM "org.trees"."L1" ORDER BY id') == [
        ("oak", date(2019, 5, 1)),
        ("ash", date(2019, 5, 1)),
    ]


def test_a_withdrawn_column_goes_only_with_a_yes(
    trees: Dataset, ingest_bytes: Ingest, connection: Connection, storage: Storage, select: Select
) -> None:
    smaller = replace(trees, columns=(NAME, PLANTED), l1=Rowwise(("name", "planted")))
    smaller = replace(smaller, format=replace(FORMAT, others=Others.SKIPPED))
    with pytest.raises(
        NotAsDeclared,
        match=r"height is declared no longer.*reshape_org__trees.* `withdraw: true`.*reshape org.trees --yes",
    ):
        ingest_bytes(smaller, "firs.csv", b"name,planted\nfir,202002\n")
    with pytest.raises(NotAsDeclared, match="L1 is declared without height"):
        reshape(connection, storage, smaller)
    assert select('SELECT count(height) FROM "org.trees"."L1"') == [(3,)]

    reshape(connection, storage, smaller, is_confirmed=True)

    assert [column for (column,) in select(_COLUMNS_OF_L1)] == ["id", "data_source_row_id", "name", "planted"]


_COLUMNS_OF_L1 = (
    "SELECT column_name FROM information_schema.columns WHERE table_schema = 'org.trees' AND table_name = 'L1'"
    " ORDER BY ordinal_position"
)


def test_an_added_column_is_null_at_first_and_filled_by_reshaping(
    ingest_bytes: Ingest, connection: Connection, storage: Storage, select: Select
) -> None:
    narrow = replace(TREES, columns=(NAME, PLANTED), l1=None, dataflow_table="L0")
    narrow = replace(narrow, format=replace(FORMAT, others=Others.SKIPPED))
    ingest_bytes(narrow, "oaks.csv", OAKS)
    wide = replace(narrow, columns=(NAME, PLANTED, Column("height", absent=Absent.NULL)))
    ingest_bytes(wide, "elms.csv", ELMS)
    assert select('SELECT name, height FROM "org.trees"."L0" ORDER BY id') == [
        ("oak", None),
        ("ash", None),
        ("elm", "25"),
    ]
    assert texts(connection, wide) == ["1 loaded files were read as an earlier declaration said, oaks.csv for example"]

    reshape(connection, storage, wide)

    assert select('SELECT height FROM "org.trees"."L0" ORDER BY id') == [("30",), ("20",), ("25",)]


@pytest.mark.parametrize("valid", [None, "lowercase({}) > ''"])
def test_sql_that_postgres_refuses_makes_files_wait_and_leaves_l1_as_it_was(
    valid: str | None, trees: Dataset, ingest_bytes: Ingest, connection: Connection, storage: Storage, select: Select
) -> None:
    wrong = Conversion("text", "upper({})" if valid else "lowercase({})", valid=valid, expected="a name")
    l1 = Rowwise((ConvertedColumn("name", wrong, "name"), "height", "planted"), indexes=("name",))
    changed = replace(trees, l1=l1)

    with pytest.raises(NotAsDeclared, match=r"Postgres refuses its SQL with: function lowercase.* does not exist"):
        ingest_bytes(changed, "elms.csv", ELMS)
    with pytest.raises(NotAsDeclared, match="Correct the conversion in the declaration"):
        reshape(connection, storage, changed)

    entry = registry.find(connection, "org.trees", "elms.csv")
    assert entry is not None and entry.state == "due"
    assert select('SELECT name FROM "org.trees"."L1" ORDER BY id') == [("oak",), ("ash",), ("elm",)]


def test_what_is_reshaped_are_the_bytes_whose_rows_are_loaded(
    trees: Dataset, ingest_bytes: Ingest, connection: Connection, storage: Storage, select: Select
) -> None:
    # A later version of the file was stored, and could not be loaded.
    path = storage.dataset_path("org", "trees", "oaks.csv")
    loaded = storage.digest(path)
    storage.archive_version(path, "org", "trees", "oaks.csv", loaded.digest)
    with pytest.raises(InvalidFile):
        ingest_bytes(trees, "oaks.csv", b"another header\n1\n")
    nulls = replace(trees, format=replace(FORMAT, nulls=("ash",)))

    reshape(connection, storage, nulls)

    assert select('SELECT name FROM "org.trees"."L1" ORDER BY id') == [("oak",), (None,), ("elm",)]
    assert select("SELECT state FROM operations.datafile_registry WHERE file_name = 'oaks.csv'") == [("failed",)]


def test_readers_read_on_while_a_dataset_is_reshaped(
    trees: Dataset, connection: Connection, storage: Storage, database_url: str
) -> None:
    retyped = replace(trees, columns=(NAME, Column("height", ColumnType.INTEGER), PLANTED))
    seen = []
    with psycopg.connect(database_url, autocommit=True, options="-c lock_timeout=2s") as reader:

        def read(_: str) -> None:
            seen.append(reader.execute('SELECT height FROM "org.trees"."L1" ORDER BY id').fetchone())

        reshape(connection, storage, retyped, report=read)

    assert seen == [("30",), ("30",)]


def test_data_flow_is_due_for_what_was_reshaped(
    trees: Dataset, connection: Connection, storage: Storage, select: Select
) -> None:
    run = connection.execute(
        "INSERT INTO operations.dataflow_run (schema_name, table_name, state, requested_at)"
        " VALUES ('org.trees', 'L1', 'success', now()) RETURNING id"
    ).fetchone()
    connection.execute("UPDATE operations.datafile_registry SET dataflow_run_id = %s", run)
    waiting = "SELECT count(*) FROM operations.datafile_registry WHERE state = 'processed' AND dataflow_run_id IS NULL"
    reshape(connection, storage, replace(trees, columns=(NAME, Column("height", ColumnType.INTEGER), PLANTED)))

    assert select(waiting) == [(2,)]
