"""An export holds no connection to the database while its client reads."""

import re
import time
from collections.abc import Iterator

import pytest
import requests

from tests.parts.export_reading import begin, receipt
from tests.parts.service import Service, running
from tests.parts.waiting import wait_until

TOKEN = "a-token-for-the-metrics"


@pytest.fixture
def counted(exporting: Service, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """A web app over the same tables, whose metrics say how many connections are in use."""
    folder = tmp_path_factory.mktemp("counted")
    settings = {"DSS_WEB_WORKERS": "1", "DSS_METRICS_TOKEN": TOKEN, "DSS_EXPORT_SPOOL_FOLDER": str(folder)}
    with running(exporting.database_url, folder, **settings) as service:
        yield service


def connections_in_use(service: Service) -> int:
    """Connections that requests and exports have taken from the pool, as of the last second."""
    headers = {"Authorization": f"Bearer {TOKEN}"}
    text = requests.get(f"{service.url}/metrics", headers=headers, timeout=30).text
    (value,) = re.findall(r"^dss_database_connections_in_use(?:{.*})? (\S+)$", text, re.MULTILINE)
    return int(float(value))


def test_a_slow_client_holds_no_connection_of_the_pool(counted: Service) -> None:
    response = begin(counted.client(), "x/large")
    time.sleep(1.5)  # the metrics look at the pool once a second
    wait_until(lambda: connections_in_use(counted) == 0, "the table is read, though the client has taken nothing")

    # Checkpoints are written meanwhile, each of which takes a connection; what is left fits into no buffer on the way.
    taken = len(response.raw.read(20_000_000))
    time.sleep(1.5)
    wait_until(lambda: connections_in_use(counted) == 0, "checkpoints are written, and the client takes no more")

    assert taken + len(response.raw.read()) == receipt(counted.client(), response)["bytes"]
