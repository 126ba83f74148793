"""Tables that were replaced are kept, as many as are declared, and take their place again without being loaded."""

from collections.abc import Callable

import obstore
import pytest
from obstore.store import from_url
from psycopg import sql

from dss_assets.database import Connection
from dss_assets.dataset import Column, Dataset, Replace, UserCsv
from dss_assets.ingestion import Ingested, ingest
from dss_assets.removal import remove
from dss_assets.storage import Storage, StoredFile
from dss_web.shared.contract import ColumnType
from tests.parts.assets_fixtures import Ingest, Select

KEY = "finance.budget"


def budget(kept: int, kind: ColumnType = ColumnType.TEXT) -> Dataset:
    return Dataset("finance", "budget", None, UserCsv(), Replace(kept), (Column("name", kind),))


def names_of(connection: Connection, kinds: str = "r") -> list[str]:
    rows = connection.execute(
        "SELECT relname FROM pg_class WHERE relnamespace = %s::regnamespace AND relkind::text = ANY (%s) ORDER BY 1",
        [f'"{KEY}"', list(kinds)],
    ).fetchall()
    return [name for (name,) in rows]


def rows_of(connection: Connection, table: str = "L0") -> list[str]:
    query = sql.SQL("SELECT name::text FROM {} ORDER BY id").format(sql.Identifier(KEY, table))
    rows = connection.execute(query).fetchall()
    return [name for (name,) in rows]


def generation_of(connection: Connection) -> int:
    row = connection.execute(
        "SELECT generation FROM operations.table_version WHERE relation = %s::regclass", [f'"{KEY}"."L0"']
    ).fetchone()
    assert row
    return int(row[0])


Restore = Callable[[str, Dataset], Ingested]


@pytest.fixture
def restore(connection: Connection, storage: Storage, select: Select) -> Restore:
    """Load a file again that was stored before, whether it still is or not."""

    def restore(file_name: str, dataset: Dataset) -> Ingested:
        path = storage.dataset_path("finance", "budget", file_name)
        found = select(f"SELECT size, digest FROM operations.datafile_registry WHERE file_name = '{file_name}'")
        stored = StoredFile(path, *found[0])
        return ingest(connection, storage, dataset, file_name, "a run", lambda _: (stored, "v1"))

    return restore


def load_all(ingest_bytes: Ingest, dataset: Dataset, *names: str) -> None:
    for name in names:
        ingest_bytes(dataset, name, f"name\n{name}\n".encode())


def test_as_many_tables_are_kept_as_are_declared_and_the_oldest_go(
    connection: Connection, ingest_bytes: Ingest, select: Select
) -> None:
    generations = []
    for name in ("a", "b", "c", "d"):
        load_all(ingest_bytes, budget(kept=2), name)
        generations.append(generation_of(connection))

    _, b, c, _ = generations
    assert names_of(connection) == ["L0", f"L0@{b}", f"L0@{c}"]
    assert [rows_of(connection, table) for table in ("L0", f"L0@{b}", f"L0@{c}")] == [["d"], ["b"], ["c"]]
    told = select("SELECT file_name, generation, rows FROM operations.kept_table ORDER BY 1")
    assert told == [("b", b, 1), ("c", c, 1)]
    assert names_of(connection, "iS") == sorted(
        f"{table}_{part}" for table in ("L0", f"L0@{b}", f"L0@{c}") for part in ("pkey", "id_seq")
    )


def test_none_are_kept_unless_they_are_declared(connection: Connection, ingest_bytes: Ingest, select: Select) -> None:
    load_all(ingest_bytes, budget(kept=2), "a", "b", "c")
    load_all(ingest_bytes, budget(kept=0), "d")

    assert names_of(connection) == ["L0"]
    assert select("SELECT * FROM operations.kept_table") == []
    assert select("SELECT count(*) FROM operations.table_version") == [(1,)]


def test_a_kept_table_takes_its_place_again_although_its_file_is_gone(
    connection: Connection, storage_url: str, ingest_bytes: Ingest, restore: Restore, select: Select
) -> None:
    load_all(ingest_bytes, budget(kept=2), "a", "b")
    before = generation_of(connection)
    obstore.delete(from_url(storage_url), "datasets/finance/budget/a")

    restored = restore("a", budget(kept=2))

    assert restored.remarks == ("The table of its 1 row was kept, and has taken its place again.",)
    assert rows_of(connection) == ["a"]
    assert generation_of(connection) > before, "who was half through another table does not go on in this one"
    assert names_of(connection) == ["L0", f"L0@{before}"]
    assert names_of(connection, "i") == [f"L0@{before}_pkey", "L0_pkey"]
    assert select("SELECT file_name FROM operations.kept_table") == [("b",)]
    assert select("SELECT state, dataflow_run_id FROM operations.datafile_registry WHERE file_name = 'a'") == [
        ("processed", None)
    ]
    load_all(ingest_bytes, budget(kept=2), "c")
    assert rows_of(connection) == ["c"]


def test_there_and_back_any_number_of_times(connection: Connection, ingest_bytes: Ingest, restore: Restore) -> None:
    load_all(ingest_bytes, budget(kept=1), "a", "b")
    for name in ("a", "b", "a", "b"):
        assert restore(name, budget(kept=1)).remarks
        assert rows_of(connection) == [name]
    assert len(names_of(connection)) == 2


def test_a_table_that_is_not_what_its_file_would_be_now_is_not_put_back(
    connection: Connection, ingest_bytes: Ingest, restore: Restore
) -> None:
    ingest_bytes(budget(kept=2), "a", b"name\n1\n")
    load_all(ingest_bytes, budget(kept=2), "b")

    # Its person has chosen another type.
    assert not restore("a", budget(2, ColumnType.INTEGER)).remarks
    assert rows_of(connection) == ["1"]


def test_a_table_that_was_changed_by_hand_is_not_put_back(
    connection: Connection, ingest_bytes: Ingest, restore: Restore
) -> None:
    load_all(ingest_bytes, budget(kept=2), "a")
    table = f"L0@{generation_of(connection)}"
    load_all(ingest_bytes, budget(kept=2), "b")
    connection.execute(sql.SQL("UPDATE {} SET name = 'changed'").format(sql.Identifier(KEY, table)))

    assert not restore("a", budget(kept=2)).remarks
    assert rows_of(connection) == ["a"]


def test_the_file_in_use_is_read_again(connection: Connection, ingest_bytes: Ingest, restore: Restore) -> None:
    load_all(ingest_bytes, budget(kept=2), "a")
    load_all(ingest_bytes, budget(kept=2), "a")

    assert not restore("a", budget(kept=2)).remarks


def test_kept_tables_go_with_their_dataset(connection: Connection, ingest_bytes: Ingest, select: Select) -> None:
    load_all(ingest_bytes, budget(kept=2), "a", "b")
    remove(connection, KEY, declared=[])

    assert select("SELECT * FROM operations.kept_table") == []
    assert select(f"SELECT * FROM pg_namespace WHERE nspname = '{KEY}'") == []
