"""What keeps the promises about uploads, from the browser to the copy."""

from tests.promises.mechanism import Mechanism

_CANCELLED = "Nothing of an upload is loaded once its person has read that it is cancelled"
_REFUSED = "What the database refuses for good ends an upload at once"
_SESSION = "A session that ends loses neither the file that was chosen nor what was entered"
_ANSWERS = "Whatever a proxy answers to a form, the person reads it and can send the form again"
_NAMES = "A dataset is created under a name that data-flow can take"
_TRAIL = "What was done to uploads is noted, and nobody changes it afterwards"
_CHECKS = "The check of an upload ends, whichever worker, proxy or browser dies, and is done by one worker"
_SMALL = "A small file does not wait for a large one to be checked"
_KEPT = "A file that was refused is kept, and can be read in another way"

MECHANISMS = (
    Mechanism(
        promise=_CHECKS,
        file="dss_web/uploads/task_queue.py",
        text="AND (claim IS NULL OR heartbeat_at < clock_timestamp()",
        replacement="AND (claim IS NULL OR heartbeat_at > clock_timestamp()",
        test="tests/worker/test_tasks.py::test_a_check_outlives_a_worker_that_is_killed_in_the_middle",
    ),
    Mechanism(
        promise=_SMALL,
        file="dss_web/worker/supervisor.py",
        text="Place(takes_large=False)",
        replacement="Place(takes_large=True)",
        test="tests/worker/test_tasks.py::test_a_small_file_does_not_wait_for_a_large_one",
    ),
    Mechanism(
        promise=_KEPT,
        file="dss_web/uploads/task_runs.py",
        text="            checking.record_refused(",
        replacement="            str(",
        test="tests/worker/test_tasks.py::test_a_refused_file_is_read_again_in_another_way",
    ),
    Mechanism(
        promise=_CANCELLED,
        file="dss_assets/uploads/load.py",
        text="error_message = NULL WHERE id = %(id)s AND state = %(loading)s RETURNING id",
        replacement="error_message = NULL WHERE id = %(id)s AND %(loading)s <> '' RETURNING id",
        test="tests/uploads/test_cancelling.py::test_a_cancellation_while_the_rows_are_loaded_leaves_none_of_them",
    ),
    Mechanism(
        promise=_CANCELLED,
        file="dss_assets/uploads/load.py",
        text=" AND state <> ALL (%(unconfirmed)s)",
        replacement=" AND %(unconfirmed)s::text[] IS NOT NULL",
        test="tests/journeys/test_refused_uploads.py"
        "::test_an_upload_that_was_cancelled_is_not_loaded_even_if_its_partition_is_materialised",
    ),
    Mechanism(
        promise=_REFUSED,
        file="dss_assets/loading/refusals.py",
        text='("22", "54")',
        replacement='("22",)',
        test="tests/journeys/test_refused_uploads.py::test_what_the_database_refuses_for_good_is_not_tried_again",
    ),
    Mechanism(
        promise=_SESSION,
        file="dss_web/http/background_requests.py",
        text="            response.status_code = HTTPStatus.UNAUTHORIZED\n",
        replacement="            return response\n",
        test="tests/uploads/test_ended_sessions.py::test_a_file_is_still_chosen_after_a_login_in_another_tab",
    ),
    Mechanism(
        promise=_SESSION,
        file="dss_web/accounts/access.py",
        text="            _keep_form(request)",
        replacement="            pass",
        test="tests/uploads/test_ended_sessions.py::test_chosen_types_survive_the_login_without_javascript",
    ),
    Mechanism(
        promise=_ANSWERS,
        file="dss_web/static/dss/forms.js",
        text="function tell(form, paragraphs) {\n  reset(form);",
        replacement="function tell(form, paragraphs) {",
        test="tests/uploads/test_proxy_answers.py::test_a_file_is_sent_again_once_the_service_is_back",
    ),
    Mechanism(
        promise=_NAMES,
        file="dss_web/uploads/names.py",
        text="catcode IN ('R', 'T')",
        replacement="catcode = 'R'",
        test="tests/uploads/test_names.py::test_a_word_of_sql_is_refused_as_an_organisation[left]",
    ),
    Mechanism(
        promise=_TRAIL,
        file="dss_web/registry/migrations/0015_upload_states_and_events.py",
        text="BEFORE UPDATE OR DELETE OR TRUNCATE ON",
        replacement="BEFORE TRUNCATE ON",
        test="tests/uploads/test_events.py::test_no_statement_changes_what_happened",
    ),
)
