"""data-flow in Airflow 2 and 3, as the Dagster UI shows it. tests/dataflow has each of its answers."""

from typing import Any

import pytest
from dagster import AssetKey

from infra.local.http import Fault
from tests.journeys.confirmed import confirm
from tests.journeys.world import DATAFLOW_PASSWORD, World
from tests.published import exporter_line, exporters_zip

EXPORTERS, UPLOADS, RUNS = "hmrc__exporters__files", "uploads__files", "dataflow__runs"


@pytest.fixture(params=["airflow-3"])
def dataflow_api(request: pytest.FixtureRequest) -> str:
    """Which Airflow it is; the one of today, where a test does not name others."""
    api: str = request.param
    return api


def _publish(world: World) -> None:
    world.publish("hmrc/exporters", "exporters1601.zip", exporters_zip(exporters=exporter_line("201601", "One", "1")))


def _row(world: World) -> dict[str, Any]:
    """The run that was asked for last."""
    return world.rows("SELECT * FROM operations.dataflow_run ORDER BY id DESC LIMIT 1")[0]


def _is(world: World, state: str, situation: str = "") -> bool:
    row = _row(world)
    return (row["state"], row["situation"]) == (state, situation)


def _observed(world: World, *key: str) -> dict[str, Any]:
    """What Dagster shows at the last observation of an asset."""
    (record,) = world.instance.fetch_observations(AssetKey(key), limit=1).records
    observation = record.event_log_entry.asset_observation
    assert observation
    return {name: value.value for name, value in observation.metadata.items()}


@pytest.mark.parametrize("dataflow_api", ["airflow-2", "airflow-3"], indirect=True)
def test_a_run_is_followed_to_its_success(world: World) -> None:
    _publish(world)
    world.look(EXPORTERS)
    assert _is(world, "running")
    world.wait_for_dataflow()
    assert world.look(RUNS) == []

    assert _is(world, "success")
    assert world.shown("hmrc", "exporters", "dataflow")["data-flow"].value == _row(world)["link"]
    assert len(world.rows("SELECT * FROM hmrc.exporters", world.datasets_url)) == 1


def test_a_run_that_fails_shows_why_and_where_and_another_one_is_asked_for(world: World) -> None:
    world.dataflow.dag.failing_runs = 1
    _publish(world)
    world.look(EXPORTERS)
    world.wait_for_dataflow()
    world.look(RUNS)

    shown = _observed(world, "hmrc", "exporters", "dataflow")
    assert shown["reason"].endswith("AirflowFailException: It was told to fail.")
    assert shown["in Airflow"] == _row(world)["link"]

    world.make_due()
    world.look(RUNS)
    world.wait_for_dataflow()
    world.look(RUNS)
    assert [run["state"] for run in world.dataflow.dag.all()] == ["failed", "success"]


def test_what_the_log_says_of_an_upload_is_shown_to_administrators_only(world: World) -> None:
    world.dataflow.dag.failing_runs = 1
    confirm(world, b"Name,Amount,Since\nPens,1,2024-01-31\n")
    world.look(UPLOADS)
    world.wait_for_dataflow()
    world.look(RUNS)

    shown = _observed(world, "uploads", "dataflow")
    assert "It was told to fail." in _row(world)["reason"]
    assert "It was told to fail." not in str(shown)
    assert shown["reason"] == f"{world.web_url}/admin/registry/dataflowrun/?schema_name=finance.budget"


def test_a_request_that_got_no_answer_is_not_followed_by_a_second_run(world: World) -> None:
    world.dataflow.faults["/dagRuns"] = Fault(status=503, is_carried_out=True)
    _publish(world)
    (run,) = world.look(EXPORTERS)
    assert not run.success
    assert _is(world, "requested", "unanswered")

    world.dataflow.faults.clear()
    world.make_due()
    (run,) = world.look(RUNS)
    world.wait_for_dataflow()
    world.look(RUNS)

    assert run.success
    assert _is(world, "success")
    assert len(world.dataflow.dag.all()) == 1
    assert world.materialised("hmrc", "exporters", "dataflow") == {"exporters1601.zip"}


def test_a_paused_dag_is_told_at_the_asset(world: World) -> None:
    world.dataflow.dag.is_paused = True
    _publish(world)
    world.look(EXPORTERS)
    world.change("UPDATE operations.dataflow_run SET asked_at = asked_at - interval '2 days'")
    world.look(RUNS)

    shown = _observed(world, "hmrc", "exporters", "dataflow")
    assert (shown["state"], shown["situation"]) == ("running", "paused")


def test_what_was_refused_is_asked_for_again_when_its_trigger_is_materialised(world: World) -> None:
    world.dataflow.rest.refused_conf = "Invalid input for param table: 'L1' does not match '^L0$'"
    _publish(world)
    (request,) = world.ask(EXPORTERS)
    assert not world.execute("load_hmrc__exporters", request.tags).success
    assert _is(world, "failed", "refused")
    world.make_due()
    assert world.look(RUNS) == []

    world.dataflow.rest.refused_conf = ""
    trigger = AssetKey(["hmrc", "exporters", "dataflow"])
    assert world.execute("load_hmrc__exporters", request.tags, [trigger]).success

    assert _is(world, "running")


def test_a_wrong_password_is_told_and_shown_nowhere(world: World, caplog: pytest.LogCaptureFixture) -> None:
    world.connect(dataflow_password="a wrong password")
    _publish(world)
    (run,) = world.look(EXPORTERS)

    assert _is(world, "failed", "credentials")
    shown = "\n".join(map(str, world.instance.all_logs(run.run_id)))
    for secret in ("a wrong password", DATAFLOW_PASSWORD):
        assert secret not in shown + caplog.text + str(_row(world))
