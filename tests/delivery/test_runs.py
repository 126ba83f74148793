"""A delivery of our own: what it leaves behind in the ledger and in the datasets database, however it ends."""

import os
import signal
import subprocess
import sys
from contextlib import ExitStack

import pytest

from dss_assets.dataflow import RequestRefused, Run
from dss_assets.errors import TransientError
from tests.conftest import REPOSITORY
from tests.delivery.copying import SOURCE, TABLE, Deliveries
from tests.parts.waiting import wait_until

THREE = [(1, "name 1"), (2, "name 2"), (3, "name 3")]


def test_a_table_is_copied_and_the_run_says_so(deliveries: Deliveries) -> None:
    assert deliveries.due() == {SOURCE}

    delivered = deliveries.deliver()

    assert delivered
    assert delivered.run.files == ["a"]
    assert delivered.facts["rows"] == 3
    assert deliveries.run()["state"] == "success"
    assert deliveries.there() == THREE
    assert deliveries.tables_there() == {"exporters"}
    assert deliveries.due() == set()


def test_new_rows_replace_the_old_ones(deliveries: Deliveries) -> None:
    deliveries.deliver()
    deliveries.make("SELECT 7 AS id, true AS is_new")
    deliveries.load("b")

    deliveries.deliver()

    assert deliveries.there() == [(7, True)]


def test_a_second_run_over_the_table_waits_for_the_end_of_the_first(deliveries: Deliveries) -> None:
    deliveries.make_gated()
    with deliveries.delivering_up_to_the_gate() as first:
        deliveries.load("b")

        assert deliveries.deliver() is None
        assert deliveries.due() == set()

    assert first.result()
    assert deliveries.due() == {SOURCE}


def test_of_two_copies_at_once_the_later_state_stays(deliveries: Deliveries) -> None:
    """Also where the ledger does not keep them apart: the second looks at our table after the first has committed."""
    deliveries.make_gated()
    with ExitStack() as beside:
        with deliveries.delivering_up_to_the_gate() as first:
            deliveries.connection.execute('UPDATE "hmrc.exporters"."L0" SET name = \'later\' WHERE id = 1')
            second = beside.enter_context(deliveries.delivering_beside_the_ledger())
            deliveries.wait_for(deliveries.datasets_url, "advisory")
        assert first.result()
        second.result()

    assert deliveries.there("SELECT name FROM hmrc.exporters WHERE id = 1") == [("later",)]


def test_a_process_that_is_killed_leaves_nothing_half_written(deliveries: Deliveries) -> None:
    deliveries.deliver()
    deliveries.make_gated()
    deliveries.load("b")
    program = (
        "from tests.delivery.copying import Deliveries\n"
        f"Deliveries(None, {deliveries.database_url!r}, {deliveries.datasets_url!r}).deliver()"
    )
    with deliveries.gate():
        process = subprocess.Popen([sys.executable, "-c", program], cwd=REPOSITORY)
        pid = deliveries.wait_for(deliveries.database_url, "advisory")
        assert deliveries.connected().poll(deliveries.connection) == []
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
        # The gate stands for a host that vanished: Postgres has not noticed yet.
        deliveries.connection.execute("SELECT pg_terminate_backend(%s)", [pid])

    news: list[Run] = []

    def is_noticed() -> bool:
        news[:] = deliveries.connected().poll(deliveries.connection)
        return bool(news)

    # Postgres takes a moment to notice that the client has gone.
    wait_until(is_noticed, "the lost run is noticed")

    assert [(run.state, run.situation) for run in news] == [("failed", "lost")]
    assert deliveries.there() == THREE
    assert deliveries.tables_there() == {"exporters"}
    deliveries.pass_time()
    assert deliveries.due() == {SOURCE}
    assert deliveries.deliver()
    assert len(deliveries.there()) == 100_000


def test_our_database_can_break_off_in_the_middle(deliveries: Deliveries) -> None:
    deliveries.deliver()
    deliveries.make_gated()
    deliveries.load("b")
    with deliveries.delivering_up_to_the_gate() as run:
        pid = deliveries.wait_for(deliveries.database_url, "advisory")
        deliveries.connection.execute("SELECT pg_terminate_backend(%s)", [pid])
        with pytest.raises(TransientError, match="could not be read from our database to the end"):
            run.result()

    assert deliveries.run()["state"] == "failed"
    assert deliveries.there() == THREE
    assert deliveries.tables_there() == {"exporters"}
    deliveries.pass_time()
    assert deliveries.due() == {SOURCE}


def test_the_datasets_database_can_break_off_in_the_middle(deliveries: Deliveries) -> None:
    deliveries.make_gated()
    with deliveries.delivering_up_to_the_gate() as run:
        deliveries.do_there(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database()"
            " AND application_name LIKE 'dss copy%'"
        )
    with pytest.raises(TransientError, match="What was there stays, and it is tried again"):
        run.result()

    assert deliveries.run()["state"] == "failed"
    assert deliveries.tables_there() == set()
    deliveries.pass_time()
    assert deliveries.due() == {SOURCE}


