"""data-flow in Airflow 2 and 3: one run for each request, and each odd state is told for what it is."""

from datetime import timedelta
from typing import Any

import pytest
from dagster import AssetKey

from infra.local.http import Fault
from tests.journeys.world import DATAFLOW_PASSWORD, DATAFLOW_USER, World
from tests.published import exporter_line, exporters_zip, ons_row, ons_zip

EXPORTERS, POSTCODE_DIRECTORY, RUNS = "hmrc__exporters__files", "ons__postcode_directory__files", "dataflow__runs"
POST = "/dagRuns"


@pytest.fixture(params=["airflow-3"])
def dataflow_api(request: pytest.FixtureRequest) -> str:
    """Which Airflow it is; the one of today, where a test does not name others."""
    api: str = request.param
    return api


both = pytest.mark.parametrize("dataflow_api", ["airflow-2", "airflow-3"], indirect=True)


def _publish_month(world: World, month: int = 1) -> None:
    content = exporters_zip(exporters=exporter_line(f"20160{month}", f"Company {month}", "1"))
    world.publish("hmrc/exporters", f"exporters160{month}.zip", content)


def _row(world: World) -> dict[str, Any]:
    """The run that was asked for last."""
    return world.rows("SELECT * FROM operations.dataflow_run ORDER BY id DESC LIMIT 1")[0]


def _is(world: World, state: str, situation: str = "") -> bool:
    row = _row(world)
    return (row["state"], row["situation"]) == (state, situation)


def _age(world: World, by: timedelta) -> None:
    """Let the last run be older."""
    world.change(
        f"UPDATE operations.dataflow_run SET asked_at = asked_at - interval '{by.total_seconds()} seconds',"
        f" started_at = started_at - interval '{by.total_seconds()} seconds'"
    )


def _observed(world: World) -> dict[str, Any]:
    """What Dagster shows at the last observation of the trigger."""
    (record,) = world.instance.fetch_observations(AssetKey(["hmrc", "exporters", "dataflow"]), limit=1).records
    observation = record.event_log_entry.asset_observation
    assert observation
    return {name: value.value for name, value in observation.metadata.items()}


@both
def test_a_run_is_followed_to_its_success(world: World) -> None:
    _publish_month(world)
    world.look(EXPORTERS)
    assert _is(world, "running")
    world.wait_for_dataflow()
    assert world.look(RUNS) == []

    assert _is(world, "success")
    (run,) = world.dataflow.dag.all()
    row = _row(world)
    assert row["run_id"] == run["run_id"] == f"dss-{row['id']}-{row['requested_at'].timestamp():.0f}"[:31]
    assert row["link"].startswith(f"{world.dataflow.url}/dags/DSSGenericPipeline/")
    assert world.shown("hmrc", "exporters", "dataflow")["data-flow"].value == row["link"]
    assert len(world.rows("SELECT * FROM hmrc.exporters", world.datasets_url)) == 1


@both
def test_a_run_that_fails_says_why_and_another_one_is_asked_for(world: World) -> None:
    world.dataflow.dag.failing_runs = 1
    _publish_month(world)
    world.look(EXPORTERS)
    world.wait_for_dataflow()
    world.look(RUNS)

    assert _row(world)["reason"].startswith("Task copy_table, try 1: ")
    assert _row(world)["reason"].endswith("AirflowFailException: It was told to fail.")
    assert _observed(world)["reason"] == _row(world)["reason"]
    assert _observed(world)["in Airflow"] == _row(world)["link"]

    world.make_due()
    world.look(RUNS)
    world.wait_for_dataflow()
    world.look(RUNS)
    assert [run["state"] for run in world.dataflow.dag.all()] == ["failed", "success"]


@both
def test_a_request_that_got_no_answer_is_not_followed_by_a_second_run(world: World) -> None:
    """The run was made, and everything that Airflow says afterwards is an error: for the look that follows, too."""
    world.dataflow.faults[POST] = Fault(is_carried_out=True, status=503)
    _publish_month(world)
    (run,) = world.look(EXPORTERS)
    assert not run.success
    assert _is(world, "requested", "unanswered")
    assert len(world.dataflow.dag.all()) == 1

    world.dataflow.faults.clear()
    world.make_due()
    (run,) = world.look(RUNS)
    world.wait_for_dataflow()
    world.look(RUNS)

    assert run.success
    assert _is(world, "success")
    assert len(world.dataflow.dag.all()) == 1
    assert world.materialised("hmrc", "exporters", "dataflow") == {"exporters1601.zip"}


