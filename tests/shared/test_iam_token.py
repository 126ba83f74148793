"""Databases on RDS take a token of IAM where others take a password, from every process, made for each connection."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import psycopg
import pytest
import sqlalchemy
from dagster import DagsterInstance
from psycopg.conninfo import make_conninfo

from dss_assets.assets.pooled import PooledRunStorage, shared_engine
from dss_assets.database import Database
from dss_assets.errors import TransientError
from dss_assets.resources import AssetsSettings, Service
from dss_web.configuration import WebSettings, web_settings
from dss_web.database.own import own_connection
from dss_web.shared import iam_token
from dss_web.shared.database_url import read_database_url
from infra.local.postgres import Postgres
from tests.conftest import REPOSITORY, web_environment
from tests.parts.rds import KEY_ID, REGION, SECRET_KEY, Rds, running_rds

DAGSTERS = "DSS_DAGSTER_DATABASE_URL"
CREDENTIALS = {
    "AWS_ACCESS_KEY_ID": KEY_ID,
    "AWS_SECRET_ACCESS_KEY": SECRET_KEY,
    # As a role has it, in the alphabet that needs quoting.
    "AWS_SESSION_TOKEN": "a/session+token=" * 50,
    "AWS_EC2_METADATA_DISABLED": "true",
}


@pytest.fixture(scope="module")
def rds(postgres_server: Postgres, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rds]:
    with running_rds(postgres_server, tmp_path_factory.mktemp("rds")) as rds:
        yield rds


@pytest.fixture(autouse=True)
def on_aws(rds: Rds, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """This process has a role, as a task or a pod has."""
    for name, value in {**CREDENTIALS, iam_token.SETTING: REGION}.items():
        monkeypatch.setenv(name, value)
    for name in ("PGHOST", "PGUSER", "PGSSLMODE", "PGPASSWORD"):
        monkeypatch.delenv(name, raising=False)
    rds.valid_seconds = 900
    rds.tokens.clear()
    iam_token._signer.cache_clear()
    yield
    iam_token._signer.cache_clear()


@pytest.fixture
def environment(rds: Rds, database_url: str, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """Of a process whose databases are all on RDS."""
    url = rds.url(database_url.rpartition("/")[2])
    given = web_environment(url, "file:///nowhere") | {
        "DSS_DATASETS_DATABASE_URL": url,
        "DSS_REPLICA_DATABASE_URL": url,
        DAGSTERS: url.replace("postgresql:", "postgresql+psycopg2:"),
        "DJANGO_SETTINGS_MODULE": "dss_web.settings",
    }
    for name, value in given.items():
        monkeypatch.setenv(name, value)
    return given


def run(*arguments: str, **changed: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=REPOSITORY,
        env={**os.environ, **changed},
        capture_output=True,
        text=True,
        check=False,
    )


def test_each_connection_of_dagsters_half_is_opened_with_a_token(rds: Rds, environment: dict[str, str]) -> None:
    settings = AssetsSettings.from_environment()
    for database in (Service(settings).database, Database(settings.datasets_database_url)):
        with database.connect("test") as connection:
            assert connection.execute("SELECT current_user").fetchone() == ("postgres",)

    assert len(rds.tokens) == 2
    assert "a%2Fsession%2Btoken%3D" in rds.tokens[0]


def test_a_token_is_made_for_each_connection_so_that_none_is_too_old(rds: Rds, environment: dict[str, str]) -> None:
    rds.valid_seconds = 2
    database = Service(AssetsSettings.from_environment()).database
    with database.connect("first"):
        time.sleep(3)
    with database.connect("later"):
        pass
    assert len(set(rds.tokens)) == 2


@pytest.mark.parametrize("is_webserver", [False, True], ids=["daemon", "Dagster UI"])
def test_dagsters_own_storages_connect_with_tokens(
    rds: Rds, dagster_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, is_webserver: bool
) -> None:
    url = rds.url(dagster_url.rpartition("/")[2], "postgresql+psycopg2")
    monkeypatch.setenv(DAGSTERS, url)
    (tmp_path / "dagster.yaml").write_text((REPOSITORY / "dagster.yaml").read_text())
    with DagsterInstance.from_config(str(tmp_path)) as instance:
        if is_webserver:
            instance.optimize_for_webserver(statement_timeout=5000, pool_recycle=3600, max_overflow=4)
            rds.tokens.clear()
        assert instance.get_run_records(limit=1) == []
        assert instance.all_instigator_state() == []
        assert instance.get_dynamic_partitions("org.trees") == []
    assert rds.tokens


IN_THE_WEB_APP = """
import django, os, psycopg, time
django.setup()
from django.db import connections
for moment in ("first", "later"):
    for alias in ("default", "replica"):
        with connections[alias].cursor() as cursor:
            print(cursor.execute("SELECT current_user").fetchone()[0])
        connections[alias].close()
    time.sleep(3)
    with psycopg.connect(os.environ["WITHOUT_RDS"]) as direct:
        direct.execute("SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
                       " WHERE datname = current_database() AND pid <> pg_backend_pid()")
    time.sleep(0.2)  # until what stands before Postgres has seen it, too
for alias in ("default", "replica"):
    connections[alias].close_pool()
