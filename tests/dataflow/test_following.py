"""What data-flow says of a run that it has accepted is told for what it is."""

import pytest

from infra.local.http import Fault
from tests.dataflow.ledger import Ledger

both = pytest.mark.parametrize("api", ["airflow-2", "airflow-3"], indirect=True)


@both
def test_a_run_that_fails_says_why_with_a_link_and_another_one_is_asked_for(ledger: Ledger) -> None:
    ledger.airflow.dag.failing_runs = 1
    ledger.start()
    ledger.wait()
    (run,) = ledger.poll()

    assert (run.state, run.situation, run.files) == ("failed", "", ["a"])
    assert run.reason.startswith("Task copy_table, try 1: ")
    assert run.reason.endswith("AirflowFailException: It was told to fail.")
    assert run.link.startswith(f"{ledger.airflow.url}/dags/DSSGenericPipeline/")
    assert run.run_id in run.link

    ledger.pass_time()
    assert ledger.trigger()
    assert len(ledger.airflow.dag.all()) == 2


@both
def test_a_log_that_cannot_be_read_does_not_keep_a_run_from_its_end(ledger: Ledger) -> None:
    ledger.airflow.dag.failing_runs = 1
    ledger.start()
    ledger.wait()
    ledger.airflow.faults["taskInstances"] = Fault(body=b'{"task_instances": 7}')

    (run,) = ledger.poll()

    assert (run.state, run.reason) == ("failed", "")


@both
def test_a_paused_dag_is_told_once_and_waited_for(ledger: Ledger) -> None:
    ledger.airflow.dag.is_paused = True
    ledger.start()
    assert ledger.poll() == []
    ledger.pass_time()
    (run,) = ledger.poll()
    assert (run.state, run.situation) == ("running", "paused")
    assert "The DAG DSSGenericPipeline is paused in Airflow." in run.error_message
    assert ledger.poll() == []

    ledger.airflow.dag.is_paused = False
    ledger.wait()
    ledger.poll()
    assert ledger.told == ("success", "")


def test_a_run_that_stalls_because_its_dag_was_paused_is_not_failed_for_it(ledger: Ledger) -> None:
    ledger.airflow.dag.may_run.clear()
    ledger.start()
    ledger.poll()
    ledger.airflow.dag.is_paused = True
    ledger.airflow.dag.change(ledger.row()["run_id"], start_date="2026-01-01T00:00:00+00:00")
    ledger.poll()
    ledger.poll()

    assert ledger.told == ("running", "paused")


@both
def test_a_scheduler_that_is_gone_is_told(ledger: Ledger) -> None:
    ledger.airflow.rest.has_scheduler = ledger.airflow.dag.has_free_worker = False
    ledger.start()
    ledger.pass_time("1 minute")
    ledger.poll()

    assert ledger.told == ("running", "no scheduler")


@both
def test_a_dag_that_went_stale_is_told(ledger: Ledger) -> None:
    ledger.airflow.dag.has_free_worker = False
    ledger.start()
    ledger.airflow.rest.is_stale = True
    ledger.pass_time("1 minute")
    ledger.poll()

    assert ledger.told == ("running", "stale")


def test_a_run_that_waits_behind_others_is_told_and_never_failed_for_it(ledger: Ledger) -> None:
    ledger.airflow.dag.has_free_worker = False
    ledger.start()
    ledger.pass_time("2 days")
    ledger.poll()

    assert ledger.told == ("running", "queued")
    assert ledger.row()["started_at"] is None


def test_patience_counts_from_the_start_of_a_run(ledger: Ledger) -> None:
    ledger.airflow.dag.may_run.clear()
    ledger.start()
    ledger.connection.execute("UPDATE operations.dataflow_run SET asked_at = asked_at - interval '2 days'")
    ledger.poll()
    ledger.poll()
    assert ledger.told == ("running", "")

    ledger.connection.execute("UPDATE operations.dataflow_run SET started_at = started_at - interval '7 hours'")
    ledger.airflow.dag.change(ledger.row()["run_id"], start_date=ledger.row()["started_at"].isoformat())
    ledger.poll()
    assert ledger.told == ("failed", "overdue")

    ledger.pass_time()
    assert ledger.trigger()
    assert len(ledger.airflow.dag.all()) == 2


@both
def test_a_run_that_an_operator_cleared_is_followed_and_no_other_one_asked_for(ledger: Ledger) -> None:
    ledger.airflow.dag.failing_runs = 1
    ledger.start()
    ledger.wait()
    ledger.poll()
    ledger.airflow.dag.may_run.clear()
    ledger.airflow.dag.clear(ledger.row()["run_id"])
    ledger.pass_time()

    run = ledger.trigger()

    assert run
    assert ledger.told == ("running", "cleared")
    assert len(ledger.airflow.dag.all()) == 1
    ledger.airflow.dag.may_run.set()
    ledger.wait()
    (run,) = ledger.poll()
    assert (run.state, run.files) == ("success", ["a"])


def test_a_run_that_is_cleared_while_it_is_followed_is_told(ledger: Ledger) -> None:
    ledger.airflow.dag.may_run.clear()
    ledger.start()
    ledger.poll()
    ledger.airflow.dag.change(ledger.row()["run_id"], state="queued", start_date=None)
    ledger.poll()

    assert ledger.told == ("running", "cleared")


@both
def test_a_run_that_was_deleted_is_asked_for_again_as_another_one(ledger: Ledger) -> None:
    ledger.airflow.dag.has_free_worker = False
    ledger.start()
    ledger.airflow.dag.delete(ledger.row()["run_id"])
    ledger.poll()
    assert ledger.told == ("failed", "lost")

    ledger.airflow.dag.has_free_worker = True
    ledger.pass_time()
    ledger.trigger()
    assert len(ledger.airflow.dag.all()) == 1


def test_what_cannot_be_looked_up_stays_as_it_is(ledger: Ledger) -> None:
    ledger.airflow.dag.may_run.clear()
    ledger.start()
    ledger.airflow.faults["dagRuns/"] = Fault(status=503, times=1)
    (run,) = ledger.poll()
    assert (run.state, run.situation) == ("running", "unanswered")

    ledger.poll()
    assert ledger.told == ("running", "")


def test_who_may_not_look_looks_once_a_minute(ledger: Ledger) -> None:
    ledger.airflow.dag.may_run.clear()
    ledger.start()
    ledger.airflow.faults["dagRuns/"] = Fault(status=403)
    ledger.poll()
    assert ledger.told == ("running", "forbidden")
    looks = len(ledger.airflow.requests)
    ledger.poll()
    assert len(ledger.airflow.requests) == looks

    ledger.airflow.faults.clear()
    ledger.pass_time("2 minutes")
    ledger.poll()
    assert ledger.told == ("running", "")


@both
def test_a_proxy_that_knows_no_airflow_does_not_make_a_run_lost(ledger: Ledger) -> None:
    """Its 404 looks like that of a run that was deleted: asking for another one would make two."""
    ledger.airflow.dag.may_run.clear()
    ledger.start()
    ledger.airflow.faults["dagRuns/"] = Fault(status=404, body=b"default backend - 404")
    ledger.poll()

    assert ledger.told[0] == "running"
