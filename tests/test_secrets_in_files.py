"""Secrets come from files as well as from the environment, are never shown, and can be changed."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
import sqlalchemy
from django.core.signing import TimestampSigner
from psycopg.conninfo import conninfo_to_dict

from dss_assets.assets.pooled import PooledRunStorage
from dss_assets.database import Database
from dss_assets.delivery.by_copy import ByCopy
from dss_assets.delivery.configuration import connect
from dss_assets.resources import AssetsSettings, Service
from dss_web.configuration import WebSettings
from dss_web.shared.database_url import read_database_url
from dss_web.shared.former import FormerSettings
from dss_web.shared.settings import DatabaseUrl, EnvironmentSettings
from infra.dagster_ui import DagsterUiSettings
from infra.local.postgres import Postgres
from tests.conftest import REPOSITORY, web_environment

KINDS: list[type[EnvironmentSettings]] = [WebSettings, AssetsSettings, DagsterUiSettings]
NOWHERE = web_environment("postgresql://nowhere/x", "file:///nowhere")


def run(program: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """A process with the web half's settings besides these."""
    return subprocess.run(
        [sys.executable, "-c", program],
        cwd=REPOSITORY,
        env={name: value for name, value in {**NOWHERE, **environment}.items() if value},
        capture_output=True,
        text=True,
        check=False,
    )


SHOW = "from dss_web.configuration import web_settings; print(web_settings().%s)"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "secret"


def test_a_setting_is_read_from_the_file_that_is_named_without_the_end_of_its_line(file: Path) -> None:
    file.write_text("the key from a file\n")

    shown = run(SHOW % "dss_app_secret_key", DSS_APP_SECRET_KEY="", DSS_APP_SECRET_KEY_FILE=str(file))

    assert shown.stdout == "the key from a file\n", shown.stderr


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_each_setting_may_be_in_a_file(
    kind: type[EnvironmentSettings], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    values = {
        **{name: value for name, value in NOWHERE.items() if name.startswith(("DSS_", "AUTHBROKER_", "S3_"))},
        "DATAFLOW_BASE_URL": "https://airflow.example",
        "DATAFLOW_HAWK_ID": "dss",
        "DATAFLOW_HAWK_KEY": "a key",
        "DSS_SOURCE_KEYS": '{"comtrade": "a key of a publisher"}',
    }
    for name, value in values.items():
        monkeypatch.delenv(name, raising=False)
        (tmp_path / name).write_text(value + "\n")
        monkeypatch.setenv(f"{name}_FILE", str(tmp_path / name))
    from_files = kind.from_environment()
    for name, value in values.items():
        monkeypatch.delenv(f"{name}_FILE")
        monkeypatch.setenv(name, value)

    assert from_files == kind.from_environment()
    shown = repr(from_files)
    assert [
        name for name in kind.secret_names() if name in values and f"{name.lower()}='{values[name]}'" in shown
    ] == []


@pytest.mark.parametrize(
    ("content", "environment", "told"),
    [
        (None, {}, "could not be read from"),
        (b"\xff", {}, "it is not UTF-8"),
        (b"one", {"DSS_APP_SECRET_KEY": "another"}, "Both DSS_APP_SECRET_KEY and DSS_APP_SECRET_KEY_FILE are set"),
    ],
)
def test_a_file_that_cannot_be_the_setting_stops_the_process_with_a_sentence(
    file: Path, content: bytes | None, environment: dict[str, str], told: str
) -> None:
    if content is not None:
        file.write_bytes(content)

    stopped = run(SHOW % "dss_build", **{"DSS_APP_SECRET_KEY": "", **environment}, DSS_APP_SECRET_KEY_FILE=str(file))

    assert (stopped.returncode, told in stopped.stderr, "Traceback" in stopped.stderr) == (1, True, False)


def test_a_secret_of_rds_is_the_url_of_its_database(monkeypatch: pytest.MonkeyPatch) -> None:
    secret = {"engine": "postgres", "username": "dss web", "password": "p@ss/w:rd%", "host": "db.example", "port": 5433}

    assert read_database_url(json.dumps({**secret, "dbname": "dss"})) == (
        "postgresql://dss%20web:p%40ss%2Fw%3Ard%25@db.example:5433/dss"
    )
    # Of the users that RDS manages it keeps name and password alone.
    monkeypatch.setenv("PGHOST", "other.example")
    monkeypatch.setenv("PGDATABASE", "data")
    assert read_database_url('{"username": "u", "password": "p"}', "postgresql+psycopg2") == (
        "postgresql+psycopg2://u:p@other.example:5432/data"
    )


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("postgres//dss:MARK@db/dss", "neither a URL"),
        ('{"username": "MARK", "host": "db", "dbname": "dss"}', "has no password"),
        ('{"username": "dss", "password": "MARK"}', "no host or no dbname"),
        ('{"password": "MARK', "not JSON"),
    ],
)
def test_what_is_no_database_is_refused_without_showing_it(url: str, told: str) -> None:
    stopped = run(SHOW % "dss_build", DSS_DATABASE_URL=url)

    assert stopped.returncode == 1
    assert told in stopped.stderr
    assert "MARK" not in stopped.stderr


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_every_secret_says_that_it_is_one(kind: type[EnvironmentSettings]) -> None:
    for name, field in kind.model_fields.items():
        said = "secret" in (field.description or "").replace("client secret", "").replace("of a secret", "")
        by_name = name.endswith(("_key", "_keys", "_token", "_password", "_secret", "_key_fallbacks", "_mail_url"))
        assert (name.upper() in kind.secret_names()) >= (said or by_name), name


