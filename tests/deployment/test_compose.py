"""The services of docker-compose.yml do their work together, started by the very commands that stand there."""

import json
import shutil
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
import requests

from infra.local.postgres import Postgres
from tests.conftest import REPOSITORY
from tests.deployment.compose import Composed, read_services
from tests.deployment.image import Image

DATABASES = ("dss", "dagster", "datasets")
ARRIVAL_SECONDS = 60


@pytest.fixture(scope="module")
def databases(postgres_server: Postgres) -> Iterator[Postgres]:
    """The databases as the Postgres container makes them: one by its environment, the others by the script."""
    postgres_server.create_database(str(read_services()["postgres"]["environment"]["POSTGRES_DB"]))
    with psycopg.connect(postgres_server.url("postgres"), autocommit=True) as connection:
        for statement in (REPOSITORY / "infra/databases.sql").read_bytes().split(b";\n"):
            connection.execute(statement)
    yield postgres_server
    for database in DATABASES:
        postgres_server.drop_database(database)


@pytest.fixture(scope="module")
def composed(databases: Postgres) -> Iterator[Composed]:
    """Everything, healthy."""
    root = Path(tempfile.mkdtemp(prefix="dss-image-"))
    composed = Composed(Image("local", root), root / "logs", databases.port)
    try:
        composed.start()
        yield composed
    finally:
        composed.stop()
        shutil.rmtree(root)


def test_the_web_app_answers_and_has_its_static_files(composed: Composed) -> None:
    assert requests.get(composed.url("8000", "/healthcheck/"), timeout=10).json() == {"status": "OK"}
    static = json.loads((composed.image.root / "opt/static/staticfiles.json").read_text())["paths"]
    style = next(hashed for hashed in static.values() if hashed.endswith(".css"))
    assert requests.get(composed.url("8000", f"/static/{style}"), timeout=10).status_code == 200


def test_a_person_is_sent_to_the_sso_stand_in_and_finds_its_login_page(composed: Composed) -> None:
    login = requests.get(composed.url("8000", "/upload/"), timeout=10)
    assert login.url.startswith(composed.url("5001", "/login/"))
    assert "Ursula Uploader" in login.text


def test_dagsters_webserver_reaches_the_code_server(composed: Composed) -> None:
    assert "dagster_webserver_version" in requests.get(composed.url("3000", "/server_info"), timeout=10).json()
    query = "{ repositoriesOrError { ... on RepositoryConnection { nodes { location { name } } } } }"
    answer = requests.post(composed.url("3000", "/graphql"), json={"query": query}, timeout=30).json()
    assert [node["location"]["name"] for node in answer["data"]["repositoriesOrError"]["nodes"]] == [
        "data-store-service"
    ]


def test_the_code_server_and_the_daemon_are_healthy(composed: Composed) -> None:
    assert composed.is_healthy("code-server")
    assert composed.is_healthy("dagster-daemon")


def test_a_healthcheck_fails_where_nothing_answers(composed: Composed) -> None:
    composed.processes["publisher"].stop()
    try:
        assert not composed.is_healthy("publisher")
    finally:
        composed.processes["publisher"].start()


def test_files_of_the_publisher_reach_the_datasets_database_through_all_services(
    composed: Composed, databases: Postgres
) -> None:
    deadline = time.monotonic() + ARRIVAL_SECONDS
    while missing := [
        table for table in ("ons.postcode_directory", "hmrc.exporters") if not has_rows(databases, table)
    ]:
        told = requests.get(composed.url("5002"), timeout=10).text
        assert time.monotonic() < deadline, f"{missing} did not arrive; data-flow says: {told}"
        time.sleep(0.5)


def test_files_in_the_s3_server_outlive_it(composed: Composed) -> None:
    listing = composed.url("9000", "/data-store-service?list-type=2")
    deadline = time.monotonic() + ARRIVAL_SECONDS
    while "exporters2405.zip" not in (before := requests.get(listing, timeout=10).text):
        assert time.monotonic() < deadline, before
        time.sleep(0.5)
    server = composed.processes["s3"]
    server.stop()
    server.start()
    while not composed.is_healthy("s3"):
        assert server.is_running, server.log_tail()
    assert "exporters2405.zip" in requests.get(listing, timeout=10).text


def has_rows(databases: Postgres, table: str) -> bool:
    with psycopg.connect(databases.url("datasets")) as connection:
        found = connection.execute("SELECT to_regclass(%s) IS NOT NULL", [table]).fetchone()
        return found == (True,) and connection.execute(f"SELECT FROM {table} LIMIT 1".encode()).fetchone() is not None
