"""Mechanisms of the runs that data-flow is asked for."""

from tests.promises.mechanism import Mechanism

_ONE_RUN = "A request to data-flow that is repeated makes no second run, nor does one beside a cleared run"

MECHANISMS = (
    Mechanism(
        promise="A batch of files ends in one data-flow run",
        file="dss_assets/dataflow/ledger.py",
        text="    if unfinished and not unfinished[2]:\n        return None\n",
        replacement="",
        test="tests/journeys/test_dataflow.py::test_two_who_trigger_dataflow_at_the_same_moment_start_one_run",
    ),
    Mechanism(
        promise=_ONE_RUN,
        file="dss_assets/dataflow/ledger.py",
        text="return Turn(number, run_id, seconds, is_repeated=True)",
        replacement='return Turn(number, f"{run_id}-again", seconds, is_repeated=True)',
        test="tests/dataflow/test_asking_once.py"
        "::test_a_request_that_got_no_answer_is_not_followed_by_a_second_run[airflow-3]",
    ),
    Mechanism(
        promise=_ONE_RUN,
        file="dss_assets/dataflow/runs.py",
        text="    if run := _resume_cleared(connection, dataflow, source):\n        return run\n",
        replacement="",
        test="tests/dataflow/test_following.py"
        "::test_a_run_that_an_operator_cleared_is_followed_and_no_other_one_asked_for[airflow-3]",
    ),
    Mechanism(
        promise="What data-flow refuses for good is not asked for over and over",
        file="dss_assets/dataflow/ledger.py",
        text="is_stopped = true",
        replacement="is_stopped = false",
        test="tests/dataflow/test_refusals.py"
        "::test_a_refused_configuration_is_asked_for_again_when_a_person_says_so[airflow-3]",
    ),
    Mechanism(
        promise="A run of data-flow is not given up for waiting",
        file="dss_assets/dataflow/runs.py",
        text="    if is_running and entry.seconds_running > LONGEST_RUN_SECONDS:",
        replacement="    if entry.seconds_asked > LONGEST_RUN_SECONDS:",
        test="tests/dataflow/test_following.py::test_a_run_that_waits_behind_others_is_told_and_never_failed_for_it",
    ),
    Mechanism(
        promise="data-flow is asked only where a load changed a table",
        file="dss_assets/registry/files.py",
        text="coalesce(rows > 0 OR (rows = 0 AND concerns_dataflow), false)",
        replacement="true",
        test="tests/journeys/test_dataflow.py::test_dataflow_is_not_asked_for_a_file_that_changed_nothing",
    ),
    Mechanism(
        promise="data-flow is asked only for tables that are still declared or uploaded",
        file="dss_assets/assets/sensors.py",
        text="elif key not in gone and (upload := uploads.delivering(connection, key, file_name)):",
        replacement="elif upload := file_name:",
        test="tests/journeys/test_changed_declarations.py"
        "::test_no_run_is_asked_for_a_dataset_that_was_taken_out_while_a_file_waited_for_dataflow",
    ),
)
