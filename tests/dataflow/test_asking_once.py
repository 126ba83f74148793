"""A run is asked for until it is known to exist, and never made twice."""

import pytest

from dss_assets.errors import TransientError
from infra.local.http import Fault
from tests.dataflow.ledger import SOURCE, Ledger

RUNS = "/dagRuns"
both = pytest.mark.parametrize("api", ["airflow-2", "airflow-3"], indirect=True)


@both
def test_a_run_has_an_id_of_ours_that_is_stored_before_we_ask(ledger: Ledger) -> None:
    ledger.airflow.faults[RUNS] = Fault(status=503)
    ledger.load()
    with pytest.raises(TransientError, match="503"):
        ledger.trigger()
    row = ledger.row()
    assert ledger.told == ("requested", "unanswered")
    assert row["run_id"] == f"dss-{row['id']}-{int(row['requested_at'].timestamp() + 0.5)}"
    assert len(row["run_id"]) <= 31

    ledger.airflow.faults.clear()
    ledger.pass_time()
    ledger.trigger()
    assert [run["run_id"] for run in ledger.airflow.dag.all()] == [row["run_id"]]


@both
def test_a_request_that_got_no_answer_is_not_followed_by_a_second_run(ledger: Ledger) -> None:
    """The run was made, and all that Airflow says afterwards is an error: to the look that follows, too."""
    ledger.airflow.faults[RUNS] = Fault(status=503, is_carried_out=True)
    ledger.load()
    with pytest.raises(TransientError):
        ledger.trigger()
    assert len(ledger.airflow.dag.all()) == 1

    ledger.airflow.faults.clear()
    ledger.pass_time()
    assert ledger.due() == {SOURCE}
    run = ledger.trigger()
    ledger.wait()
    ledger.poll()

    assert run
    assert run.files == ["a"]
    assert ledger.told == ("success", "")
    assert len(ledger.airflow.dag.all()) == 1


@both
@pytest.mark.parametrize("fault", [Fault(status=500, is_carried_out=True, times=1), Fault(sent_bytes=3, times=1)])
def test_a_run_that_was_made_though_its_request_failed_is_found_at_once(ledger: Ledger, fault: Fault) -> None:
    ledger.airflow.faults[RUNS] = Fault(
        fault.status, sent_bytes=fault.sent_bytes, is_carried_out=fault.is_carried_out, times=1
    )
    ledger.load()

    assert ledger.trigger()
    assert len(ledger.airflow.dag.all()) == 1


def test_a_conflict_means_that_the_run_is_there(ledger: Ledger) -> None:
    """The look before says that it is not: an earlier request arrives late."""
    ledger.airflow.faults[RUNS] = Fault(status=503, is_carried_out=True)
    ledger.load()
    with pytest.raises(TransientError):
        ledger.trigger()
    ledger.airflow.faults[RUNS] = Fault(status=404, body=b'{"detail": "was not found"}', times=1)
    ledger.pass_time()

    assert ledger.trigger()
    assert [method for method, target in ledger.airflow.requests if target.endswith(RUNS)] == ["POST", "POST"]


def test_what_is_loaded_until_a_run_is_made_is_served_by_it(ledger: Ledger) -> None:
    ledger.airflow.faults[RUNS] = Fault(status=503)
    ledger.load("a")
    with pytest.raises(TransientError):
        ledger.trigger()
    ledger.load("b")
    assert ledger.due() == set()

    ledger.airflow.faults.clear()
    ledger.pass_time()
    ledger.trigger()

    assert set(ledger.served().values()) == {ledger.row()["id"]}


def test_what_is_loaded_after_a_run_was_made_waits_for_the_next_one(ledger: Ledger) -> None:
    ledger.airflow.faults[RUNS] = Fault(status=503, is_carried_out=True)
    ledger.load("a")
    with pytest.raises(TransientError):
        ledger.trigger()
    ledger.load("b")
    ledger.airflow.faults.clear()
    ledger.pass_time()
    ledger.trigger()
    assert ledger.served() == {"a": ledger.row()["id"], "b": None}

    ledger.wait()
    ledger.poll()
    assert ledger.due() == {SOURCE}


def test_what_is_loaded_waits_while_it_is_not_known_whether_a_run_was_made(ledger: Ledger) -> None:
    ledger.airflow.faults[RUNS] = Fault(status=503, is_carried_out=True)
    ledger.load("a")
    with pytest.raises(TransientError):
        ledger.trigger()
    ledger.load("b")
    ledger.airflow.faults.clear()
    # The look fails, and the same request again would be answered by 409.
    ledger.airflow.faults["dagRuns/"] = Fault(status=503, times=1)
    ledger.pass_time()
    with pytest.raises(TransientError):
        ledger.trigger()
    ledger.pass_time()
    assert ledger.trigger()

    assert ledger.served() == {"a": ledger.row()["id"], "b": None}


@both
def test_a_run_that_airflow_1_may_have_made_gets_an_id_in_the_next_airflow(ledger: Ledger) -> None:
    ledger.airflow.faults["dag_runs"] = Fault(status=503)
    ledger.connect(dataflow_api="airflow-1")
    ledger.load()
    with pytest.raises(TransientError):
        ledger.trigger()
    assert ledger.row()["run_id"] == ""

    ledger.connect()
    ledger.pass_time()
    assert ledger.trigger()

    assert [run["run_id"] for run in ledger.airflow.dag.all()] == [ledger.row()["run_id"]]


def test_a_process_that_dies_after_its_request_leaves_a_run_that_is_found(ledger: Ledger) -> None:
    ledger.start()
    ledger.connection.execute(
        "UPDATE operations.dataflow_run SET state = 'requested', next_attempt_at = now() + interval '2 minutes'"
    )
    assert ledger.due() == set()
    assert ledger.trigger() is None

    ledger.pass_time("3 minutes")
    assert ledger.due() == {SOURCE}
    assert ledger.trigger()

    assert len(ledger.airflow.dag.all()) == 1


def test_a_person_need_not_wait_for_the_next_attempt(ledger: Ledger) -> None:
    ledger.airflow.faults[RUNS] = Fault(status=503)
    ledger.load()
    with pytest.raises(TransientError):
        ledger.trigger()
    assert ledger.due() == set()

    ledger.ask_again()

    assert ledger.due() == {SOURCE}
    assert ledger.served() == {"a": ledger.row()["id"]}


@pytest.mark.parametrize("api", ["airflow-1"], indirect=True)
def test_airflow_1_is_asked_for_runs_a_second_apart(ledger: Ledger) -> None:
    ledger.load("a", "hmrc.exporters")
    ledger.load("b", "ons.postcode_directory")

    assert ledger.trigger("hmrc.exporters")
    assert ledger.trigger("ons.postcode_directory")


@pytest.mark.parametrize("api", ["airflow-1"], indirect=True)
def test_a_row_of_the_release_before_is_asked_for_again(ledger: Ledger) -> None:
    ledger.load()
    ledger.connection.execute(
        "WITH run AS (INSERT INTO operations.dataflow_run (schema_name, table_name, state, requested_at)"
        " VALUES ('hmrc.exporters', 'L1', 'requested', now() - interval '3 minutes') RETURNING id)"
        " UPDATE operations.datafile_registry SET dataflow_run_id = run.id FROM run"
    )

    assert ledger.due() == {SOURCE}
    assert ledger.trigger()