@both
def test_a_run_that_was_made_though_its_request_failed_is_found_at_once(world: World) -> None:
    world.dataflow.faults[POST] = Fault(is_carried_out=True, status=500, times=1)
    _publish_month(world)

    assert world.look(EXPORTERS)[0].success

    assert _is(world, "running")


@both
def test_a_request_that_made_no_run_is_repeated_with_the_same_id_and_serves_what_came_meanwhile(world: World) -> None:
    world.dataflow.faults[POST] = Fault(status=503)
    _publish_month(world, 1)
    world.look(EXPORTERS)
    _publish_month(world, 2)
    world.look(EXPORTERS)
    run_id = _row(world)["run_id"]

    world.dataflow.faults.clear()
    world.make_due()
    world.look(RUNS)
    world.wait_for_dataflow()
    world.look(RUNS)

    assert [run["run_id"] for run in world.dataflow.dag.all()] == [run_id]
    files = {name: world.registry(name)["dataflow_run_id"] for name in ("exporters1601.zip", "exporters1602.zip")}
    assert set(files.values()) == {_row(world)["id"]}


def test_a_process_that_dies_after_its_request_leaves_a_run_that_is_found(world: World) -> None:
    _publish_month(world)
    world.look(EXPORTERS)
    world.wait_for_dataflow()
    world.change("UPDATE operations.dataflow_run SET state = 'requested', next_attempt_at = now(), link = ''")

    assert world.look(RUNS)[0].success
    world.look(RUNS)

    assert _is(world, "success")
    assert len(world.dataflow.dag.all()) == 1


@both
def test_a_paused_dag_is_told_and_waited_for(world: World) -> None:
    world.dataflow.dag.is_paused = True
    _publish_month(world)
    world.look(EXPORTERS)
    world.look(RUNS)
    assert _is(world, "running")
    _age(world, timedelta(days=2))
    world.look(RUNS)

    assert _is(world, "running", "paused")
    assert "The DAG DSSGenericPipeline is paused in Airflow." in _row(world)["error_message"]
    assert _observed(world)["situation"] == "paused"

    world.dataflow.dag.is_paused = False
    world.wait_for_dataflow()
    world.look(RUNS)
    assert _is(world, "success")
    assert len(world.dataflow.dag.all()) == 1


@both
def test_a_scheduler_that_is_gone_is_told(world: World) -> None:
    world.dataflow.rest.has_scheduler = world.dataflow.dag.has_free_worker = False
    _publish_month(world)
    world.look(EXPORTERS)
    _age(world, timedelta(minutes=1))
    world.look(RUNS)

    assert _is(world, "running", "no scheduler")


def test_a_run_that_waits_behind_others_is_told_and_never_failed_for_it(world: World) -> None:
    world.dataflow.dag.has_free_worker = False
    _publish_month(world)
    world.look(EXPORTERS)
    _age(world, timedelta(days=2))
    world.look(RUNS)

    assert _is(world, "running", "queued")
    assert _row(world)["started_at"] is None


def test_patience_counts_from_the_start_of_a_run(world: World) -> None:
    world.dataflow.dag.may_run.clear()
    _publish_month(world)
    world.look(EXPORTERS)
    world.change("UPDATE operations.dataflow_run SET asked_at = asked_at - interval '2 days'")
    world.look(RUNS)
    assert _is(world, "running")
    (run,) = world.dataflow.dag.all()
    world.dataflow.dag.change(run["run_id"], start_date="2026-01-01T00:00:00+00:00")
    world.look(RUNS)
    world.look(RUNS)

    assert _is(world, "failed", "overdue")
    world.make_due()
    world.look(RUNS)
    assert len(world.dataflow.dag.all()) == 2


@both
def test_a_run_that_an_operator_cleared_is_followed_and_no_other_one_asked_for(world: World) -> None:
    world.dataflow.dag.failing_runs = 1
    _publish_month(world)
    world.look(EXPORTERS)
    world.wait_for_dataflow()
    world.look(RUNS)
    assert _is(world, "failed")
    world.dataflow.dag.may_run.clear()
    world.dataflow.dag.clear(_row(world)["run_id"])

    world.make_due()
    assert world.look(RUNS)[0].success
    world.look(RUNS)
    assert _is(world, "running", "cleared")
    assert len(world.dataflow.dag.all()) == 1

    world.dataflow.dag.may_run.set()
    world.wait_for_dataflow()
    world.look(RUNS)
    assert _is(world, "success")


def test_a_run_that_was_cleared_while_it_was_followed_is_told(world: World) -> None:
    world.dataflow.dag.may_run.clear()
    _publish_month(world)
    world.look(EXPORTERS)
    world.look(RUNS)
    world.change("UPDATE operations.dataflow_run SET started_at = started_at - interval '1 hour'")

    world.look(RUNS)

    assert _is(world, "running", "cleared")


