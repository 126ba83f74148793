"""What keeps the promises about uploads, from the browser to the copy."""

from tests.promises.mechanism import Mechanism

_CANCELLED = "Nothing of an upload is loaded once its person has read that it is cancelled"
_REFUSED = "What the database refuses for good ends an upload at once"
_SESSION = "A session that ends loses neither the file that was chosen nor what was entered"
_ANSWERS = "Whatever a proxy answers to a form, the person reads it and can send the form again"
_NAMES = "A dataset is created under a name that data-flow can take"
_TRAIL = "What was done to uploads is noted, and nobody changes it afterwards"
_SAID = "What people say of columns is kept from version to version, and goes with the last version that has them"
_PERSONAL_DATA = "No first file comes into a dataset before somebody has said whether it may hold personal data"
_CHECKS = "The check of an upload ends, whichever worker, proxy or browser dies, and is done by one worker"
_SMALL = "A small file does not wait for a large one to be checked"
_KEPT = "A file that was refused is kept, and can be read in another way"
_ARRIVED = "What has arrived of an upload is not lost by a break, a new start, a login or a reload"
_WHOLE = "A file that came in parts is the file that was sent, and one version of it"
_ABANDONED = "What was begun and not completed ends, with its parts"
_GRANTED = "A client uploads only to datasets for which it was given the scope"

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
        text="  reset(form);\n  if (outcome.cancelled) {",
        replacement="  if (outcome.cancelled) {",
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
    Mechanism(
        promise=_TRAIL,
        file="dss_web/registry/migrations/0024_about_datasets.py",
        text="CREATE TRIGGER note_description AFTER UPDATE",
        replacement="CREATE TRIGGER note_description AFTER DELETE",
        test="tests/uploads/test_about.py::test_each_answer_is_saved_by_itself_noted_and_shown",
    ),
    Mechanism(
        promise=_SAID,
        file="dss_assets/deletion.py",
        text="said.name = ANY (file.column_names)",
        replacement="said.name IS NOT NULL",
        test="tests/uploads/test_about.py::test_what_is_said_goes_with_the_version_or_the_dataset",
    ),
    Mechanism(
        promise=_PERSONAL_DATA,
        file="dss_web/uploads/lifecycle.py",
        text="    if awaits_personal_data(pipeline):\n",
        replacement="    if awaits_personal_data(pipeline) and pipeline.archived_at:\n",
        test="tests/uploads/test_about.py::test_nothing_but_personal_data_has_to_be_answered_before_the_first_file",
    ),
    Mechanism(
        promise=_ARRIVED,
        file="dss_web/static/dss/parts.js",
        text="    if (there[number] === digest.hex) view.resumed(sent + part.byteLength);\n    else await",
        replacement="    await",
        test="tests/arrivals/test_in_browser.py::test_the_same_file_chosen_again_after_a_reload_goes_on",
    ),
    Mechanism(
        promise=_ARRIVED,
        file="dss_web/arrivals/services.py",
        text="            version=None, **words, defaults=",
        replacement="            id=uuid.uuid4(), **words, defaults=",
        test="tests/arrivals/test_arriving.py::test_the_same_file_begun_again_goes_on_where_it_was",
    ),
    Mechanism(
        promise=_WHOLE,
        file="dss_web/arrivals/services.py",
        text="    if announced_digest and announced_digest != digest:",
        replacement="    if False:",
        test="tests/arrivals/test_arriving.py::test_a_part_that_came_damaged_is_not_kept",
    ),
    Mechanism(
        promise=_WHOLE,
        file="dss_web/arrivals/parts.py",
        text="        if found.hexdigest() != digest or read != size:",
        replacement="        if False:",
        test="tests/arrivals/test_arriving.py::test_a_part_that_the_storage_has_lost_is_asked_for_again",
    ),
    Mechanism(
        promise=_ABANDONED,
        file="dss_assets/uploads/arrivals.py",
        text="            storage.delete_tree(arriving_folder(organisation, dataset, arrival_id))\n        connection",
        replacement="            pass\n        connection",
        test="tests/arrivals/test_arriving.py::test_what_nobody_goes_on_sending_ends_after_a_day",
    ),
    Mechanism(
        promise=_GRANTED,
        file="dss_web/api/hawk_auth.py",
        text='        return lets_upload(client.scopes, names.get("dataset", ""))',
        replacement="        return True",
        test="tests/arrivals/test_clients.py::test_nobody_uploads_without_a_scope_for_the_dataset",
    ),
)
