"""A machine that is too busy to start runs in time: they are asked for later each time, and the registry says why."""

import sqlalchemy
from dagster import DagsterEvent, DagsterEventType, DagsterRunStatus

from tests.journeys.world import World
from tests.published import exporter_line, exporters_zip

EXPORTERS = "hmrc__exporters__files"
JANUARY = exporters_zip(exporters1601=exporter_line("201601", "First Ltd", "1"))


def test_runs_that_fail_to_start_are_not_asked_for_at_every_look(world: World) -> None:
    world.publish("hmrc/exporters", "exporters1601.zip", JANUARY)
    (request,) = world.ask(EXPORTERS)
    job = world.definitions.resolve_job_def(request.job_name)
    run = world.instance.create_run_for_job(job, status=DagsterRunStatus.STARTING, tags=request.tags)
    world.instance.report_run_failed(run, "User code server request timed out")

    assert world.ask(EXPORTERS) == []
    row = world.registry("exporters1601.zip")
    assert row["state"] == "due", "it is asked for later"
    assert row["error_message"].startswith("Runs for hmrc__exporters failed before their first step once.")


def test_a_run_that_does_not_get_to_work_is_waited_for_and_then_counts_as_one_that_failed_to_start(
    world: World,
) -> None:
    world.publish("hmrc/exporters", "exporters1601.zip", JANUARY)
    (request,) = world.ask(EXPORTERS)
    job = world.definitions.resolve_job_def(request.job_name)
    run = world.instance.create_run_for_job(job, status=DagsterRunStatus.STARTING, tags=request.tags)
    for kind in (DagsterEventType.RUN_START, DagsterEventType.STEP_START):
        event = DagsterEvent(kind.value, run.job_name, step_key="hmrc__exporters")
        world.instance.report_dagster_event(event, run_id=run.run_id)

    def status() -> DagsterRunStatus:
        found = world.instance.get_run_by_id(run.run_id)
        assert found
        return found.status

    def let_pass(seconds: int) -> None:
        with world.instance.run_storage.connect() as connection:  # type: ignore[attr-defined]  # of a SQL storage
            connection.execute(sqlalchemy.text(f"UPDATE runs SET start_time = start_time - {seconds}"))

    let_pass(100)
    assert world.ask(EXPORTERS) == []
    assert status() == DagsterRunStatus.STARTED, "a busy machine takes minutes"

    let_pass(100)
    assert world.ask(EXPORTERS) == []
    assert status() == DagsterRunStatus.FAILURE
    assert "failed before their first step once" in world.registry("exporters1601.zip")["error_message"]
