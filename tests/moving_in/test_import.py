"""What the Flask service has is here after an import, and its clients notice nothing."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from dss_assets.database import Connection, Database
from dss_assets.datasets import EXPORTERS, POSTCODE_DIRECTORY, REFERENCE_POSTCODES
from dss_assets.ingestion import Ingested, ingest
from dss_assets.storage import Storage
from dss_assets.uploads import find, ingest_upload
from infra.local.postgres import Postgres
from tests.moving_in import former_service
from tests.moving_in.former_service import CURRENT, DELIVERING, FAILED, FIRST, WAITING, execute, select
from tests.moving_in.world import World, new_world, outcomes, remarks
from tests.parts.service import Client, Service, running
from tests.published import ONS_COLUMNS, exporter_line, exporters_zip, ons_row, ons_zip, postcode_row, postcodes_csv

Report = dict[str, dict[str, Any]]


@pytest.fixture(scope="module")
def world(
    postgres_server: Postgres, migrated_template: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[World]:
    with new_world(postgres_server, migrated_template, tmp_path_factory.mktemp("world")) as world:
        yield world


@pytest.fixture(scope="module")
def dry_run(world: World) -> tuple[Report, list[int]]:
    """What a dry run says, and how many rows our tables have after it."""
    report = world.import_it()
    tables = ("hawk_users", "pipeline", "pipeline_data_file", "operations.datafile_registry", "operations.moved_in")
    counts = [select(world.ours, f"SELECT count(*)::int FROM {table}")[0][0] for table in tables]
    return report, counts


@pytest.fixture(scope="module")
def report(world: World, dry_run: tuple[Report, list[int]]) -> Report:
    """What the import says."""
    return world.import_it("--apply")


@pytest.fixture(scope="module")
def service(world: World, report: Report, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    with running(world.ours, tmp_path_factory.mktemp("web")) as service:
        yield service


@pytest.fixture
def connection(world: World, report: Report) -> Iterator[Connection]:
    with Database(world.ours).connect("test") as connection:
        yield connection


def client(service: Service, identifier: str, key: str) -> Client:
    return Client(service.url, identifier, key)


def load(connection: Connection, world: World, dataset: Any, name: str, content: bytes) -> Ingested:
    storage = Storage(world.our_storage, "datasets", "uploads")
    path = storage.dataset_path(dataset.organisation, dataset.name, name)
    return ingest(connection, storage, dataset, name, "a run", lambda _: (storage.put(path, [content]), "v2"))


def test_a_dry_run_says_what_an_import_does_and_changes_nothing(
    dry_run: tuple[Report, list[int]], report: Report, world: World
) -> None:
    told, counts = dry_run

    assert {step: outcomes(things) for step, things in told.items()} == {
        step: outcomes(things) for step, things in report.items()
    }
    assert set(counts) == {0}


def test_the_report_names_what_did_not_come_and_what_is_odd(report: Report) -> None:
    not_brought = {
        (step, name) for step, things in report.items() for name, what in outcomes(things).items() if what != "new"
    }

    assert not_brought == {
        ("API clients", "two words"),
        ("Uploaded datasets", "hmrc.exporters"),
        ("Tables of datasets", "ops"),
        ("Files that are loaded", "world_bank.tariff.transformed (no file)"),
        ("Files that are loaded", "dit.spire.batch batch.csv"),
    }
    clients, tables = report["API clients"], report["Tables of datasets"]
    assert "6 characters" in remarks(clients, "short")
    assert "no key" in remarks(clients, "keyless")
    assert "'Not A Scope'" in remarks(clients, "old-route")
    assert "list_of_yesterday" in remarks(clients, "old-route")
    assert "Organisation must start with a letter" in remarks(report["Uploaded datasets"], "2024_x.first")
    assert "dbt-grants-5" in remarks(report["Uploaded datasets"], "dbt.grants_old")
    assert "exporters1601.zip" in remarks(tables, "hmrc.exporters")
    assert "The ids of L1 change" in remarks(tables, "world_bank.bound_rates")
    assert "2 rows" in remarks(tables, "comtrade.country_code_and_iso")
    assert "Values are not" not in str(tables)
    assert "where it had" not in str(tables)
    files = report["Files that are loaded"]
    assert "not in the storage" in remarks(files, "dit.reference_postcodes first.csv")
    assert "none of its rows" in remarks(files, "hmrc.exporters exporters1511.zip")


def test_a_client_signs_with_its_old_key_and_goes_on_where_it_was(service: Service, world: World) -> None:
    reader = client(service, "data-flow", "a-key-of-data-flow-0123456789")
    last = service.url + "/api/v1/table-data/hmrc.exporters/L1?orientation=records&next-id=11"
    rows: list[dict[str, Any]] = []
    while last:
        page = reader.get(last).json()
        rows += page["results"]
        last = page["next"]

    expected = select(
        world.theirs,
        "SELECT jsonb_build_object('id', id, 'datetime', datetime, 'company_name', company_name, 'address', address,"
        " 'postcode', postcode, 'export_item_codes', export_item_codes)"
        ' FROM "hmrc.exporters"."L1" WHERE id >= 11 ORDER BY id',
    )
    assert rows == [{**row, "data_source_row_id": row["id"]} for (row,) in expected]


def test_other_clients_read_what_they_read_before(service: Service, world: World) -> None:
    postcodes = client(service, "postcodes", "another-key-of-24-letters")
    short = client(service, "short", "secret")

    (row,) = postcodes.get("/api/v1/get-postcode-data/?postcode=ab10ac&orientation=records").json()["results"]
    assert row["localAuthorityDistrictCode"] == "local_authority_district_code of AB1 0AC"
    ons = postcodes.get("/api/v1/get-ons-postcodes/?orientation=records&next-id=2").json()["results"]
    assert [(row["id"], row["pcds"], row["dointr"], row["publication_date"]) for row in ons] == [
        (2, "AB1 0AB", None, "2019-08-01"),
        (3, "AB1 0AA", "1980-01-01", "2019-11-01"),
    ]
    assert list(ons[0]) == ["id", *ONS_COLUMNS, "publication_date"]
    assert postcodes.get("/api/v1/table-data/dbt.grants/L0").status_code == 403
    rates = short.rows("world_bank.bound_rates", "L1")
    assert [(row["data_source_row_id"], row["product"], row["bound_rate"]) for row in rates] == [
        (2, 201, 7.5),
        (3, 202, 3),
    ]
    grants = short.get("/api/v1/table-data/dbt.grants/L0?next-id=24").json()
    assert grants["headers"] == ["id", "amount", "name", "awarded"]
    assert grants["values"] == [[24, 240, "grant 24", "2023-01-25"], [25, 250, "grant 25", "2023-01-26"]]
    assert short.rows("spire", "applications")[0]["ela_grp_id"] == 3
    assert short.rows("world_bank.tariff", "L1")[0]["assumed_tariff"] == 30
    assert short.rows("dit.baci", "L1") == []


def test_keys_are_encrypted_here(world: World, report: Report) -> None:
    rows = select(world.ours, "SELECT secret FROM operations.hawk_key WHERE client_id IN ('short', 'keyless')")
    notes = select(world.ours, "SELECT theirs, ours FROM operations.moved_in WHERE name = 'short'")

    assert [str(secret).startswith("gAAAAA") for (secret,) in rows] == [True]
    assert "secret" not in str(notes)


def test_uploads_are_at_the_state_at_which_they_were(world: World, report: Report) -> None:
    versions = select(
        world.ours,
        "SELECT id::text, state, column_names, rows, size IS NOT NULL, uploaded_at::text FROM pipeline_data_file"
        " ORDER BY id",
    )

    names = ["amount", "name", "awarded"]
    assert [version[:5] for version in versions] == [
        (FIRST, "completed", names, None, True),
        (CURRENT, "completed", names, former_service.GRANTS, True),
        (FAILED, "failed", None, None, False),
        (DELIVERING, "processing_dataflow", ["customer", "value"], 2, True),
        (WAITING, "failed", None, None, True),
    ]
    assert str(versions[0][5]).startswith("2023-01-02 10:00:00")


def test_the_registry_says_what_is_loaded_and_whom_data_flow_waits_for(world: World, report: Report) -> None:
    rows = select(
        world.ours,
        "SELECT file_name, state, rows::int, loaded_digest <> '', error_message, concerns_dataflow"
        " FROM operations.datafile_registry WHERE source IN ('hmrc.exporters', 'dit.reference_postcodes',"
        " 'comtrade.country_code_and_iso', 'dbt.order_book') ORDER BY source, file_name",
    )

    assert rows == [
        ("countries.csv", "due", None, False, None, True),
        (DELIVERING, "processed", 2, True, None, True),
        ("first.csv", "processed", 2, False, None, False),
        ("second.csv", "processed", 1, True, None, False),
        ("exporters1511.zip", "due", None, False, None, True),
        ("exporters1512.zip", "failed", None, False, "BadZipFile", True),
        ("exporters1601.zip", "processed", 20, True, None, False),
        ("exporters1602.zip", "processed", 20, True, None, False),
        ("exporters1603.zip", "due", None, False, None, True),
    ]


def test_files_are_copied_under_their_paths_without_the_copies_of_uploads(world: World, report: Report) -> None:
    folder = Path(world.our_storage.removeprefix("file://"))
    copied = {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}

    copy = f"datasets/dbt/grants/{CURRENT}"
    assert copied.items() >= {(path, content) for path, content in former_service.FILES.items() if path != copy}
    assert copy not in copied


def test_a_published_dataset_takes_its_next_file(connection: Connection, world: World) -> None:
    content = exporters_zip(january=exporter_line("201605", "New Company", "01234567"))

    loaded = load(connection, world, EXPORTERS, "exporters1605.zip", content)

    assert loaded.rows == 1
    rows = connection.execute('SELECT id, company_name FROM "hmrc.exporters"."L1" ORDER BY id DESC LIMIT 1').fetchall()
    # Behind the last number that the Flask service gave, of a file that had failed there.
    assert rows == [(171, "new company")]


def test_the_next_edition_is_loaded_beside_those_that_were_brought(connection: Connection, world: World) -> None:
    load(connection, world, POSTCODE_DIRECTORY, "ONSPD_MAY_2019_UK.zip", ons_zip(ons_row("AB1 0AD")))

    rows = connection.execute(
        'SELECT id, pcds, publication_date::text FROM "ons.postcode_directory"."L1" ORDER BY id'
    ).fetchall()
    assert [row[2] for row in rows] == ["2019-08-01", "2019-08-01", "2019-11-01", "2019-05-01"]
    assert rows[-1][:2] == (4, "AB1 0AD")


def test_a_snapshot_knows_its_rows_again(connection: Connection, world: World) -> None:
    load(connection, world, REFERENCE_POSTCODES, "third.csv", postcodes_csv(*map(postcode_row, ("AB1 0AB", "AB1 0AD"))))

    rows = connection.execute('SELECT id, postcode FROM "dit.reference_postcodes"."L1" ORDER BY id').fetchall()
    assert [postcode for _, postcode in rows] == ["AB1 0AA", "AB1 0AB", "AB1 0AC", "AB1 0AD"]
    assert [number for number, _ in rows][:3] == [1, 2, 3]


def test_an_earlier_version_of_an_upload_can_be_restored(connection: Connection, world: World) -> None:
    connection.execute("UPDATE pipeline_data_file SET state = 'verified' WHERE id = %s", [FIRST])
    storage = Storage(world.our_storage, "datasets", "uploads")

    restored = ingest_upload(connection, storage, find(connection, FIRST), "a run", 2)

    assert restored.rows == 1
    assert connection.execute('SELECT amount, name FROM "dbt.grants"."L0"').fetchall() == [(10, "one")]


def test_a_second_import_brings_what_changed_there_and_leaves_what_changed_here(world: World, report: Report) -> None:
    execute(
        world.theirs,
        "UPDATE hawk_users SET description = 'renamed there' WHERE id IN ('short', 'postcodes')",
        "INSERT INTO hawk_users VALUES ('late', 'a-key-that-came-late-1', '{*}')",
        f"UPDATE pipeline_data_file SET state = 'completed', processed_at = now() WHERE id = '{DELIVERING}'",
        'INSERT INTO "dbt.order_book"."L0" (customer) VALUES (\'B\')',
        'INSERT INTO "dbt.grants"."L0" (amount) VALUES (1)',
    )
    execute(
        world.ours,
        "UPDATE hawk_users SET description = 'renamed here' WHERE id = 'postcodes'",
        'DELETE FROM "dbt.grants"."L0" WHERE id = (SELECT max(id) FROM "dbt.grants"."L0")',
    )
    theirs, ours = (Path(url.removeprefix("file://")) for url in (world.their_storage, world.our_storage))
    (theirs / "datasets" / "late").mkdir()
    (theirs / "datasets" / "late" / "file.csv").write_bytes(b"late")
    (ours / "datasets" / "late").write_text("no folder, so that the file cannot be written")

    broken = world.run("manage.py", "import_flask_service", "--apply")
    (ours / "datasets" / "late").unlink()
    done = world.import_it("--apply")

    assert broken.returncode == 1
    assert "A storage is out of reach" in broken.stderr
    assert "late: " not in broken.stdout  # what is new and fine needs no word
    clients = outcomes(done["API clients"])
    # The run that was broken off had brought these.
    assert (clients["late"], clients["short"], clients["postcodes"]) == ("as before", "as before", "left as it is here")
    assert "here and in the Flask service" in remarks(done["API clients"], "postcodes")
    descriptions = select(
        world.ours, "SELECT description FROM hawk_users WHERE id IN ('postcodes', 'short') ORDER BY id"
    )
    assert descriptions == [("renamed here",), ("renamed there",)]
    assert outcomes(done["Uploaded files"])[DELIVERING] == "updated"
    tables = outcomes(done["Tables of datasets"])
    assert (tables["dbt.order_book"], tables["dbt.grants"]) == ("updated", "left as it is here")
    assert tables["dit.baci"] == "as before"
    assert outcomes(done["Files"])["datasets/late/file.csv"] == "new"
    assert select(world.ours, 'SELECT count(*)::int FROM "dbt.order_book"."L0"') == [(3,)]
