"""What keeps the promises about who may do what."""

from tests.promises.mechanism import Mechanism

_ROLES = "Each person gets what their role and their dataset allow, and a reason otherwise"
_OWNED = "A dataset with an owner never loses its last one"
_ADMINISTRATOR = "One administrator who may log in always stays"
_ENDS = "Access that is taken away at SSO ends within minutes"
_PRIVATE = "No value of an uploaded file is in Dagster's events"
_MAIL = "People are told once what became of an upload, whichever process dies"

MECHANISMS = (
    Mechanism(
        promise=_ROLES,
        file="dss_web/accounts/access.py",
        text='    return Right.UPLOAD if "slug" in view_kwargs else Right.CREATE',
        replacement="    return Right.CREATE",
        test="tests/accounts/test_who_may.py::test_each_person_gets_what_they_may_and_a_reason_otherwise",
    ),
    Mechanism(
        promise=_OWNED,
        file="dss_web/uploads/members.py",
        text="    UploadPipeline.objects.select_for_update().get(pk=pipeline.pk)",
        replacement="    pass",
        test="tests/accounts/test_members.py::test_of_two_owners_who_remove_each_other_at_once_one_stays",
    ),
    Mechanism(
        promise=_ADMINISTRATOR,
        file="dss_web/accounts/admin.py",
        text="            if not [other for other in administrators.order_by",
        replacement="            if False and not [other for other in administrators.order_by",
        test="tests/accounts/test_administrators.py::test_the_last_administrator_is_not_barred",
    ),
    Mechanism(
        promise=_ENDS,
        file="dss_web/accounts/access.py",
        text="                recheck.keep_current(request)",
        replacement="                pass",
        test="tests/accounts/test_recheck.py::test_access_that_sso_takes_away_ends_while_the_person_works",
    ),
    Mechanism(
        promise=_PRIVATE,
        file="dss_assets/assets/sensors.py",
        text="run.reason if shows_values else MetadataValue.url(service.runs_url(run.schema_name))",
        replacement="run.reason",
        test="tests/journeys/test_airflow.py::test_what_the_log_says_of_an_upload_is_shown_to_administrators_only",
    ),
    Mechanism(
        promise=_PRIVATE,
        file="dss_assets/assets/feed.py",
        text="        shows_values=False,",
        replacement="        shows_values=True,",
        test="tests/journeys/test_private_uploads.py::test_no_value_of_an_upload_is_in_an_event",
    ),
    Mechanism(
        promise=_MAIL,
        file="dss_web/mail/sending.py",
        text="due.select_for_update(skip_locked=True).first()",
        replacement="due.first()",
        test="tests/mail/test_mail.py::test_two_processes_at_once_send_each_mail_once",
    ),
)
