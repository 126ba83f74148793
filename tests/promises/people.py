"""What keeps the promises about who may do what."""

from tests.promises.mechanism import Mechanism

_ROLES = "Each person gets what their role and their dataset allow, and a reason otherwise"
_OWNED = "A dataset with an owner never loses its last one"
_ADMINISTRATOR = "One administrator who may log in always stays"
_ENDS = "Access that is taken away at SSO ends within minutes"
_PRIVATE = "No value of an uploaded file is in Dagster's events"
_MAIL = "People are told once what became of an upload, whichever process dies"
_PLANTED = "A session that somebody has planted is not the one of the login"
_REDIRECTS = "No address leads from here to another host"
_POLICY = "Every answer says what a browser may run of it"
_FORMULAS = "No CSV that people download holds a formula, unless they ask for the values as they are"
_DAGSTER_UI = "No other site has a person's browser change something in the Dagster UI"
_OPERATORS = "Only people whom SSO lets in see the Dagster UI, and viewers change nothing there"
_COOKIES = "The page about cookies names those that are set"

MECHANISMS = (
    Mechanism(
        promise=_ROLES,
        file="dss_web/accounts/access.py",
        text='    return Right.UPLOAD if "slug" in view_kwargs or "dataset" in view_kwargs else Right.CREATE',
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
        file="dss_web/outbox.py",
        text="ready.select_for_update(skip_locked=True).first()",
        replacement="ready.first()",
        test="tests/mail/test_mail.py::test_two_processes_at_once_send_each_mail_once",
    ),
    Mechanism(
        promise=_PLANTED,
        file="dss_web/accounts/recheck.py",
        text="    auth.login(request, person)\n",
        replacement="    request.session.cycle_key = lambda: None\n    auth.login(request, person)\n",
        test="tests/accounts/test_attacks.py::test_a_session_that_somebody_has_planted_is_not_the_one_of_the_login",
    ),
    Mechanism(
        promise=_PLANTED,
        file="dss_web/accounts/recheck.py",
        text="    auth.login(request, person)\n",
        replacement="    request.session.cycle_key = lambda: None\n    auth.login(request, person)\n",
        test="tests/accounts/test_accounts.py"
        "::test_the_session_gets_a_new_key_at_login_and_its_cookie_is_kept_from_scripts",
    ),
    Mechanism(
        promise=_REDIRECTS,
        file="dss_web/accounts/views.py",
        text="    if url_has_allowed_host_and_scheme(",
        replacement="    if target or url_has_allowed_host_and_scheme(",
        test="tests/accounts/test_attacks.py::test_no_parameter_leads_to_another_host",
    ),
    Mechanism(
        promise=_POLICY,
        file="dss_web/http/browser_middleware.py",
        text='        response.headers.setdefault("Content-Security-Policy", _NOTHING)\n',
        replacement="",
        test="tests/accounts/test_attacks.py::test_every_answer_has_a_policy_whatever_its_status",
    ),
    Mechanism(
        promise=_FORMULAS,
        file="dss_web/exports/formats.py",
        text="    if formulas is Formulas.KEEP or column.type.is_array",
        replacement="    if True or column.type.is_array",
        test="tests/exports/test_formats.py"
        "::test_formulas_are_escaped_where_people_open_the_file_and_kept_for_programs",
    ),
    Mechanism(
        promise=_FORMULAS,
        file="dss_web/uploads/history_views.py",
        text="else Formulas.ESCAPE\n",
        replacement="else Formulas.KEEP\n",
        test="tests/uploads/test_versions.py"
        "::test_rows_come_back_as_clean_csv_of_the_version_in_use_and_of_those_that_are_kept",
    ),
    Mechanism(
        promise=_COOKIES,
        file="dss_web/frame/cookies.py",
        text="            settings.CSRF_COOKIE_AGE,",
        replacement="            settings.SESSION_COOKIE_AGE,",
        test="tests/frame/test_frame.py::test_the_page_about_cookies_names_all_that_are_set_and_no_other",
    ),
    Mechanism(
        promise=_DAGSTER_UI,
        file="infra/dagster_ui.py",
        text="        return 405, b",
        replacement="        return None and b",
        test="tests/deployment/test_dagster_ui.py::test_a_link_changes_nothing",
    ),
    Mechanism(
        promise=_DAGSTER_UI,
        file="infra/dagster_ui.py",
        text='        return site.decode("latin-1") in _OWN',
        replacement="        return True",
        test="tests/deployment/test_dagster_ui.py::test_what_another_site_sends_is_refused",
    ),
    Mechanism(
        promise=_OPERATORS,
        file="infra/dagster_ui.py",
        text="            read_only=is_viewer or context.read_only,",
        replacement="            read_only=context.read_only,",
        test="tests/deployment/test_dagster_ui_login.py::test_a_viewer_changes_nothing",
    ),
    Mechanism(
        promise=_OPERATORS,
        file="dss_web/shared/dagster_pass.py",
        text="    if not hmac.compare_digest(signature.encode(), _signature(key, claim).encode()):",
        replacement="    if not signature:",
        test="tests/deployment/test_dagster_ui_login.py::test_a_header_that_the_client_sends_itself_is_not_believed",
    ),
    Mechanism(
        promise=_OPERATORS,
        file="infra/dagster_ui.py",
        text="                async with asyncio.timeout(self._websocket_seconds):",
        replacement="                async with asyncio.timeout(None):",
        test="tests/deployment/test_dagster_ui_login.py::test_a_websocket_ends_so_that_its_person_is_asked_for_again",
    ),
)
