"""The ledger of runs over a database, and data-flow's stand-in, whose runs copy nothing."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from dss_assets.database import Connection
from infra.local.dataflow import DataFlow
from tests.dataflow.ledger import CALLER, PASSWORD, USER, VIEWER, CopiesNothing, Ledger


@pytest.fixture
def airflow(tmp_path: Path) -> Iterator[DataFlow]:
    """All three APIs, and who may come in."""
    pipeline = CopiesNothing("", "", "", "", tmp_path)
    people = {USER: PASSWORD, VIEWER: PASSWORD}
    with DataFlow(pipeline, dict([CALLER]), tmp_path, people=people) as airflow:
        airflow.rest.viewers.add(VIEWER)
        yield airflow
        # Its workers end only then.
        airflow.dag.is_paused, airflow.dag.has_free_worker = False, True
        airflow.dag.may_run.set()


@pytest.fixture(params=["airflow-3"])
def api(request: pytest.FixtureRequest) -> str:
    """Which Airflow it is: the one of today, where a test does not name others."""
    api: str = request.param
    return api


@pytest.fixture
def ledger(connection: Connection, airflow: DataFlow, api: str) -> Ledger:
    return Ledger(connection, airflow, api)