"""


def test_the_web_apps_pools_connect_with_tokens_and_again_with_new_ones(
    rds: Rds, environment: dict[str, str], database_url: str
) -> None:
    rds.valid_seconds = 2

    shown = run("-c", IN_THE_WEB_APP, WITHOUT_RDS=database_url)

    assert shown.stdout.split() == ["postgres"] * 4, shown.stderr
    assert len(set(rds.tokens)) > 1


def test_the_web_halfs_other_connections_have_tokens(rds: Rds, environment: dict[str, str]) -> None:
    web_settings.cache_clear()
    try:
        own_connection("test", connect_seconds=5).close()
    finally:
        web_settings.cache_clear()
    migrated = run("manage.py", "migrate", "--skip-checks", "--verbosity", "0")
    assert migrated.returncode == 0, migrated.stderr
    assert len(rds.tokens) >= 3, "our connection, migrate's lock, and Django's"


def test_the_daemons_health_check_connects_with_a_token(
    rds: Rds, dagster_url: str, environment: dict[str, str]
) -> None:
    with psycopg.connect(dagster_url, autocommit=True) as connection:
        connection.execute("CREATE TABLE daemon_heartbeats AS SELECT now() AT TIME ZONE 'UTC' AS timestamp")
    url = rds.url(dagster_url.rpartition("/")[2], "postgresql+psycopg2")
    checked = run("-m", "infra.health", "daemon", DSS_DAGSTER_DATABASE_URL=url)
    assert checked.returncode == 0, checked.stderr
    assert len(rds.tokens) == 1


def test_a_database_whose_url_has_a_password_gets_that(
    rds: Rds, database_url: str, environment: dict[str, str]
) -> None:
    with pytest.raises(psycopg.OperationalError, match="PAM authentication failed"):
        Database(lambda: iam_token.with_token(rds.url("dss", user="postgres:password"))).open("test")
    # Any, where Postgres trusts.
    with_password = database_url.replace("postgres@", "postgres:password@")
    assert iam_token.with_token(with_password) == read_database_url(with_password) == with_password


def test_without_the_setting_no_database_gets_a_token(rds: Rds, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(iam_token.SETTING)
    assert iam_token.with_token(rds.url("dss")) == rds.url("dss")
    assert read_database_url("postgresql://postgres@127.0.0.1/dss")


def test_a_conninfo_string_gets_a_token_as_well(rds: Rds, database_url: str) -> None:
    conninfo = make_conninfo(rds.url(database_url.rpartition("/")[2]))
    with closing(psycopg.connect(iam_token.with_token(conninfo))):
        assert len(rds.tokens) == 1


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda url: url.partition("?")[0], "over TLS alone; found sslmode prefer"),
        (lambda url: url.replace("verify-full", "allow"), "found sslmode allow"),
        (lambda url: url.replace("postgres@", ""), "must name both"),
        (lambda url: url.replace("localhost", "db-1.example,db-2.example"), "must name both"),
    ],
    ids=["no sslmode", "a weak one", "no user", "two hosts"],
)
def test_what_could_not_connect_with_a_token_stops_the_process_with_a_sentence(
    environment: dict[str, str], change: Callable[[str], str], said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for setting in ("DSS_DATABASE_URL", "DSS_REPLICA_DATABASE_URL", "DSS_DATASETS_DATABASE_URL"):
        kind = AssetsSettings if "DATASETS" in setting else WebSettings
        with monkeypatch.context() as patch, pytest.raises(SystemExit, match=f"{setting}: it has no password.*{said}"):
            patch.setenv(setting, change(environment[setting]))
            kind.from_environment()
    monkeypatch.setenv(DAGSTERS, change(environment[DAGSTERS]))
    with pytest.raises(ValueError, match=f"{DAGSTERS}: it has no password.*{said}"):
        PooledRunStorage.from_config_value(None, {})


def test_tls_may_be_asked_for_by_libpqs_variable(rds: Rds, monkeypatch: pytest.MonkeyPatch) -> None:
    url = rds.url("dss").partition("?")[0]
    monkeypatch.setenv("PGSSLMODE", "require")
    assert read_database_url(url) == url


def test_a_region_that_is_none_and_a_missing_library_are_named(
    environment: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch, pytest.raises(SystemExit, match="which is no region of AWS"):
        patch.setenv(iam_token.SETTING, "London")
        WebSettings.from_environment()
    with monkeypatch.context() as patch, pytest.raises(SystemExit, match=r"install data-store-service\[aws\]"):
        patch.setitem(sys.modules, "botocore.session", None)
        WebSettings.from_environment()


def test_while_there_are_no_credentials_the_database_is_out_of_reach_and_the_reason_is_told(
    environment: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    reason = "No token of IAM could be signed for postgres at localhost: Unable to locate credentials"
    database = Service(AssetsSettings.from_environment()).database
    with monkeypatch.context() as patch:
        for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"):
            patch.delenv(name)
        patch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "none"))
        patch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))
        with pytest.raises(TransientError, match=reason), database.connect("test"):
            pass
        with pytest.raises(sqlalchemy.exc.OperationalError, match=reason):
            shared_engine(environment[DAGSTERS]).connect()
    # They were late.
    with database.connect("test"):
        pass
