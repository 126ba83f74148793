"""The real parts on which the tests stand: Postgres, and storage in a folder and on an S3 server.

Each worker of pytest-xdist has its own Postgres and, once a test asks for it, its own S3 server.
"""

import base64
import os
import signal
import subprocess
import sys
import uuid
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from cryptography.fernet import Fernet

from infra.local.ports import free_port, wait_for_port
from infra.local.postgres import Keeping, Postgres
from infra.local.process import Process
from tests.parts.thrown_away import postgres_folder

pytest_plugins = [
    "tests.parts.api_fixtures",
    "tests.parts.assets_fixtures",
    "tests.parts.browser_fixtures",
    "tests.parts.client_fixtures",
    "tests.parts.dagster_fixtures",
    "tests.parts.export_fixtures",
    "tests.parts.site_fixtures",
    "tests.parts.unruly_fixtures",
]

# A shell that starts the tests in the background has them ignore SIGINT, and so whatever they start. Dagster treats
# SIGTERM as SIGINT, and would not stop when it is asked to.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

REPOSITORY = Path(__file__).parent.parent
TEMPLATE = "migrated"
# Files that take a minute or more, by the names below tests/. They come first: one that came last would have one worker
# of pytest-xdist work while the other has nothing left.
LONG_FILES = (
    "local/test_up.py",
    "journeys/test_whole_service.py",
    "local/test_reload.py",
    "journeys/test_accessibility.py",
    "arrivals/test_in_browser.py",
    "uploads/test_proxy_answers.py",
    "registry/test_vanished_host.py",
    "local/test_ports.py",
    "journeys/test_published_files.py",
    "docs/test_openapi_conformance.py",
    "worker/test_tasks.py",
)
BUCKET = "data-store-service"
REGION = "eu-west-2"
ENCRYPTION_KEY = base64.urlsafe_b64encode(b"the key of tests, of 32 bytes: 0").decode()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put long files first."""
    places = {REPOSITORY / "tests" / name: place for place, name in enumerate(LONG_FILES)}
    items.sort(key=lambda item: places.get(item.path, len(places)))


def web_environment(database_url: str, storage_url: str) -> dict[str, str]:
    """The environment of a process of the web half, with nobody behind its SSO."""
    return {
        **os.environ,
        "DSS_DATABASE_URL": database_url,
        "S3_BUCKET_URL": storage_url,
        "DSS_APP_SECRET_KEY": "a key for tests alone, of more than fifty characters: 0123456789",
        "DSS_HAWK_ENCRYPTION_KEYS": ENCRYPTION_KEY,
        "DSS_ALLOWED_HOSTS": "127.0.0.1,localhost",
        "DSS_WEB_URL": "http://127.0.0.1:8000",
        "AUTHBROKER_URL": "http://127.0.0.1:9",
        "AUTHBROKER_CLIENT_ID": "tests",
        "AUTHBROKER_CLIENT_SECRET": "tests",
    }


def add_hawk_client(database_url: str, identifier: str, key: str, scopes: list[str]) -> None:
    """Let a client in, as the database has it. One that is there already gets the scopes, and keeps its keys."""
    secret = Fernet(ENCRYPTION_KEY).encrypt(key.encode()).decode()
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute(
            "INSERT INTO hawk_users (id, scope, description) VALUES (%s, %s, '')"
            " ON CONFLICT (id) DO UPDATE SET scope = excluded.scope",
            [identifier, scopes],
        )
        connection.execute(
            "INSERT INTO operations.hawk_key (client_id, secret) SELECT %s, %s"
            " WHERE NOT EXISTS (SELECT FROM operations.hawk_key WHERE client_id = %s)",
            [identifier, secret, identifier],
        )


def migrate(database_url: str) -> None:
    """Make the service's own tables in an empty database."""
    migrated = subprocess.run(
        [sys.executable, REPOSITORY / "manage.py", "migrate", "--skip-checks", "--verbosity", "0"],
        env=web_environment(database_url, "file:///nowhere"),
        capture_output=True,
        text=True,
        check=False,
    )
    assert migrated.returncode == 0, migrated.stdout + migrated.stderr


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[Postgres]:
    """A Postgres of this worker's own. Its data do not survive the tests, nor a crash of the machine."""
    with postgres_folder() as folder:
        server = Postgres(folder / "postgres", keeping=Keeping.THROWN_AWAY)
        try:
            server.start()
            yield server
        finally:
            server.remove()


@pytest.fixture(scope="session")
def migrated_template(postgres_server: Postgres) -> str:
    """The name of a database with the service's own tables."""
    postgres_server.create_database(TEMPLATE)
    migrate(postgres_server.url(TEMPLATE))
    return TEMPLATE


@pytest.fixture
def database_url(postgres_server: Postgres, migrated_template: str) -> Iterator[str]:
    """A fresh, migrated database, dropped after the test."""
    name = f"test_{uuid.uuid4().hex}"
    postgres_server.create_database(name, template=migrated_template)
    yield postgres_server.url(name)
    postgres_server.drop_database(name)


@pytest.fixture
def storage_url(tmp_path: Path) -> str:
    """An empty folder as storage."""
    folder = tmp_path / "storage"
    folder.mkdir()
    return folder.as_uri()


@pytest.fixture(scope="session")
def s3_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The endpoint of moto's S3 server, a real one over HTTP, with an empty bucket."""
    port = free_port()
    program = "import sys; from moto.server import main; main(sys.argv[1:])"
    process = Process(
        "s3",
        [sys.executable, "-c", program, "--host", "127.0.0.1", "--port", str(port)],
        tmp_path_factory.mktemp("s3") / "s3.log",
        {**os.environ, "AWS_ACCESS_KEY_ID": "tests", "AWS_SECRET_ACCESS_KEY": "tests"},
    )
    process.start()
    try:
        wait_for_port(process, port)
        _make_bucket(f"http://127.0.0.1:{port}")
        yield f"http://127.0.0.1:{port}"
    finally:
        process.stop(timeout_seconds=2)


@pytest.fixture
def s3_storage_url(s3_server: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """An empty prefix in a bucket of a real S3 server, and the environment by which it is reached."""
    for name, value in {
        "AWS_ENDPOINT_URL": s3_server,
        "AWS_ALLOW_HTTP": "true",
        "AWS_ACCESS_KEY_ID": "tests",
        "AWS_SECRET_ACCESS_KEY": "tests",
        "AWS_REGION": REGION,
        "AWS_DEFAULT_REGION": REGION,
    }.items():
        monkeypatch.setenv(name, value)
    return f"s3://{BUCKET}/{uuid.uuid4().hex}"


def _make_bucket(endpoint: str) -> None:
    import boto3  # noqa: PLC0415 takes half a second, and only the S3 tests need it

    client = boto3.client(
        "s3", endpoint_url=endpoint, region_name=REGION, aws_access_key_id="tests", aws_secret_access_key="tests"
    )
    client.create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": REGION})


@pytest.fixture(params=["file", "s3"])
def any_storage_url(request: pytest.FixtureRequest) -> str:
    """An empty storage: the same test runs over a folder and over S3."""
    return str(request.getfixturevalue("storage_url" if request.param == "file" else "s3_storage_url"))
