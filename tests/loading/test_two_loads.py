"""Two files of one dataset that are loaded at the same moment."""

import threading

import psycopg
import pytest

from dss_assets.database import Connection, Database
from dss_assets.datasets import EXPORTERS
from dss_assets.errors import InvalidFile
from dss_assets.ingestion import ingest
from dss_assets.registry import Entry
from dss_assets.storage import Storage, StoredFile
from tests.parts.waiting import PATIENCE_SECONDS, wait_until
from tests.published import exporter_line, exporters_zip

# More than a chunk of a member, so that neither file is copied in one write.
LINES = 30_000
WAITING = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"


def wait_for_locks(database_url: str, number: int) -> None:
    """Until so many sessions of the database wait for a lock."""
    with psycopg.connect(database_url, autocommit=True) as connection:
        wait_until(lambda: connection.execute(WAITING).fetchone() == (number,), f"{number} loads wait for a lock")


def load_before(database_url: str, storage: Storage) -> None:
    """Load a first file, so that the tables are there."""
    path = storage.dataset_path("hmrc", "exporters", "before.zip")
    before = exporters_zip(exporters=exporter_line("201601", "Before", "1"))
    with Database(database_url).connect("before") as connection:
        ingest(connection, storage, EXPORTERS, "before.zip", "", lambda _: (storage.put(path, [before]), "v1"))


def test_the_ids_of_each_file_follow_one_another(database_url: str, storage: Storage) -> None:
    contents = {
        name: exporters_zip(exporters="".join(exporter_line(month, f"{name} {row}", "1") for row in range(LINES)))
        for name, month in (("one.zip", "201601"), ("two.zip", "201602"))
    }
    errors: list[BaseException] = []

    def load(name: str) -> None:
        path = storage.dataset_path("hmrc", "exporters", name)
        try:
            with Database(database_url).connect(f"load of {name}") as connection:
                ingest(connection, storage, EXPORTERS, name, "", lambda _: (storage.put(path, [contents[name]]), "v1"))
        except BaseException as error:
            errors.append(error)

    load_before(database_url, storage)
    threads = [threading.Thread(target=load, args=[name]) for name in contents]
    with psycopg.connect(database_url) as holder:
        # Both loads have begun, and go on at the same moment.
        holder.execute('LOCK TABLE "hmrc.exporters"."L0.files" IN SHARE MODE')
        for thread in threads:
            thread.start()
        wait_for_locks(database_url, 2)
    for thread in threads:
        thread.join(PATIENCE_SECONDS)

    assert errors == []
    with psycopg.connect(database_url) as connection:
        ranges = connection.execute(
            "SELECT file.datafile_created, last_id - first_id + 1, count(*)"
            ' FROM "hmrc.exporters"."L0.files" AS file JOIN "hmrc.exporters"."L0" AS row'
            " ON row.id BETWEEN first_id AND last_id AND row.datafile_created = file.datafile_created"
            " WHERE file.datafile_created <> 'before.zip' GROUP BY 1, 2 ORDER BY 1"
        ).fetchall()
    assert ranges == [("one.zip", LINES, LINES), ("two.zip", LINES, LINES)]


def test_a_file_is_not_stored_anew_while_it_is_loaded(database_url: str, storage: Storage) -> None:
    """A load reads the bytes while it copies them: those of another version would mix with them."""
    path = storage.dataset_path("hmrc", "exporters", "one.zip")
    content = exporters_zip(exporters=exporter_line("201601", "One", "1"))
    stored: list[str] = []

    def load(version: str) -> None:
        def store(_: Entry | None) -> tuple[StoredFile, str]:
            stored.append(version)
            return storage.put(path, [content]), version

        with Database(database_url).connect(f"load of {version}") as connection:
            ingest(connection, storage, EXPORTERS, "one.zip", "", store)

    load_before(database_url, storage)
    threads = [threading.Thread(target=load, args=[version]) for version in ("v1", "v2")]
    with psycopg.connect(database_url) as holder:
        holder.execute('LOCK TABLE "hmrc.exporters"."L0.files" IN SHARE MODE')
        threads[0].start()
        wait_for_locks(database_url, 1)
        threads[1].start()
        wait_for_locks(database_url, 2)
        assert stored == ["v1"]
    for thread in threads:
        thread.join(PATIENCE_SECONDS)
    assert stored == ["v1", "v2"]


def test_ids_follow_one_another_and_only_grow_whichever_session_has_some_in_stock(
    database_url: str, storage: Storage
) -> None:
    """Until its first file is loaded, a table gives its ids in stocks of a thousand."""

    def load(connection: Connection, name: str, lines: str) -> None:
        path = storage.dataset_path("hmrc", "exporters", name)
        content = [exporters_zip(exporters=lines)]
        ingest(connection, storage, EXPORTERS, name, "", lambda _: (storage.put(path, content), "v1"))

    bad = exporter_line("201699", "No month", "1")
    with Database(database_url).connect("one") as one, Database(database_url).connect("another") as another:
        for connection in (one, another):
            with pytest.raises(InvalidFile):
                load(connection, "bad.zip", bad)
        load(one, "one.zip", "".join(exporter_line("201601", f"Company {row}", "1") for row in range(1500)))
        load(another, "two.zip", exporter_line("201602", "Another", "1"))
        load(one, "three.zip", exporter_line("201603", "The last", "1"))

        ranges = one.execute(
            'SELECT datafile_created, min(id), max(id), count(*) FROM "hmrc.exporters"."L0" GROUP BY 1 ORDER BY 2'
        ).fetchall()
        files = one.execute('SELECT datafile_created, first_id, last_id FROM "hmrc.exporters"."L0.files" ORDER BY 2')
        assert files.fetchall() == [(name, first, last) for name, first, last, _ in ranges]

    start = ranges[0][1]
    assert ranges == [
        ("one.zip", start, start + 1499, 1500),
        ("two.zip", start + 1500, start + 1500, 1),
        ("three.zip", start + 1501, start + 1501, 1),
    ]