@pytest.fixture
def role(postgres_server: Postgres, database_url: str) -> Iterator[str]:
    """A user whose password is changed. Trust authentication takes any, so the name is changed with it."""
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute("CREATE ROLE second_user LOGIN SUPERUSER")
    yield "second_user"
    with psycopg.connect(postgres_server.url("postgres"), autocommit=True) as connection:
        connection.execute("DROP OWNED BY second_user")
        connection.execute("DROP ROLE second_user")


def as_rds(url: str) -> str:
    """The secret of RDS that means the same database."""
    parts = conninfo_to_dict(url)
    place = {name: parts[name] for name in ("host", "port", "dbname")}
    return json.dumps({"username": parts["user"], "password": "any", **place})


@pytest.mark.parametrize("setting", ["DSS_DATABASE_URL", "DSS_DATASETS_DATABASE_URL"])
def test_a_new_connection_is_opened_as_the_file_says_now(
    setting: str, file: Path, role: str, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    file.write_text(database_url)
    for name, value in {**NOWHERE, "DSS_DATASETS_DATABASE_URL": database_url}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv(setting)
    monkeypatch.setenv(f"{setting}_FILE", str(file))
    settings = AssetsSettings.from_environment()
    delivery = connect(settings, Service(settings).database)
    assert isinstance(delivery, ByCopy)
    database = delivery._datasets if setting == "DSS_DATASETS_DATABASE_URL" else delivery._database
    asked: list[object] = []
    second = database_url.replace("postgres@", f"{role}@")
    for text in (database_url, second, as_rds(second), "postgresql//half written", ""):
        file.write_text(text)
        with database.connect("test") as connection:
            asked += connection.execute("SELECT current_user").fetchone() or ()

    assert asked == ["postgres", role, role, "postgres", "postgres"]


def test_each_setting_of_a_database_is_a_url_or_a_secret_of_rds() -> None:
    """All of them are of one type, which reads both."""
    kinds: list[type[EnvironmentSettings]] = [*KINDS, FormerSettings]
    databases = {
        name: field.metadata for kind in kinds for name, field in kind.model_fields.items() if "database_url" in name
    }

    assert {"dss_database_url", "dss_datasets_database_url", "dss_flask_database_url"} <= databases.keys()
    of_the_type = DatabaseUrl.__metadata__[0]  # type: ignore[attr-defined]  # of Annotated
    assert [name for name, metadata in databases.items() if of_the_type not in metadata] == []


IN_THE_WEB_APP = """
import django, os, pathlib, psycopg
django.setup()
from django.db import connections
file = pathlib.Path(os.environ["DSS_DATABASE_URL_FILE"])
for user in ("postgres", "second_user"):
    file.write_text(file.read_text().replace("postgres@", user + "@"))
    # As Postgres ends those that are open, or the pool after an hour.
    with psycopg.connect(file.read_text()) as direct:
        direct.execute("SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
                       " WHERE datname = current_database() AND pid <> pg_backend_pid()")
    with connections["default"].cursor() as cursor:
        print(cursor.execute("SELECT current_user").fetchone()[0], flush=True)
    connections["default"].close()
connections["default"].close_pool()
"""


def test_the_web_apps_pool_opens_connections_as_the_file_says_now(file: Path, role: str, database_url: str) -> None:
    file.write_text(database_url)

    shown = run(
        IN_THE_WEB_APP,
        DSS_DATABASE_URL="",
        DSS_DATABASE_URL_FILE=str(file),
        DJANGO_SETTINGS_MODULE="dss_web.settings",
    )

    assert shown.stdout.split() == ["postgres", role], shown.stderr


def test_the_dagster_ui_opens_connections_as_the_file_says_now(
    file: Path, role: str, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = database_url.replace("postgresql:", "postgresql+psycopg2:")
    monkeypatch.delenv("DSS_DAGSTER_DATABASE_URL", raising=False)
    monkeypatch.setenv("DSS_DAGSTER_DATABASE_URL_FILE", str(file))
    file.write_text(url)
    storage = PooledRunStorage.from_config_value(None, {"should_autocreate_tables": False})
    storage.optimize_for_webserver(statement_timeout=5000, pool_recycle=3600, max_overflow=4)
    asked = []
    for text in (url, url.replace("postgres@", f"{role}@")):
        file.write_text(text)
        with storage._engine.connect() as connection:
            asked.append(connection.execute(sqlalchemy.text("SELECT current_user")).scalar())
        storage._engine.dispose()

    assert asked == ["postgres", role]


def test_what_a_former_key_of_the_app_has_signed_is_accepted_until_it_is_left_out() -> None:
    signed = TimestampSigner(key="the-former-key", fallback_keys=[]).sign("a session")
    check = (
        "import django; django.setup(); from django.core.signing import TimestampSigner; "
        f"print(TimestampSigner().unsign({signed!r}))"
    )
    environment = {"DJANGO_SETTINGS_MODULE": "dss_web.settings", "DSS_APP_SECRET_KEY": "the new key"}

    assert (
        run(check, **environment, DSS_APP_SECRET_KEY_FALLBACKS="the-oldest\nthe-former-key\n").stdout == "a session\n"
    )
    assert "BadSignature" in run(check, **environment, DSS_APP_SECRET_KEY_FALLBACKS="the-oldest").stderr


def test_a_database_is_not_shown_with_its_password() -> None:
    assert "MARK" not in repr(Database("postgresql://dss:MARK@db/dss"))
