"""The dashboard's panels, asked of a Prometheus that reads the web app as docs/operate.md says."""

import json
import math
import re
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
import yaml

from dss_assets import registry
from dss_assets.catalogue import record_datasets
from dss_assets.database import Database
from dss_assets.datasets import EXPORTERS, POSTCODE_DIRECTORY
from dss_assets.errors import InvalidFile
from dss_assets.storage import StoredFile
from infra.local.ports import free_port, wait_for_port
from infra.local.postgres import Postgres
from infra.local.process import Process
from tests.conftest import REPOSITORY
from tests.parts.service import Client, Service, running

TOKEN = "a-token-for-tests-alone"
RATE = "10s"


class Prometheus:
    """One that scrapes a web app each second, by the configuration of our documents."""

    def __init__(self, service: Service, folder: Path) -> None:
        self.port = free_port()
        token = folder / "token"
        token.write_text(TOKEN)
        documented = re.search(
            r"```yaml\n(scrape_configs:.*?)```", (REPOSITORY / "docs/operate.md").read_text(), re.DOTALL
        )
        assert documented
        configuration = yaml.safe_load(documented[1])
        (job,) = configuration["scrape_configs"]
        job["authorization"]["credentials_file"] = str(token)
        job["static_configs"] = [{"targets": [service.url.removeprefix("http://")]}]
        configuration["global"] = {"scrape_interval": "1s"}
        file = folder / "prometheus.yml"
        file.write_text(yaml.safe_dump(configuration))
        program = REPOSITORY / ".programs/prometheus"
        options = [
            f"--config.file={file}",
            f"--storage.tsdb.path={folder}/data",
            f"--web.listen-address=127.0.0.1:{self.port}",
        ]
        self.process = Process("prometheus", [program, *options], folder / "prometheus.log", {}, folder)

    def ask(self, path: str, **query: str) -> Any:
        answer = requests.get(f"http://127.0.0.1:{self.port}/api/v1/{path}", params=query, timeout=30)
        assert answer.status_code == 200, answer.text
        return answer.json()["data"]

    def values(self, expression: str) -> list[float]:
        """What a panel would show now; values that are no numbers are left out, as Grafana does."""
        found = self.ask("query", query=expression.replace("$__rate_interval", RATE).replace("$dataset", ".*"))[
            "result"
        ]
        return [value for series in found if math.isfinite(value := float(series["value"][1]))]


@pytest.fixture(scope="module")
def busy(
    postgres_server: Postgres, migrated_template: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Service]:
    """A web app over a registry in which one dataset is well and another is not."""
    postgres_server.create_database("dashboard", template=migrated_template)
    url = postgres_server.url("dashboard")
    with Database(url).connect("test") as connection:
        record_datasets(connection, [EXPORTERS, POSTCODE_DIRECTORY])
        registry.begin(connection, EXPORTERS.key, "exporters2401.zip", "a run")
        registry.record_stored(
            connection, EXPORTERS.key, "exporters2401.zip", "v1", StoredFile("a path", 3, "a digest")
        )
        registry.finish(connection, EXPORTERS.key, "exporters2401.zip", 7, 0.5, "a declaration")
        registry.begin(connection, POSTCODE_DIRECTORY.key, "ONSPD_MAY_2024_UK.zip", "a run")
        registry.fail(connection, POSTCODE_DIRECTORY.key, "ONSPD_MAY_2024_UK.zip", InvalidFile("it is no zip"))
        connection.execute(
            "INSERT INTO operations.daemon_heartbeat VALUES ('worker', now()), ('dagster-daemon', now())"
        )
        connection.execute('CREATE SCHEMA x; CREATE TABLE x."L1" AS SELECT generate_series(1, 3) AS id')
    with running(url, tmp_path_factory.mktemp("web"), DSS_METRICS_TOKEN=TOKEN) as service:
        yield service
    postgres_server.drop_database("dashboard")


@pytest.fixture(scope="module")
def prometheus(busy: Service, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Prometheus]:
    subprocess.run(["/bin/sh", "infra/local/programs.sh"], cwd=REPOSITORY, check=True)
    prometheus = Prometheus(busy, tmp_path_factory.mktemp("prometheus"))
    prometheus.process.start()
    try:
        wait_for_port(prometheus.process, prometheus.port)
        yield prometheus
    finally:
        prometheus.process.stop()


def panels() -> list[dict[str, Any]]:
    dashboard = json.loads((REPOSITORY / "infra/monitoring/dashboard.json").read_text())
    return [panel for panel in dashboard["panels"] if panel.get("targets")]


def empty_panels(prometheus: Prometheus) -> list[str]:
    return [
        f"{panel['title']}: {target['expr']}"
        for panel in panels()
        for target in panel["targets"]
        if not prometheus.values(target["expr"])
    ]


def test_every_panel_of_the_dashboard_has_something_to_show(busy: Service, prometheus: Prometheus) -> None:
    assert len(panels()) >= 19
    stranger = Client(busy.url, "nobody", "a key")
    deadline = time.monotonic() + 30
    # Rates are those of counters that Prometheus has seen twice.
    while empty := empty_panels(prometheus):
        assert time.monotonic() < deadline, f"Nothing is shown by {empty}"
        assert busy.client().get("/api/v1/table-data/x/L1").status_code == 200
        assert stranger.get("/api/v1/table-data/x/L1").status_code == 401
        time.sleep(0.5)


def test_the_dashboard_lets_choose_among_the_datasets(prometheus: Prometheus) -> None:
    dashboard = json.loads((REPOSITORY / "infra/monitoring/dashboard.json").read_text())
    variable = next(one for one in dashboard["templating"]["list"] if one["name"] == "dataset")
    metric, label = re.fullmatch(r"label_values\((\w+), (\w+)\)", variable["query"]["query"]).groups()  # type: ignore[union-attr]

    found = prometheus.ask(f"label/{label}/values", **{"match[]": metric})

    assert found == [EXPORTERS.key, POSTCODE_DIRECTORY.key]
