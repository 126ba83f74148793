"""What is wrong with each dataset, since when and why, follows from what both halves write down."""

import uuid
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from psycopg.types.json import Jsonb

from dss_assets import registry
from dss_assets.catalogue import record_datasets
from dss_assets.database import Connection, run_lock
from dss_assets.datasets import EXPORTERS, SPIRE
from dss_assets.errors import InvalidFile, TransientError
from dss_assets.sources import Listing, RemoteFile
from dss_assets.storage import StoredFile
from dss_web.registry.dataset_states import DatasetState, State, dataset_states
from dss_web.registry.problems import dataset_problems, service_problems
from dss_web.shared.contract import DAGSTER_DAEMON, WORKER, Problem

KEY = EXPORTERS.key
FILE = "exporters2401.zip"
DOWN, BAD = TransientError("the publisher is down"), InvalidFile("line 3 has too many fields")


@pytest.fixture
def declared(connection: Connection) -> Connection:
    record_datasets(connection, [EXPORTERS, SPIRE])
    return connection


def load(connection: Connection, name: str = FILE, source: str = KEY, rows: int = 7) -> None:
    registry.begin(connection, source, name, "a run")
    registry.record_stored(connection, source, name, "v1", StoredFile("a path", 3, "a digest"))
    registry.finish(connection, source, name, rows, 0.5, "a declaration")


def fail(connection: Connection, error: TransientError | InvalidFile, name: str = FILE) -> None:
    registry.begin(connection, KEY, name, "a run")
    registry.fail(connection, KEY, name, error)


def pass_time(connection: Connection, minutes: int) -> None:
    """Move everything that was written into the past."""
    connection.execute(
        "UPDATE operations.datafile_registry SET updated_timestamp = updated_timestamp - %(for)s,"
        " failing_since = failing_since - %(for)s, loaded_at = loaded_at - %(for)s,"
        " next_attempt_at = next_attempt_at - %(for)s",
        {"for": timedelta(minutes=minutes)},
    )
    connection.execute(
        "UPDATE operations.source_listing SET failing_since = failing_since - %(for)s,"
        " expected_at = expected_at - %(for)s, next_attempt_at = next_attempt_at - %(for)s",
        {"for": timedelta(minutes=minutes)},
    )
    connection.execute(
        "UPDATE operations.dataflow_run SET requested_at = requested_at - %(for)s, asked_at = asked_at - %(for)s,"
        " finished_at = finished_at - %(for)s",
        {"for": timedelta(minutes=minutes)},
    )


def state(connection: Connection, key: str = KEY) -> DatasetState:
    return next(one for one in dataset_states(connection) if one.dataset == key)


def wrong(connection: Connection) -> list[tuple[str, Problem, str]]:
    return [(one.dataset, one.problem, one.why) for one in dataset_problems(connection)]


def test_a_dataset_is_empty_then_fresh_with_what_its_last_load_was(declared: Connection) -> None:
    assert state(declared).state == State.EMPTY
    load(declared, rows=12)
    load(declared, "exporters2402.zip", rows=34)

    found = state(declared)

    assert (found.state, found.why, found.rows, found.seconds, found.failures) == (State.FRESH, "", 34, 0.5, 0)
    assert found.since == found.loaded_at
    assert wrong(declared) == []


def test_a_dataset_is_late_once_nothing_was_loaded_for_the_declared_time(declared: Connection) -> None:
    load(declared)
    pass_time(declared, 44 * 24 * 60)
    assert state(declared).state == State.FRESH
    pass_time(declared, 2 * 24 * 60)

    found = state(declared)

    assert found.state == State.LATE
    assert found.loaded_at
    assert found.since == found.loaded_at + timedelta(days=45)
    assert found.why.startswith("Nothing was loaded since 20")
    assert found.why.endswith("New data was expected within 45 days.")