@both
def test_a_run_that_was_deleted_is_asked_for_again(world: World) -> None:
    world.dataflow.dag.is_paused = True
    _publish_month(world)
    world.look(EXPORTERS)
    world.dataflow.dag.delete(_row(world)["run_id"])
    world.look(RUNS)
    assert _is(world, "failed", "lost")

    world.dataflow.dag.is_paused = False
    world.make_due()
    world.look(RUNS)

    assert len(world.dataflow.dag.all()) == 1


@both
def test_a_dag_whose_parser_is_behind_is_asked_again_for_the_same_run(world: World) -> None:
    world.dataflow.rest.is_stale = True
    _publish_month(world)
    world.look(EXPORTERS)
    assert _is(world, "requested", "stale")

    world.dataflow.rest.is_stale = False
    world.make_due()

    assert world.look(RUNS)[0].success


@both
@pytest.mark.parametrize(
    ("wrong", "situation", "told"),
    [
        ({"dataflow_uploader_dag_id": "nonesuch"}, "unknown DAG", "DATAFLOW_UPLOADER_DAG_ID"),
        ({"dataflow_username": "viewer"}, "forbidden", "the right to read and trigger the DAG"),
    ],
)
def test_what_cannot_pass_is_not_asked_for_again_until_the_settings_change(
    world: World, wrong: dict[str, str], situation: str, told: str
) -> None:
    world.dataflow.rest.people["viewer"] = DATAFLOW_PASSWORD
    world.dataflow.rest.viewers.add("viewer")
    world.connect(**wrong)
    _publish_month(world)
    world.look(EXPORTERS)
    assert _is(world, "failed", situation)
    assert told in _row(world)["error_message"]

    world.make_due()
    assert world.look(RUNS) == []

    world.connect()
    assert world.look(RUNS)[0].success


def test_a_wrong_password_is_told_and_shown_nowhere(world: World, caplog: pytest.LogCaptureFixture) -> None:
    world.connect(dataflow_password="a wrong password")
    _publish_month(world)
    (run,) = world.look(EXPORTERS)

    assert _is(world, "failed", "credentials")
    shown = "\n".join(map(str, world.instance.all_logs(run.run_id)))
    for secret in ("a wrong password", DATAFLOW_PASSWORD):
        assert secret not in shown + caplog.text + str(_row(world))


@both
def test_a_refused_configuration_is_asked_for_again_when_a_person_says_so(world: World) -> None:
    world.dataflow.rest.refused_conf = "Invalid input for param table: 'L1' does not match '^L0$'"
    _publish_month(world)
    (request,) = world.ask(EXPORTERS)
    world.execute("load_hmrc__exporters", request.tags)
    assert _is(world, "failed", "refused")
    assert "does not match '^L0$'" in _row(world)["error_message"]
    world.make_due()
    assert world.look(RUNS) == []

    world.dataflow.rest.refused_conf = ""
    trigger = AssetKey(["hmrc", "exporters", "dataflow"])
    assert world.execute("load_hmrc__exporters", request.tags, [trigger]).success

    assert _is(world, "running")


def test_what_was_refused_to_all_passes_for_all_once_one_is_accepted(world: World) -> None:
    world.dataflow.rest.viewers.add(DATAFLOW_USER)
    _publish_month(world)
    world.publish("ons/postcode_directory", "ONSPD_MAY_2019_UK.zip", ons_zip(ons_row("AB1 0AA")))
    world.look(EXPORTERS)
    (request,) = world.ask(POSTCODE_DIRECTORY)
    world.execute("load_ons__postcode_directory", request.tags)
    assert world.look(RUNS) == []

    world.dataflow.rest.viewers.clear()
    trigger = AssetKey(["ons", "postcode_directory", "dataflow"])
    world.execute("load_ons__postcode_directory", request.tags, [trigger])

    assert world.look(RUNS)[0].success
    assert {run["schema_name"] for run in world.dataflow.dag.all()} == {"hmrc.exporters", "ons.postcode_directory"}


def test_an_expired_token_is_renewed(world: World) -> None:
    _publish_month(world)
    world.look(EXPORTERS)
    world.wait_for_dataflow()
    world.look(RUNS)
    world.dataflow.rest.expire_tokens()
    _publish_month(world, 2)

    assert world.look(EXPORTERS)[0].success

    assert [target for _, target in world.dataflow.requests].count("/auth/token") == 2


def test_a_slow_answer_is_waited_for(world: World) -> None:
    world.dataflow.faults[POST] = Fault(delay_seconds=3, times=1)
    _publish_month(world)

    assert world.look(EXPORTERS)[0].success
