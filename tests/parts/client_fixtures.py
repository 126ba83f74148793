"""The Python client as its users have it: installed from the service's wheel, where nothing of the service is."""

import subprocess
import sys
from pathlib import Path

import pytest

from dss_web.client.wheel import build_wheel
from tests.conftest import REPOSITORY
from tests.parts.service import Service

OTHERS = ("duckdb", "polars", "requests-hawk")


@pytest.fixture(scope="session")
def client_programs(exporting: Service, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder with the programs of an empty environment into which the client was installed, as the guide says.

    Beside it is what the examples import: pandas, polars, DuckDB and requests-hawk. They have the versions of our own
    environment, which uv has in its cache.
    """
    folder = tmp_path_factory.mktemp("client")
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder], check=True)
    wheel = f"data-store-client[pandas,zstd] @ {exporting.url}/api/docs/client/{build_wheel().name}"
    install = '. infra/local/mirror.sh; exec .venv/bin/uv pip install --quiet --python "$@"'
    subprocess.run(
        ["/bin/sh", "-ec", install, "sh", folder, "-c", "requirements/development.txt", wheel, *OTHERS],
        cwd=REPOSITORY,
        check=True,
    )
    return folder / "bin"
