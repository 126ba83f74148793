"""Mechanisms by which operators know what is wrong, and get back what was lost."""

from tests.promises.mechanism import Mechanism

MECHANISMS = (
    Mechanism(
        promise="Operators are told of each incident once, and once when it is over",
        file="dss_web/registry/problems.py",
        text="        OR EXISTS (SELECT FROM {alerts}"
        " WHERE dataset = source AND kind = %(failing)s AND over_at IS NULL)\n",
        replacement="",
        test="tests/alerts/test_alerts.py"
        "::test_one_incident_is_told_once_however_often_it_fails_and_once_when_it_is_over",
    ),
    Mechanism(
        promise="Operators are told of each incident once, and once when it is over",
        file="dss_web/alerts/noticing.py",
        text="        elif alert.accepted_at or now - alert.seen_at > QUIET:",
        replacement="        else:",
        test="tests/alerts/test_alerts.py"
        "::test_one_incident_is_told_once_however_often_it_fails_and_once_when_it_is_over",
    ),
    Mechanism(
        promise="A failure is known since it began, however often it is tried again",
        file="dss_assets/registry/files.py",
        text='            " failing_since = coalesce(failing_since, now()), findings = %(findings)s,"',
        replacement='            " failing_since = now(), findings = %(findings)s,"',
        test="tests/registry/test_problems.py"
        "::test_one_failed_attempt_is_no_problem_and_a_quarter_of_an_hour_of_them_is_one",
    ),
    Mechanism(
        promise="A source that nobody lists any more is noticed",
        file="dss_assets/registry/due.py",
        text="now() + %(every)s",
        replacement="NULL",
        test="tests/registry/test_problems.py::test_a_source_that_nobody_lists_any_more_is_stuck",
    ),
    Mechanism(
        promise="No value of an upload is in an alert",
        file="dss_web/registry/problems.py",
        text="            why = _UPLOADED if dataset.is_uploaded else found.why",
        replacement="            why = found.why or str(key)",
        test="tests/alerts/test_alerts.py::test_no_value_of_an_upload_is_in_an_alert",
    ),
    Mechanism(
        promise="The receiver of a webhook knows who sent it",
        file="dss_web/alerts/webhook.py",
        text='hmac.new(secret, f"{identifier}.{timestamp}.".encode() + content, hashlib.sha256)',
        replacement="hmac.new(secret, content, hashlib.sha256)",
        test="tests/alerts/test_alerts.py::test_the_signature_is_that_of_standard_webhooks",
    ),
    Mechanism(
        promise="Reports of errors and traces hold no value, key or person",
        file="dss_web/shared/error_reports.py",
        text='        error["value"] = ""\n',
        replacement="",
        test="tests/monitoring/test_telemetry.py::test_an_error_is_reported_without_the_request_and_without_its_text",
    ),
    Mechanism(
        promise="Reports of errors and traces hold no value, key or person",
        file="dss_web/tracing.py",
        text='    return _VALUES.sub("?", " ".join(text.split()))[:_MOST_CHARACTERS]',
        replacement='    return " ".join(text.split())[:_MOST_CHARACTERS]',
        test="tests/monitoring/test_telemetry.py::test_a_request_is_traced_from_its_client_to_sql",
    ),
    Mechanism(
        promise="After a restore no client takes other rows for those that it has read",
        file="dss_assets/recovery.py",
        text="        connection.execute(_RENUMBER, [_SKIPPED_NUMBERS])\n",
        replacement="",
        test="tests/journeys/test_backup.py::test_what_is_lost_is_restored_and_what_came_after_is_loaded_again_once",
    ),
    Mechanism(
        promise="After a restore the stored bytes are those that the registry names, or are fetched again",
        file="dss_assets/recovery.py",
        text="        connection.execute(_FORGET_BYTES, [dataset.key, wrong])\n",
        replacement="",
        test="tests/journeys/test_backup.py::test_what_is_lost_is_restored_and_what_came_after_is_loaded_again_once",
    ),
)
