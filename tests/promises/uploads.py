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

MECHANISMS = (
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
)
