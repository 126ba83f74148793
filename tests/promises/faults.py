"""Mechanisms by which the service heals when a part of it fails, and tells what stands still."""

from tests.promises.mechanism import Mechanism

MECHANISMS = (
    Mechanism(
        promise="A Postgres that starts again, or a code server, is met by everybody without a person",
        file="dss_assets/assets/pooled.py",
        text='    sqlalchemy.event.listen(engine, "checkout", _refuse_ended)\n',
        replacement="",
        test="tests/assets/test_pooled.py::test_a_connection_that_postgres_has_ended_is_replaced_and_nobody_is_told",
    ),
    Mechanism(
        promise="A Postgres that starts again, or a code server, is met by everybody without a person",
        file="dss_assets/database.py",
        text="            except psycopg.OperationalError:\n                kept.connection.close()\n",
        replacement="            except psycopg.InternalError:\n                kept.connection.close()\n",
        test="tests/assets/test_pooled.py::test_a_look_meets_none_of_the_connections_that_postgres_has_ended",
    ),
    Mechanism(
        promise="A Postgres that starts again, or a code server, is met by everybody without a person",
        file="dss_assets/assets/pace.py",
        text="return location.client.get_server_id() == location.server_id",
        replacement="return True",
        test="tests/assets/test_pace.py::test_definitions_are_fetched_again_from_a_code_server_that_has_started_again",
    ),
    Mechanism(
        promise="Uploads are checked whatever is wrong with what a worker does besides",
        file="dss_web/worker/supervisor.py",
        text="        except psycopg.Error:\n            # Whatever",
        replacement="        except psycopg.InternalError:\n            # Whatever",
        test="tests/worker/test_tasks.py::test_uploads_are_checked_whatever_is_wrong_with_an_errand",
    ),
    Mechanism(
        promise="A run that is no process of the code server is waited for, ended and done again as any other",
        file="dss_assets/database.py",
        text='"SELECT pg_advisory_lock_shared(hashtextextended(%s, 0))", [f"run {run_id}"]',
        replacement='"SELECT 1"',
        test="tests/assets/test_run_in_its_own_process.py::test_a_run_elsewhere_is_waited_for_ended_and_done_again",
    ),
    Mechanism(
        promise="A host that vanishes holds its datasets up for less than a minute",
        file="dss_assets/database.py",
        text="SET lock_timeout = '1h'; {SESSION}",
        replacement="SET lock_timeout = '1h'",
        test="tests/registry/test_vanished_host.py::test_its_locks_are_free_within_a_minute",
    ),
    Mechanism(
        promise="A host that vanishes holds its datasets up for less than a minute",
        file="dss_web/shared/liveness.py",
        text="; SET tcp_user_timeout = {_UNTAKEN_BY_US_SECONDS * 1000}",
        replacement="",
        test="tests/registry/test_vanished_host.py::test_its_locks_are_free_within_a_minute",
    ),
    Mechanism(
        promise="A host that vanishes holds its datasets up for less than a minute",
        file="dss_assets/assets/pooled.py",
        text="        postgres_url = watched_url(postgres_url)\n",
        replacement="",
        test="tests/shared/test_liveness.py::test_dagsters_own_storages",
    ),
    Mechanism(
        promise="A dataset that stands still is told, with the reason",
        file="dss_assets/registry/due.py",
        text="CASE WHEN entry.state = %(due)s THEN entry.updated_timestamp ELSE now() END",
        replacement="now()",
        test="tests/registry/test_stuck.py::test_a_file_for_which_no_run_starts",
    ),
    Mechanism(
        promise="A dataset that stands still is told, with the reason",
        file="dss_web/monitoring/readiness_checks.py",
        text='ADVISORY: Final = frozenset({"datasets", "replica"})',
        replacement='ADVISORY: Final = frozenset({"replica"})',
        test="tests/monitoring/test_readiness.py"
        "::test_a_dataset_that_stands_still_is_told_and_leaves_the_service_ready",
    ),
    Mechanism(
        promise="Runs that fail to start are asked for later each time, and the registry says so",
        file="dss_assets/assets/source_sensors.py",
        text="    if backoff := start_backoff(context.instance, feed.name):\n"
        "        registry.explain_wait(connection, dataset.key, backoff.skip_message)\n"
        "        return SkipReason(backoff.skip_message)\n",
        replacement="",
        test="tests/journeys/test_starved_machine.py::test_runs_that_fail_to_start_are_not_asked_for_at_every_look",
    ),
    Mechanism(
        promise="Runs that fail to start are asked for later each time, and the registry says so",
        file="dss_assets/assets/backoff.py",
        text="    if NEVER_BEGAN_TAG in record.dagster_run.tags:",
        replacement="    if False:",
        test="tests/journeys/test_starved_machine.py"
        "::test_a_run_that_does_not_get_to_work_is_waited_for_and_then_counts_as_one_that_failed_to_start",
    ),
)
