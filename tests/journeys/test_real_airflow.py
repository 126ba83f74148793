"""A real Airflow 3 copies what we loaded, and what it says is understood: `make test-airflow`."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from requests.auth import AuthBase

from dss_assets.dataflow import RequestRefused, UnknownRun
from dss_assets.dataflow.airflow_3 import Airflow3
from dss_assets.dataflow.credentials import PasswordToken, _Bearer
from dss_assets.errors import TransientError
from infra.local.postgres import Postgres
from tests.conftest import REPOSITORY, add_hawk_client
from tests.journeys.confirmed import confirm, upload_row
from tests.journeys.conftest import READER_ID, READER_KEY
from tests.journeys.world import World
from tests.parts.airflow import DAG_ID, PASSWORD, USER, VIEWER, Airflow
from tests.parts.assets_fixtures import DATASETS_DATABASE
from tests.published import exporter_line, exporters_zip

EXPORTERS, UPLOADS, RUNS = "hmrc__exporters__files", "uploads__files", "dataflow__runs"
CONF = {"data_uploader_schema_name": "hmrc.exporters", "data_uploader_table_name": "L1"}


@pytest.fixture(scope="module")
def airflow(postgres_server: Postgres, app_port: int, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Airflow]:
    postgres_server.create_database("airflow")
    environment = {
        "DSS_API_URL": f"http://127.0.0.1:{app_port}",
        "DSS_HAWK_ID": READER_ID,
        "DSS_HAWK_KEY": READER_KEY,
        "DSS_DATASETS_URL": postgres_server.url(DATASETS_DATABASE),
    }
    venv = REPOSITORY / os.environ["DSS_TEST_AIRFLOW"]
    folder: Path = tmp_path_factory.mktemp("airflow")
    with Airflow(venv, folder, postgres_server.url("airflow"), environment).running() as airflow:
        yield airflow


@pytest.fixture
def dataflow_api() -> str:
    return "airflow-3"


@pytest.fixture
def service(world: World, airflow: Airflow) -> World:
    """The service, with its data-flow in the real Airflow."""
    world.connect(dataflow_base_url=airflow.url, dataflow_username=USER, dataflow_password=PASSWORD)
    return world


def _publish(world: World) -> None:
    content = exporters_zip(exporters="".join(exporter_line("201601", f"Company {n}", "1") for n in range(2500)))
    world.publish("hmrc/exporters", "exporters1601.zip", content)
    assert world.look(EXPORTERS)[0].success


def _row(world: World) -> dict[str, Any]:
    return world.rows("SELECT * FROM operations.dataflow_run ORDER BY id DESC LIMIT 1")[0]


def _follow(world: World, airflow: Airflow, state: str, situation: str = "") -> None:
    def is_there() -> bool:
        world.look(RUNS)
        row = _row(world)
        return (row["state"], row["situation"]) == (state, situation)

    airflow.wait(is_there)


def test_what_is_published_and_uploaded_is_copied_and_followed_to_its_end(service: World, airflow: Airflow) -> None:
    _publish(service)
    upload_id = confirm(service, b"Name,Amount,Since\nPens,1.50,2024-01-31\n")
    assert service.look(UPLOADS)[0].success
    airflow.wait(lambda: not service.look(RUNS) and not _unended(service))

    columns = "id, company_name, postcode"
    ours = service.rows(f'SELECT {columns} FROM "hmrc.exporters"."L1" ORDER BY id')
    theirs = service.rows(f"SELECT {columns} FROM hmrc.exporters ORDER BY id", service.datasets_url)
    assert len(theirs) == 2500
    assert ours == theirs
    assert upload_row(service, upload_id)["state"] == "completed"
    assert len(service.rows("SELECT * FROM finance.budget", service.datasets_url)) == 1
    assert {run["state"] for run in service.rows("SELECT * FROM operations.dataflow_run")} == {"success"}


def _unended(world: World) -> list[dict[str, Any]]:
    return world.rows("SELECT * FROM operations.dataflow_run WHERE state NOT IN ('success', 'failed')")


def test_a_paused_dag_is_told_and_the_run_goes_on_when_it_is_unpaused(service: World, airflow: Airflow) -> None:
    airflow.set_paused(True)
    _publish(service)
    service.change("UPDATE operations.dataflow_run SET asked_at = asked_at - interval '1 minute'")
    _follow(service, airflow, "running", "paused")

    airflow.set_paused(False)
    _follow(service, airflow, "success")


def test_a_failing_run_says_why_and_one_that_is_cleared_is_followed(service: World, airflow: Airflow) -> None:
    add_hawk_client(service.database_url, READER_ID, READER_KEY, ["table:nothing"])
    _publish(service)
    _follow(service, airflow, "failed")
    row = _row(service)
    assert "AirflowFailException: GET " in row["reason"]
    assert ": 403 " in row["reason"]

    add_hawk_client(service.database_url, READER_ID, READER_KEY, ["*"])
    airflow.clear(row["run_id"])
    service.make_due()
    service.look(RUNS)
    _follow(service, airflow, "success")
    assert _row(service)["id"] == row["id"]


def _client(airflow: Airflow, user: str = USER, password: str = PASSWORD, dag: str = DAG_ID) -> Airflow3:
    return Airflow3(airflow.url, dag, PasswordToken(airflow.url, user, password))


def test_each_answer_is_taken_for_what_it_is(service: World, airflow: Airflow) -> None:
    airflow.set_paused(True)
    client = _client(airflow)
    with pytest.raises(UnknownRun):
        client.look_up("dss-0-1", "")
    client.begin("dss-0-1", CONF)
    with pytest.raises(TransientError, match="409"):
        client.begin("dss-0-1", CONF)
    assert client.look_up("dss-0-1", "").state == "queued"
    assert client.find_obstacle().situation == "paused"  # type: ignore[union-attr]
    airflow.set_paused(False)

    for wrong, conf, situation in (
        (client, CONF | {"data_uploader_schema_name": "nodot"}, "refused"),
        (_client(airflow, dag="nonesuch"), CONF, "unknown DAG"),
        (_client(airflow, user=VIEWER), CONF, "forbidden"),
        (_client(airflow, password="another"), CONF, "credentials"),
    ):
        with pytest.raises(RequestRefused) as refused:
            wrong.begin("dss-0-2", conf)
        assert refused.value.situation == situation
    # There is no such table here.
    airflow.wait(lambda: airflow.runs()["dss-0-1"] == "failed")


def test_a_token_that_airflow_takes_no_longer_is_renewed(service: World, airflow: Airflow) -> None:
    credentials = PasswordToken(airflow.url, USER, PASSWORD)
    credentials._auth = _Bearer("eyJhbGciOiJIUzUxMiJ9.e30.of-another-key")
    client = Airflow3(airflow.url, DAG_ID, credentials)

    with pytest.raises(UnknownRun):
        client.look_up("dss-0-3", "")

    renewed: AuthBase = credentials.auth()
    assert isinstance(renewed, _Bearer)


def test_a_scheduler_that_is_gone_is_told(service: World, airflow: Airflow) -> None:
    airflow.scheduler.stop()
    _publish(service)
    service.change("UPDATE operations.dataflow_run SET asked_at = asked_at - interval '1 minute'")

    _follow(service, airflow, "running", "no scheduler")

    airflow.scheduler.start()
    _follow(service, airflow, "success")
