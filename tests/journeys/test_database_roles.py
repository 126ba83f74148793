"""Both halves do their work in the roles of infra/database_roles.sql, and each role can do nothing else."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import psycopg
import pytest

from dss_assets.database import Database
from dss_assets.retention import RetentionSettings, kinds
from dss_assets.storage import Storage
from infra.local.ports import free_port
from infra.local.postgres import Postgres
from tests.conftest import REPOSITORY, add_hawk_client, migrate
from tests.journeys.client import read_table
from tests.journeys.conftest import READER_ID, READER_KEY
from tests.journeys.world import World
from tests.parts.site import ADMINISTRATOR, UPLOADER, Site, Visitor, id_in, running_sso, running_web
from tests.parts.worker import running_worker
from tests.published import exporter_line, exporters_zip

ROLES = (REPOSITORY / "infra/database_roles.sql").read_text()
DATABASE = "roles"
EXPORTERS, UPLOADS, DELETIONS = "hmrc__exporters__files", "uploads__files", "uploads__deletions"


@pytest.fixture
def owner_url(postgres_server: Postgres) -> Iterator[str]:
    """A database whose roles were set up as the file says: before the first migration and after it."""
    postgres_server.create_database(DATABASE)
    url = postgres_server.url(DATABASE)
    run(url, ROLES)
    migrate(as_role(url, "dss_owner"))
    run(url, ROLES)
    yield url
    postgres_server.drop_database(DATABASE)


def as_role(url: str, role: str) -> str:
    return url.replace("postgres@", f"{role}@")


def run(url: str, statements: str) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(statements.encode())


@pytest.fixture
def database_url(owner_url: str) -> str:
    """The database as the assets half reaches it."""
    return as_role(owner_url, "dss_assets")


@pytest.fixture
def site(owner_url: str, storage_url: str, static_folder: Path, tmp_path: Path) -> Iterator[Site]:
    """The web app and its worker in their role."""
    web = as_role(owner_url, "dss_web")
    add_hawk_client(owner_url, READER_ID, READER_KEY, ["*"])
    web_port = free_port()
    with (
        running_sso(tmp_path, f"http://127.0.0.1:{web_port}") as sso_url,
        running_web(tmp_path, static_folder, web, storage_url, sso_url, web_port) as site,
        running_worker(tmp_path, web, storage_url),
    ):
        yield Site(site.url, sso_url, owner_url, storage_url, site.log)


@pytest.fixture
def web_url(site: Site) -> str:
    """Where the world finds the web app."""
    return site.url


def exporters(*companies: str) -> bytes:
    return exporters_zip(exporters1601="".join(exporter_line("201601", company, "11111111") for company in companies))


def load(world: World, person: Visitor, dataset: str, content: str, **choice: str) -> str:
    """Upload, confirm and load a version; its id."""
    file_id = id_in(person.upload(dataset, content).url)
    page = person.post(f"{dataset}verify/{file_id}/", {"accept-changes": "yes", **choice})
    assert page.ok, page.text
    if "/load/" in page.url:
        person.post(f"{dataset}load/{file_id}/", {"accept": "yes"})
    (done,) = world.look(UPLOADS)
    assert done.success, page.url
    copy(world)
    return file_id


def copy(world: World) -> None:
    """Let data-flow copy what is loaded, also what had to wait for an earlier copy."""
    for _ in range(2):
        world.wait_for_dataflow()
        world.look("dataflow__runs")


def test_files_and_uploads_are_loaded_read_changed_and_deleted(world: World, site: Site) -> None:
    # A load replaces tables, and what it makes can be read at once.
    for companies in (["First Ltd"], ["First Ltd", "Second Ltd"]):
        world.publish("hmrc/exporters", "exporters1601.zip", exporters(*companies))
        (done,) = world.look(EXPORTERS)
        assert done.success
        assert len(read_table(world, "hmrc.exporters", "L1")) == len(companies)
    copy(world)
    assert len(world.rows('SELECT * FROM "hmrc"."exporters"', world.datasets_url)) == 2

    person, administrator = site.login(UPLOADER), site.login(ADMINISTRATOR)
    dataset = person.create_dataset()
    first = load(world, person, dataset, "name,amount\nPens,1\nInk,2\n")
    load(world, person, dataset, "name,amount\nPens,3\n")
    person.post(f"{dataset}restore/{first}/")
    (restored,) = world.look(UPLOADS)
    assert restored.success
    name = dataset.split("/")[3].replace("-", ".", 1)
    assert [row["amount"] for row in read_table(world, name, "L0")] == [1, 2]
    assert "Pens" in person.get(f"{dataset}version/{first}/clean/").text
    for path in ("/upload/", dataset, f"{dataset}version/{first}/", f"{dataset}compare/", f"{dataset}columns/"):
        assert person.get(path).status_code == 200, path
    for path in ("", "registry/datafile/", "registry/uploadevent/", "hawk/hawkclient/", "accounts/user/"):
        assert administrator.get(f"/admin/{path}").status_code == 200, path
    copy(world)

    person.post(f"{dataset}delete/", {"name": name})
    world.tick(DELETIONS)
    assert site.sql("SELECT state FROM operations.deletion") == [("done",)]
    log = site.log.read_text() + (site.log.parent / "worker.log").read_text()
    assert "permission denied" not in log


@pytest.mark.parametrize(
    ("role", "statement"),
    [
        ("dss_web", "CREATE TABLE public.mine ()"),
        ("dss_web", "CREATE SCHEMA mine"),
        ("dss_web", 'DROP TABLE "a.b"."L0"'),
        ("dss_web", 'INSERT INTO "a.b"."L0" VALUES (1)'),
        ("dss_web", "ALTER TABLE operations.dataset ADD COLUMN mine text"),
        ("dss_web", "DELETE FROM operations.upload_event"),
        ("dss_web", "DELETE FROM public.django_migrations"),
        ("dss_assets", "SELECT FROM operations.hawk_key"),
        ("dss_assets", "SELECT id FROM public.hawk_users"),
        ("dss_assets", "SELECT FROM public.accounts_user"),
        ("dss_assets", "SELECT session_data FROM public.django_session"),
        ("dss_assets", "DROP TABLE operations.dataset"),
        ("dss_reader", "SELECT FROM operations.dataset"),
        ("dss_reader", "SELECT FROM public.accounts_user"),
        ("dss_reader", 'DELETE FROM "a.b"."L0"'),
        ("dss_reader", "CREATE TEMPORARY TABLE mine ()"),
    ],
)
def test_a_role_can_do_nothing_else(roles_database: str, role: str, statement: str) -> None:
    with psycopg.connect(as_role(roles_database, role)) as connection:
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute(statement.encode())
        connection.rollback()
        if role != "dss_assets":
            assert connection.execute('SELECT a FROM "a.b"."L0"').fetchall() == [(1,)]
            assert connection.execute('SELECT a FROM "old.one"."L1"').fetchall() == [(2,)]


def test_what_is_old_is_removed_in_the_role_of_the_loads(roles_database: str, storage_url: str) -> None:
    storage = Storage(storage_url, "datasets", "uploads")
    with Database(as_role(roles_database, "dss_assets")).connect("test") as connection:
        for kind in kinds(RetentionSettings()):
            kind.remove(connection, storage, datetime.now(UTC))


@pytest.fixture(scope="module")
def roles_database(postgres_server: Postgres, migrated_template: str) -> Iterator[str]:
    """A database that was in use before it had roles: all in it belongs to one user."""
    postgres_server.create_database("roles_later", template=migrated_template)
    url = postgres_server.url("roles_later")
    run(
        url,
        'CREATE SCHEMA "old.one"; CREATE TABLE "old.one"."L0" (id bigint GENERATED BY DEFAULT AS IDENTITY, a int);'
        ' INSERT INTO "old.one"."L0" (a) VALUES (2); CREATE VIEW "old.one"."L1" AS SELECT a FROM "old.one"."L0"',
    )
    run(url, ROLES)
    run(
        as_role(url, "dss_assets"),
        'CREATE SCHEMA "a.b"; CREATE TABLE "a.b"."L0" (a int); INSERT INTO "a.b"."L0" VALUES (1)',
    )
    # What was there belongs to the loads from now on.
    run(
        as_role(url, "dss_assets"),
        'ALTER TABLE "old.one"."L0" ADD COLUMN b int; INSERT INTO "old.one"."L0" (a) VALUES (3)',
    )
    run(as_role(url, "dss_assets"), 'DELETE FROM "old.one"."L0" WHERE a = 3')
    yield url
    postgres_server.drop_database("roles_later")
