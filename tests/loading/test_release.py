"""Releases: one file replaces several tables together, or none of them."""

import io
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import psycopg
import pytest

from dss_assets.database import Connection
from dss_assets.dataset import (
    NO_REJECTS,
    Check,
    Column,
    Dataset,
    Delimited,
    ForeignKey,
    Member,
    Members,
    Others,
    QuotedNulls,
    Release,
    ReleasedTable,
    StorageFolder,
)
from dss_assets.errors import InvalidFile, NoRows, NotAsDeclared
from dss_assets.loading import Tables, load_file
from dss_assets.removal import remove
from dss_assets.reshaping import declared_otherwise, reshape
from dss_assets.storage import Storage
from tests.parts.assets_fixtures import Ingest, Rows
from tests.published import zipped

Select = Callable[[str], Rows]

COUNCILS = ReleasedTable.of("councils", "id integer, name text not null", primary_key=("id",))
TREES = ReleasedTable.of(
    "trees",
    "council_id integer, species text, height numeric, felled integer",
    primary_key=("council_id", "species"),
    foreign_keys=(ForeignKey(("council_id",), "councils"),),
    checks=(Check("height > 0", "a height above zero"), Check("felled IS NULL OR felled < height", "fewer than that")),
)
FORESTRY = Dataset(
    "forestry",
    "trees",
    source=StorageFolder(r".+\.zip", every=timedelta(minutes=1), packed_as="packed.zip"),
    format=Delimited(nulls=("null", "NULL"), quoted_nulls=QuotedNulls.NULL),
    # The one that refers to the other first: the order in which they are declared does not matter.
    loading=Release((TREES, COUNCILS), schema="forestry"),
    reject_limit=NO_REJECTS,
)
COUNCILS_CSV = 'id,name\n7,Hull\n3,"Bath, and\nNorth East Somerset"\n'
TREES_CSV = "council_id,species,height,felled\n7,oak,20.5,\n3,ash,9,NULL\n3,elm,,1\n"


def release(trees: str = TREES_CSV, councils: str = COUNCILS_CSV, **others: str) -> bytes:
    return zipped({"trees.csv": trees, "x/Councils.CSV": councils, **others})


def test_all_tables_have_the_rows_of_the_release_with_its_keys(ingest_bytes: Ingest, select: Select) -> None:
    loaded = ingest_bytes(FORESTRY, "may.zip", release())

    assert select("SELECT * FROM forestry.councils") == [(7, "Hull"), (3, "Bath, and\nNorth East Somerset")]
    trees = [(1, 7, "oak", 20.5, None), (2, 3, "ash", 9, None), (3, 3, "elm", None, 1)]
    assert [tuple(map(number, row)) for row in select("SELECT * FROM forestry.trees ORDER BY id")] == trees
    assert (loaded.rows, loaded.table_rows) == (5, {"trees": 3, "councils": 2})
    assert select(
        "SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) FROM pg_constraint"
        " WHERE connamespace = 'forestry'::regnamespace AND contype <> 'n' ORDER BY 1, 2"
    ) == [
        ("forestry.councils", "councils_id_check", "CHECK ((id >= 0))"),
        ("forestry.councils", "councils_pkey", "PRIMARY KEY (id)"),
        ("forestry.trees", "trees_check", "CHECK (((felled IS NULL) OR ((felled)::numeric < height)))"),
        ("forestry.trees", "trees_council_id_fkey", "FOREIGN KEY (council_id) REFERENCES forestry.councils(id)"),
        ("forestry.trees", "trees_height_check", "CHECK ((height > (0)::numeric))"),
        ("forestry.trees", "trees_id_key", "UNIQUE (id)"),
        ("forestry.trees", "trees_pkey", "PRIMARY KEY (council_id, species)"),
    ]
    assert select("SELECT source, file_name, state, rows FROM operations.datafile_registry") == [
        ("forestry.trees", "may.zip", "processed", 5)
    ]


def number(value: object) -> object:
    return float(value) if hasattr(value, "as_tuple") else value  # type: ignore[arg-type]  # a Decimal


