"""What stands still is told: since when, and why. What is late or tried again is not stuck."""

from datetime import UTC, datetime, timedelta

import pytest

from dss_assets import registry
from dss_assets.database import Connection, Database, run_lock
from dss_assets.errors import InvalidFile, NotAsDeclared, TransientError
from dss_assets.sources import Listing, RemoteFile
from dss_web.registry.stuck import Reason, Stuck, stuck_datasets

SOURCE, FILE, RUN = "hmrc.exporters", "exporters1601.zip", "a run"
REMOTE = RemoteFile(FILE, "https://publisher/a.zip", "v1")


def passed(connection: Connection, time: str) -> None:
    """Let time go by since all that is in the registry."""
    for statement in (
        "UPDATE operations.datafile_registry SET updated_timestamp = updated_timestamp - %(time)s::interval,"
        " next_attempt_at = next_attempt_at - %(time)s::interval",
        "UPDATE operations.source_listing SET listed_at = listed_at - %(time)s::interval,"
        " next_attempt_at = next_attempt_at - %(time)s::interval",
        "UPDATE operations.dataflow_run SET finished_at = finished_at - %(time)s::interval",
    ):
        connection.execute(statement, {"time": time})


def stuck(connection: Connection) -> dict[Reason, Stuck]:
    found = stuck_datasets(connection)
    assert {one.dataset for one in found} <= {SOURCE}
    return {one.reason: one for one in found}


def test_a_file_for_which_no_run_starts(connection: Connection) -> None:
    registry.record_due_files(connection, SOURCE, [REMOTE])
    assert stuck(connection) == {}

    passed(connection, "20 minutes")
    registry.record_due_files(connection, SOURCE, [REMOTE])  # it is seen again and again meanwhile

    found = stuck(connection)[Reason.NOT_STARTED]
    assert (found.files, found.why) == (1, "No run was started for it.")
    assert timedelta(minutes=20) <= datetime.now(UTC) - found.since < timedelta(minutes=21)


def test_a_file_that_waits_for_its_declaration(connection: Connection) -> None:
    registry.begin(connection, SOURCE, FILE, RUN)
    registry.wait_for_shape(connection, SOURCE, FILE, NotAsDeclared("height is declared no longer"), "a fingerprint")
    passed(connection, "20 minutes")

    assert stuck(connection)[Reason.DECLARATION].why == "height is declared no longer"


def test_a_file_whose_run_is_gone_and_one_whose_run_goes_on_for_hours(
    connection: Connection, database_url: str
) -> None:
    registry.begin(connection, SOURCE, FILE, RUN)
    passed(connection, "20 minutes")
    with Database(database_url).connect("run") as run, run_lock(run, RUN):
        assert stuck(connection) == {}
        passed(connection, "4 hours")
        assert stuck(connection)[Reason.SLOW].why == "Run a run still works on it."

    assert stuck(connection)[Reason.ABANDONED].why == "Run a run works on it no more, and nothing has tried it again."


@pytest.mark.parametrize("error", [InvalidFile("line 3 is ragged"), TransientError("the publisher was down")])
def test_a_file_that_fails_is_stuck_only_where_its_next_attempt_is_not_made(
    connection: Connection, error: InvalidFile | TransientError
) -> None:
    registry.record_due_files(connection, SOURCE, [REMOTE])
    registry.begin(connection, SOURCE, FILE, RUN)
    registry.fail(connection, SOURCE, FILE, error)
    assert stuck(connection) == {}

    passed(connection, "20 minutes")

    found = {reason: one.why for reason, one in stuck(connection).items()}
    why = "Its next attempt was not made. the publisher was down"
    assert found == ({Reason.NOT_TRIED_AGAIN: why} if isinstance(error, TransientError) else {})


def test_a_source_that_is_not_listed_again(connection: Connection) -> None:
    registry.fail_listing(connection, SOURCE, "its host does not answer")
    assert stuck(connection) == {}

    passed(connection, "20 minutes")
    assert stuck(connection)[Reason.NOT_LISTED].why == "Its source was not listed again. its host does not answer"

    registry.record_listing(connection, SOURCE, Listing([]), timedelta(hours=1))
    assert stuck(connection) == {}


def test_a_data_flow_run_that_was_refused(connection: Connection) -> None:
    connection.execute(
        "INSERT INTO operations.dataflow_run (schema_name, table_name, state, attempt, requested_at, finished_at,"
        " is_stopped, error_message) VALUES (%s, 'L1', 'failed', 1, now(), now(), true, 'unknown DAG')",
        [SOURCE],
    )
    assert stuck(connection) == {}

    passed(connection, "20 minutes")

    assert stuck(connection)[Reason.DATAFLOW].why == "unknown DAG"


def test_an_upload_that_nobody_loads_and_one_that_nobody_checks(connection: Connection) -> None:
    organisation, name = SOURCE.split(".")
    ((pipeline,),) = connection.execute(
        "INSERT INTO public.pipeline (organisation, dataset, slug) VALUES (%s, %s, 'a') RETURNING id",
        [organisation, name],
    ).fetchall()
    for state in ("verified", "uploaded"):
        connection.execute(
            "INSERT INTO public.pipeline_data_file (id, pipeline_id, data_file_url, original_name, uploaded_by, state,"
            " uploaded_at, started_processing_at, encoding, delimiter, quote, note, mode)"
            " VALUES (gen_random_uuid(), %s, '', '', '', %s, now(), now() - interval '20 minutes', 'utf-8', ',', '',"
            " '', 'replace')",
            [pipeline, state],
        )
    connection.execute(
        "INSERT INTO operations.upload_task (version_id, kind, due_at)"
        " SELECT id, 'check', now() - interval '20 minutes' FROM public.pipeline_data_file WHERE state = 'uploaded'"
    )

    assert stuck(connection).keys() == {Reason.NOT_STARTED, Reason.NOT_CHECKED}


def test_a_dataset_that_is_declared_no_longer_is_nobodys_concern(connection: Connection) -> None:
    registry.record_due_files(connection, SOURCE, [REMOTE])
    passed(connection, "20 minutes")
    assert stuck(connection).keys() == {Reason.NOT_STARTED}

    connection.execute(
        "INSERT INTO operations.dataset (key, schema_name, title, description, owner, contact, licence, licence_url,"
        " source_page, tables, declared_at, withdrawn_at)"
        " VALUES (%s, '', '', '', '', '', '', '', '', '[]', now(), now())",
        [SOURCE],
    )

    assert stuck(connection) == {}