def test_a_datasets_database_that_is_away_is_asked_again_later(deliveries: Deliveries) -> None:
    deliveries.url = "postgresql://nobody@127.0.0.1:9/datasets"

    with pytest.raises(TransientError, match="The datasets database cannot be reached"):
        deliveries.deliver()

    run = deliveries.run()
    assert (run["state"], run["situation"]) == ("requested", "unanswered")
    assert deliveries.due() == set()
    deliveries.url = ""
    deliveries.pass_time()
    assert deliveries.due() == {SOURCE}
    assert deliveries.deliver()
    assert deliveries.run()["id"] == run["id"]


def test_a_datasets_database_that_is_full_keeps_what_it_has_and_is_tried_again(deliveries: Deliveries) -> None:
    deliveries.deliver()
    deliveries.load("b")
    # What Postgres says where its disk is full, at the moment when it makes the table.
    deliveries.do_there(
        "CREATE FUNCTION public.full_disk() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN"
        " RAISE EXCEPTION 'could not extend file: No space left on device' USING ERRCODE = 'disk_full'; END $$",
        "CREATE EVENT TRIGGER full_disk ON ddl_command_end WHEN TAG IN ('CREATE TABLE')"
        " EXECUTE FUNCTION public.full_disk()",
    )

    with pytest.raises(TransientError, match="No space left on device"):
        deliveries.deliver()

    run = deliveries.run()
    assert (run["state"], run["is_stopped"]) == ("failed", False)
    assert "No space left on device" in run["error_message"]
    assert deliveries.there() == THREE
    deliveries.pass_time()
    assert deliveries.due() == {SOURCE}


def test_what_the_datasets_database_does_not_allow_is_not_tried_for_ever(deliveries: Deliveries) -> None:
    deliveries.do_there("DROP ROLE IF EXISTS copier", "CREATE ROLE copier LOGIN")
    try:
        deliveries.url = deliveries.datasets_url.replace("//postgres", "//copier", 1)
        with pytest.raises(RequestRefused, match="Give the user of DSS_DATASETS_DATABASE_URL the rights"):
            deliveries.deliver()

        run = deliveries.run()
        assert (run["state"], run["situation"], run["is_stopped"]) == ("failed", "refused", True)
        deliveries.pass_time()
        assert deliveries.due() == set()
        assert set(deliveries.connected("other settings").due_sources(deliveries.connection)) == {SOURCE}
    finally:
        deliveries.do_there("DROP ROLE copier")


def test_a_user_whom_the_datasets_database_does_not_know_is_not_tried_for_ever(deliveries: Deliveries) -> None:
    deliveries.url = deliveries.datasets_url.replace("//postgres", "//nobody", 1)

    with pytest.raises(RequestRefused, match="does not let us in"):
        deliveries.deliver()

    run = deliveries.run()
    assert (run["state"], run["situation"], run["is_stopped"]) == ("failed", "credentials", True)
    deliveries.pass_time()
    assert deliveries.due() == set()


def test_values_are_told_to_administrators_alone(deliveries: Deliveries) -> None:
    deliveries.deliver()
    deliveries.do_there("CREATE UNIQUE INDEX one_name ON hmrc.exporters (name)")
    deliveries.make("SELECT id, 'a secret' AS name FROM generate_series(1, 2) AS id")
    deliveries.load("b")

    with pytest.raises(RequestRefused) as refused:
        deliveries.deliver()

    run = deliveries.run()
    assert "a secret" not in str(refused.value) + run["error_message"]
    assert "a secret" in run["reason"]
    assert deliveries.there() == THREE


def test_a_run_that_was_given_up_puts_nothing_in_place(deliveries: Deliveries) -> None:
    deliveries.make_gated()
    with deliveries.delivering_up_to_the_gate() as run:
        deliveries.connection.execute("UPDATE operations.dataflow_run SET state = 'failed', error_message = 'given up'")
    with pytest.raises(TransientError, match="nothing was put in place"):
        run.result()

    assert deliveries.tables_there() == set()
    assert deliveries.run()["error_message"] == "given up"


def test_the_copy_of_a_deleted_dataset_goes_and_does_not_come_back(deliveries: Deliveries) -> None:
    deliveries.deliver()
    deliveries.make_gated()
    deliveries.load("b")
    with deliveries.delivering_up_to_the_gate() as run:
        deliveries.connection.execute("DELETE FROM operations.datafile_registry")
        deliveries.connection.execute("DELETE FROM operations.dataflow_run")
        withdrawal = deliveries.connected().withdraw("hmrc", "exporters")
    with pytest.raises(TransientError, match="its dataset deleted"):
        run.result()

    assert withdrawal.counts == {"copies in the datasets database": 1}
    assert deliveries.tables_there() == set()
    assert deliveries.connected().withdraw("hmrc", "exporters").counts == {"copies in the datasets database": 0}


def test_runs_of_dataflow_from_before_the_change_are_delivered_by_us(deliveries: Deliveries) -> None:
    deliveries.connection.execute(
        "INSERT INTO operations.dataflow_run (schema_name, table_name, state, run_id, requested_at)"
        " VALUES (%s, %s, 'running', 'manual__2026', now())",
        [SOURCE, TABLE],
    )
    deliveries.connection.execute(
        "UPDATE operations.datafile_registry SET dataflow_run_id = (SELECT max(id) FROM operations.dataflow_run)"
    )

    (run,) = deliveries.connected().poll(deliveries.connection)

    assert (run.state, run.situation) == ("failed", "lost")
    deliveries.pass_time()
    assert deliveries.due() == {SOURCE}