def test_the_next_release_replaces_all_rows_and_ids_only_grow(ingest_bytes: Ingest, select: Select) -> None:
    ingest_bytes(FORESTRY, "may.zip", release())
    before: dict[str, int] = dict(select(VERSIONS))
    ingest_bytes(FORESTRY, "june.zip", release("council_id,species,height,felled\n7,yew,3,\n"))

    assert select("SELECT id, council_id, species FROM forestry.trees") == [(4, 7, "yew")]
    after: dict[str, int] = dict(select(VERSIONS))
    assert before.keys() == after.keys() == {"forestry.trees", "forestry.councils"}
    assert all(after[table] > before[table] for table in after)
    assert select("SELECT nspname FROM pg_namespace WHERE nspname LIKE 'forestry%'") == [("forestry",)]


VERSIONS = "SELECT relation::regclass::text, generation FROM operations.table_version"

BAD = {
    "a row that does not fit": (
        release(trees=TREES_CSV + "7,yew,tall,\n"),
        "may.zip, member trees.csv, line 5, column height: found 'tall', expected a number. Nothing was loaded.",
    ),
    "no value": (
        release(councils=COUNCILS_CSV + '9,"null"\n'),
        "may.zip, member x/Councils.CSV, line 5, table forestry.councils, row with id = '9': found name = NULL, "
        "expected a value. Nothing was loaded.",
    ),
    "a key twice": (
        release(trees=TREES_CSV + "3,ash,1,\n"),
        "may.zip, member trees.csv, line 5, table forestry.trees, row with council_id = '3', species = 'ash': found "
        "council_id = '3', species = 'ash', expected each primary key once. Nothing was loaded.",
    ),
    "half of a key": (
        release(trees=TREES_CSV + "3,,1,\n"),
        "may.zip, member trees.csv, line 5, table forestry.trees, row with council_id = '3', species = NULL: found "
        "species = NULL, expected a value. Nothing was loaded.",
    ),
    "a check": (
        release(trees=TREES_CSV + "7,yew,2,5\n7,fir,1,1\n"),
        "may.zip, member trees.csv, line 5, table forestry.trees, row with council_id = '7', species = 'yew': found "
        "felled = '5', height = '2', expected fewer than that. Nothing was loaded.",
    ),
    "a key that leads nowhere": (
        release(trees=TREES_CSV + "7,yew,2,\n8,fir,1,\n8,elm,1,\n"),
        "may.zip, member trees.csv, line 6, table forestry.trees, row with council_id = '8', species = 'fir': found "
        "council_id = '8', expected a row of forestry.councils with this id. Nothing was loaded.",
    ),
    "an id before all pages": (
        release(councils=COUNCILS_CSV + "-1,Hell\n"),
        "may.zip, member x/Councils.CSV, line 5, table forestry.councils, row with id = '-1': found id = '-1', "
        "expected a whole number from 0 on, since pages of the table go by it. Nothing was loaded.",
    ),
    "another header": (
        release(trees="council_id,species,height,girth\n"),
        "may.zip, member trees.csv, line 1: the header is not as declared; unknown: girth; missing: felled.",
    ),
    "a table without a file": (
        zipped({"trees.csv": TREES_CSV, "readme.txt": ""}),
        "may.zip is no whole release: it has no file for councils. Its members are: trees.csv, readme.txt. "
        "Nothing was loaded. Add what is missing, with a header if it has no rows.",
    ),
    "two files for a table": (release(**{"old/trees.csv": TREES_CSV}), "may.zip has 2 members that match"),
    "a file that is no zip": (TREES_CSV.encode(), "may.zip is no zip."),
    "no rows at all": (
        release("council_id,species,height,felled\n", "id,name\n"),
        "may.zip holds no rows for any table.",
    ),
}