def test_one_failed_attempt_is_no_problem_and_a_quarter_of_an_hour_of_them_is_one(declared: Connection) -> None:
    fail(declared, DOWN)
    assert wrong(declared) == []
    pass_time(declared, 16)
    fail(declared, DOWN)

    assert wrong(declared) == [(KEY, Problem.FAILING, f"{FILE}: the publisher is down")]
    assert state(declared).failures == 2
    # Also while it is tried again.
    registry.record_due_files(declared, KEY, [RemoteFile(FILE, "https://publisher/a.zip", "v2")])
    assert state(declared).state == State.FAILING
    registry.begin(declared, KEY, FILE, "a run")
    assert state(declared).state == State.FAILING

    load(declared)
    assert state(declared).state == State.FRESH


def test_an_invalid_file_is_a_problem_at_once_and_several_are_one(declared: Connection) -> None:
    for name in (FILE, "exporters2402.zip"):
        fail(declared, BAD, name)

    ((dataset, problem, why),) = wrong(declared)

    assert (dataset, problem) == (KEY, Problem.FAILING)
    assert why == f"{FILE}: line 3 has too many fields And 1 more."


def test_a_source_that_cannot_be_listed_fails(declared: Connection) -> None:
    registry.fail_listing(declared, KEY, "503 Service Unavailable")
    assert wrong(declared) == []
    pass_time(declared, 16)
    declared.execute("UPDATE operations.source_listing SET next_attempt_at = now()")

    assert wrong(declared) == [(KEY, Problem.FAILING, "Its source cannot be listed: 503 Service Unavailable")]
    registry.record_listing(declared, KEY, Listing([]), timedelta(hours=6))
    assert wrong(declared) == []


def test_a_source_that_nobody_lists_any_more_is_stuck(declared: Connection) -> None:
    registry.record_listing(declared, KEY, Listing([]), timedelta(hours=6))
    pass_time(declared, 6 * 60 + 59)
    assert wrong(declared) == []
    pass_time(declared, 2)

    ((_, problem, why),) = wrong(declared)

    assert (problem, why) == (Problem.STUCK, "Its source should have been listed again then, and was not.")


def test_a_file_whose_process_is_gone_is_stuck_and_one_that_is_worked_on_is_not(declared: Connection) -> None:
    registry.begin(declared, KEY, FILE, "a run")
    pass_time(declared, 20)
    with run_lock(declared, "a run"):
        assert wrong(declared) == []

    assert [(dataset, problem) for dataset, problem, _ in wrong(declared)] == [(KEY, Problem.STUCK)]


def test_a_shrunk_file_and_changed_columns_count_until_a_newer_file_is_there(declared: Connection) -> None:
    findings = {"not_shrunk": "5 rows after 1,000", "same_columns": "gone: postcode"}
    load(declared)
    declared.execute(
        "UPDATE operations.datafile_registry SET findings = %s, file_date = '2024-01-01'", [Jsonb(findings)]
    )

    assert wrong(declared) == [
        (KEY, Problem.CHANGED_COLUMNS, f"{FILE}: gone: postcode"),
        (KEY, Problem.SHRUNK, f"{FILE}: 5 rows after 1,000"),
    ]
    assert state(declared).state == State.SHRUNK
    assert len(state(declared).problems) == 2

    load(declared, "exporters2402.zip")
    declared.execute("UPDATE operations.datafile_registry SET file_date = '2024-02-01' WHERE file_date IS NULL")
    assert wrong(declared) == []


def run_of_dataflow(connection: Connection, schema: str, run_state: str, **columns: object) -> None:
    names = ", ".join(columns)
    connection.execute(
        f"INSERT INTO operations.dataflow_run (schema_name, table_name, state, requested_at, {names})".encode()
        + f" VALUES (%s, 'L1', %s, now(), {', '.join(['%s'] * len(columns))})".encode(),
        [schema, run_state, *columns.values()],
    )


def test_a_delivery_that_fails_is_a_failure_since_the_first_attempt(declared: Connection) -> None:
    run_of_dataflow(declared, SPIRE.schema, "success", error_message="")
    pass_time(declared, 60)
    run_of_dataflow(declared, SPIRE.schema, "failed", error_message="The first.")
    pass_time(declared, 20)
    run_of_dataflow(declared, SPIRE.schema, "failed", error_message="The run failed.")
    pass_time(declared, 16)

    (found,) = dataset_problems(declared)

    assert (found.dataset, found.problem) == (SPIRE.key, Problem.FAILING)
    assert found.why == "It is not copied to the datasets database: The run failed."
    (minutes,) = declared.execute("SELECT extract(epoch FROM now() - %s) / 60", [found.since]).fetchall()[0]
    assert round(minutes) == 36

    run_of_dataflow(declared, SPIRE.schema, "success", error_message="")
    assert dataset_problems(declared) == []


