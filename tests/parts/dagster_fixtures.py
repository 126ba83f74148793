"""A Dagster instance as dagster.yaml describes it, on a database of its own."""

import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic.config import Config
from alembic.script import ScriptDirectory
from dagster import DagsterInstance

from infra.local.postgres import Postgres
from tests.conftest import REPOSITORY


@pytest.fixture(scope="session", autouse=True)
def dagsters_migrations() -> Iterator[None]:
    """Read Dagster's 89 migrations once: each of the three storages of each instance would read them all again."""
    read = ScriptDirectory.from_config
    known: dict[str | None, ScriptDirectory] = {}

    def read_once(config: Config) -> ScriptDirectory:
        place = config.get_main_option("script_location")
        if place not in known:
            known[place] = read(config)
        return known[place]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ScriptDirectory, "from_config", read_once)
        yield


@pytest.fixture
def dagster_url(postgres_server: Postgres) -> Iterator[str]:
    """An empty database for Dagster."""
    name = f"dagster_{uuid.uuid4().hex}"
    postgres_server.create_database(name)
    yield postgres_server.url(name)
    postgres_server.drop_database(name)


@pytest.fixture
def instance(dagster_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[DagsterInstance]:
    """An instance as dagster.yaml describes it."""
    monkeypatch.setenv("DSS_DAGSTER_DATABASE_URL", dagster_url.replace("postgresql:", "postgresql+psycopg2:"))
    (tmp_path / "dagster.yaml").write_text((REPOSITORY / "dagster.yaml").read_text())
    with DagsterInstance.from_config(str(tmp_path)) as instance:
        yield instance