@pytest.mark.parametrize("fault", BAD)
def test_one_fault_leaves_all_tables_as_they_were_and_says_which(
    fault: str, ingest_bytes: Ingest, select: Select
) -> None:
    content, reason = BAD[fault]
    ingest_bytes(FORESTRY, "april.zip", release())
    tables = ("SELECT * FROM forestry.trees", "SELECT * FROM forestry.councils", VERSIONS)
    before = [select(table) for table in tables]

    with pytest.raises(InvalidFile) as caught:
        ingest_bytes(FORESTRY, "may.zip", content)

    assert str(caught.value).startswith(reason)
    assert [select(table) for table in tables] == before
    assert select("SELECT nspname FROM pg_namespace WHERE nspname LIKE 'forestry%'") == [("forestry",)]
    assert select("SELECT state, error_message FROM operations.datafile_registry WHERE file_name = 'may.zip'") == [
        ("failed", str(caught.value))
    ]
    assert isinstance(caught.value, NoRows) == (fault == "no rows at all")


def test_a_table_may_be_empty_which_is_remarked(ingest_bytes: Ingest, select: Select) -> None:
    loaded = ingest_bytes(FORESTRY, "may.zip", release("council_id,species,height,felled\n", readme=""))

    assert select("SELECT * FROM forestry.trees") == []
    assert loaded.remarks == ("may.zip, member trees.csv holds no rows, so forestry.trees is empty.",)
    assert loaded.skipped == {"a member that is no table's": 1}


class Watched(io.BytesIO):
    """A file that calls `look` whenever it is read."""

    def __init__(self, content: bytes, look: Callable[[], None]) -> None:
        super().__init__(content)
        self._look = look

    def read(self, size: int | None = -1) -> bytes:
        self._look()
        return super().read(size)


def test_readers_have_the_old_rows_until_all_tables_are_replaced(
    ingest_bytes: Ingest, connection: Connection, database_url: str
) -> None:
    ingest_bytes(FORESTRY, "may.zip", release())
    seen = []
    content = release("council_id,species,height,felled\n7,yew,3,\n", "id,name\n7,Hull\n")
    with psycopg.connect(database_url, autocommit=True, options="-c lock_timeout=2s") as reader:

        def look() -> None:
            counts = "SELECT (SELECT count(*) FROM forestry.trees), (SELECT count(*) FROM forestry.councils)"
            seen.append(reader.execute(counts).fetchone())

        with connection.transaction():
            load_file(connection, Tables(FORESTRY), "june.zip", Watched(content, look), "june.zip")
        assert len(seen) > 5 and set(seen) == {(3, 2)}
        look()
    assert seen[-1] == (1, 1)


def test_a_row_may_refer_to_another_of_its_own_table(ingest_bytes: Ingest, select: Select) -> None:
    branches = ReleasedTable.of(
        "branches",
        "id integer, parent integer",
        primary_key=("id",),
        foreign_keys=(ForeignKey(("parent",), "branches"),),
    )
    tree = replace(FORESTRY, loading=Release((branches,), schema="forestry"))

    ingest_bytes(tree, "tree.zip", zipped({"branches.csv": "id,parent\n2,1\n1,\n"}))
    with pytest.raises(InvalidFile, match=r"line 3, .* found parent = .3., expected a row of forestry\.branches"):
        ingest_bytes(tree, "tree.zip", zipped({"branches.csv": "id,parent\n1,\n2,3\n"}))

    assert select("SELECT * FROM forestry.branches") == [(2, 1), (1, None)]


def test_a_table_may_stand_in_several_members(ingest_bytes: Ingest, select: Select) -> None:
    many = replace(TREES, members=(Members(r".*-trees\.csv"),))
    dataset = replace(FORESTRY, loading=Release((many, COUNCILS), schema="forestry"))
    header = "council_id,species,height,felled\n"
    content = zipped(
        {"1-trees.csv": header + "7,oak,1,\n", "2-trees.csv": header + "3,oak,1,", "councils.csv": COUNCILS_CSV}
    )

    ingest_bytes(dataset, "may.zip", content)

    assert select("SELECT council_id, species FROM forestry.trees ORDER BY id") == [(7, "oak"), (3, "oak")]


def test_a_member_of_two_tables_is_refused(ingest_bytes: Ingest) -> None:
    greedy = replace(COUNCILS, members=(Member(".*s.csv"),))
    dataset = replace(FORESTRY, loading=Release((TREES, greedy), schema="forestry"))

    with pytest.raises(InvalidFile, match=r"the member trees\.csv is matched by two tables, trees and councils"):
        ingest_bytes(dataset, "may.zip", zipped({"trees.csv": TREES_CSV}))


