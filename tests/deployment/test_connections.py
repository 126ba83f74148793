"""The connections to Postgres add up: docs/deploy.md has what the settings and the code come to."""

import re
from typing import Any

import yaml

from dss_assets.loading.derived import WORKERS as DERIVING
from dss_web.configuration import CHECKS, WebSettings
from dss_web.worker.supervisor import Supervisor
from infra.dagster_ui import MORE_CONNECTIONS
from tests.conftest import REPOSITORY

# Postgres's own defaults: https://www.postgresql.org/docs/current/runtime-config-connection.html
MAX_CONNECTIONS, RESERVED = 100, 3
STORAGES = 3  # of Dagster: runs, events, schedules


# The checks of readiness that ask the service's database, each on a connection of its own.
ON_THE_PRIMARY = {"database", "dagster", "datasets"}


def budget() -> dict[str, tuple[int, int]]:
    """The most connections of each process to the service's database, and to Dagster's."""
    web: Any = WebSettings.model_construct(**{name: field.default for name, field in WebSettings.model_fields.items()})
    instance = yaml.safe_load((REPOSITORY / "dagster.yaml").read_text())
    runs = instance["run_coordinator"]["config"]["max_concurrent_runs"]
    looks = instance["sensors"]["num_workers"]
    # Beside the pool of each process: the checks of readiness, which must not wait for it.
    of_the_web = web.dss_web_workers * (web.dss_web_threads + web.exports_at_once + len(ON_THE_PRIMARY))
    places = len(Supervisor(lambda: None, lambda _: None, None)._places)  # type: ignore[arg-type, return-value]
    return {
        "web app": (of_the_web, 0),
        "worker": (1 + places + 1, 0),
        # A look has one, and another for its turn at a publisher's host.
        "code server": (2 * looks, looks + 1),
        # A run has one; one that derives a table has those of its workers and of the snapshot that they share.
        f"{runs} runs": (runs * (1 + 1 + DERIVING), runs * STORAGES),
        "daemon": (0, looks + 6),
        "Dagster UI": (0, STORAGES * (1 + MORE_CONNECTIONS)),
    }


def test_the_table_of_connections_is_that_of_the_code() -> None:
    text = (REPOSITORY / "docs" / "deploy.md").read_text()
    rows = re.findall(r"^\| (.+?) \| (\d+) \| (\d+) \|", text, re.MULTILINE)

    documented = {name: (int(service), int(dagster)) for name, service, dagster in rows}

    together = documented.pop("together")
    assert documented == budget()
    assert together == tuple(map(sum, zip(*budget().values(), strict=True)))


def test_the_connections_to_a_replica_are_those_of_the_code() -> None:
    web: Any = WebSettings.model_construct(**{name: field.default for name, field in WebSettings.model_fields.items()})
    asking = set(CHECKS) - ON_THE_PRIMARY - {"storage"}

    most = web.dss_web_workers * (web.dss_web_threads + web.exports_at_once + len(asking))

    assert f"each web app opens at most {most}: " in (REPOSITORY / "docs" / "deploy.md").read_text()


def test_a_postgres_with_its_own_limit_has_room_for_one_of_each() -> None:
    assert sum(service + dagster for service, dagster in budget().values()) <= MAX_CONNECTIONS - RESERVED