def test_a_paused_dag_is_stuck_after_an_hour(declared: Connection) -> None:
    run_of_dataflow(declared, KEY, "running", situation="paused", error_message="The DAG is paused.")
    pass_time(declared, 61)
    ((_, problem, why),) = wrong(declared)
    assert (problem, why) == (Problem.STUCK, "data-flow does not get on with it: The DAG is paused.")


@pytest.fixture
def upload(declared: Connection) -> Callable[..., str]:
    (pipeline,) = declared.execute(
        "INSERT INTO pipeline (organisation, dataset, slug) VALUES ('dbt', 'wins', 'dbt-wins') RETURNING id"
    ).fetchall()[0]

    def add(upload_state: str, *, was_confirmed: bool = False, error: str = "") -> str:
        identifier = str(uuid.uuid4())
        declared.execute(
            "INSERT INTO pipeline_data_file (id, pipeline_id, data_file_url, original_name, uploaded_by, state,"
            " uploaded_at, encoding, delimiter, quote, error_message, started_processing_at)"
            " VALUES (%s, %s, '', 'a.csv', 'a@b', %s, clock_timestamp(), 'utf-8', ',', '\"', %s,"
            " CASE WHEN %s THEN now() END)",
            [identifier, pipeline, upload_state, error, was_confirmed],
        )
        return identifier

    return add


def test_an_upload_that_fails_once_it_was_confirmed_is_a_problem_and_quotes_nothing(
    declared: Connection, upload: Callable[..., str]
) -> None:
    upload("failed", error="Line 2: “Erika” is not a number.")
    assert wrong(declared) == []
    assert state(declared, "dbt.wins").is_uploaded

    upload("failed", was_confirmed=True, error="Line 2: “Erika” is not a number.")
    assert wrong(declared) == [("dbt.wins", Problem.FAILING, "The page of the upload has the reason.")]

    upload("completed", was_confirmed=True)
    assert wrong(declared) == []


def test_what_an_administrator_has_taken_note_of_counts_no_longer_until_something_newer_is_wrong(
    declared: Connection,
) -> None:
    fail(declared, BAD)
    declared.execute(
        "INSERT INTO operations.alert (kind, dataset, since, accepted_at)"
        " VALUES ('failing', %s, now(), clock_timestamp())",
        [KEY],
    )
    assert wrong(declared) == []

    fail(declared, BAD, "exporters2402.zip")

    assert wrong(declared) == [(KEY, Problem.FAILING, "exporters2402.zip: line 3 has too many fields")]


def test_datasets_that_are_declared_no_longer_are_nobodys_concern(declared: Connection) -> None:
    fail(declared, BAD)
    record_datasets(declared, [SPIRE])
    assert wrong(declared) == []
    assert [one.dataset for one in dataset_states(declared)] == [SPIRE.key]


def test_a_silent_worker_and_a_silent_daemon_are_problems_of_the_service(connection: Connection) -> None:
    assert service_problems(connection) == []
    for process in (WORKER, DAGSTER_DAEMON):
        connection.execute(
            "INSERT INTO operations.daemon_heartbeat VALUES (%s, now() - interval '4 minutes')", [process]
        )

    assert {(one.dataset, one.problem) for one in service_problems(connection)} == {
        ("", Problem.NO_WORKER),
        ("", Problem.NO_DAEMON),
    }
    connection.execute("UPDATE operations.daemon_heartbeat SET beat_at = now()")
    assert service_problems(connection) == []


def test_a_dataset_without_a_declared_time_is_never_late(connection: Connection) -> None:
    record_datasets(connection, [replace(EXPORTERS, late_after=None)])
    load(connection)
    pass_time(connection, 10 * 366 * 24 * 60)
    assert state(connection).state == State.FRESH