def test_what_others_made_of_the_tables_stops_a_release_and_is_named(
    ingest_bytes: Ingest, connection: Connection
) -> None:
    ingest_bytes(FORESTRY, "may.zip", release())
    connection.execute("CREATE VIEW public.tall AS SELECT * FROM forestry.trees")

    with pytest.raises(InvalidFile, match=r"view tall depends on table forestry\.trees"):
        ingest_bytes(FORESTRY, "june.zip", release())


def test_a_check_that_postgres_does_not_know_is_a_fault_of_the_declaration(ingest_bytes: Ingest) -> None:
    wrong = replace(COUNCILS, checks=(Check("is_nice(name)", "a nice name"),))
    dataset = replace(FORESTRY, loading=Release((wrong,), schema="forestry"))

    with pytest.raises(InvalidFile, match=r"is_nice\(text\) does not exist.* Correct the dataset's declaration"):
        ingest_bytes(dataset, "may.zip", zipped({"councils.csv": COUNCILS_CSV}))


def test_the_next_release_brings_what_is_declared_otherwise(ingest_bytes: Ingest, select: Select) -> None:
    ingest_bytes(FORESTRY, "may.zip", release())
    species = replace(
        TREES, columns=(*TREES.columns[:2], Column("height"), *TREES.columns[3:], Column("age")), checks=()
    )
    dataset = replace(FORESTRY, loading=Release((species, COUNCILS), schema="forestry"))

    ingest_bytes(dataset, "june.zip", release("council_id,species,height,felled,age\n7,yew,tall,,old\n"))

    assert select("SELECT * FROM forestry.trees") == [(4, 7, "yew", "tall", None, "old")]


def test_a_column_is_taken_from_clients_only_with_a_yes(
    ingest_bytes: Ingest, connection: Connection, storage: Storage, select: Select
) -> None:
    ingest_bytes(FORESTRY, "april.zip", release("council_id,species,height,felled\n7,oak,1,\n"))
    ingest_bytes(FORESTRY, "may.zip", release())
    smaller = replace(TREES, columns=TREES.columns[:3], checks=())
    skipping = Delimited(others=Others.SKIPPED, nulls=("NULL",))
    dataset = replace(FORESTRY, format=skipping, loading=Release((smaller, COUNCILS), schema="forestry"))

    with pytest.raises(NotAsDeclared, match="the column felled of trees is declared no longer"):
        ingest_bytes(dataset, "june.zip", release())
    with pytest.raises(NotAsDeclared, match="If clients may lose that"):
        reshape(connection, storage, dataset)
    reshaped = reshape(connection, storage, dataset, is_confirmed=True)

    assert reshaped.rows == {"may.zip": 5}  # the release before it is in no table
    assert [row[1:3] for row in select("SELECT * FROM forestry.trees")] == [(7, "oak"), (3, "ash"), (3, "elm")]
    assert declared_otherwise(connection, dataset) == []


def test_the_tables_of_a_release_go_when_it_is_declared_no_longer(
    ingest_bytes: Ingest, connection: Connection, select: Select
) -> None:
    ingest_bytes(FORESTRY, "may.zip", release())

    remove(connection, "forestry.trees", declared=())

    assert select("SELECT to_regnamespace('forestry')") == [(None,)]
    assert select("SELECT * FROM operations.datafile_registry") == []


def test_an_older_release_that_comes_later_is_left_out(ingest_bytes: Ingest, select: Select) -> None:
    dated = replace(FORESTRY, dated=(r"forestry_(?P<year>\d{4})\.zip",))
    ingest_bytes(dated, "forestry_2025.zip", release())

    older = ingest_bytes(dated, "forestry_2024.zip", release("council_id,species,height,felled\n7,yew,1,\n"))

    assert (older.rows, older.superseded, older.records) == (0, 3, 3)
    assert select("SELECT count(*) FROM forestry.trees") == [(3,)]
    assert select("SELECT count(*) FROM pg_namespace WHERE nspname LIKE 'forestry%'") == [(1,)]
