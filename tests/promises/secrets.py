"""What keeps the promises about secrets, and about what each half can do in the database."""

from tests.promises.mechanism import Mechanism

_KEYS = "A client's key that somebody gives is printed nowhere"
_CHANGED = "A changed database password needs no restart"
_TOKENS = "A token of IAM is never too old, and is sent over TLS alone"
_FORMER = "A new key of the app ends nobody's session"
_ROLES = "Each half does its own work in the database, and can do nothing else"

MECHANISMS = (
    Mechanism(
        promise=_KEYS,
        file="dss_web/hawk/management/commands/add_hawk_client.py",
        text="{'as given' if given else key}",
        replacement="{key}",
        test="tests/hawk/test_key_commands.py::test_a_key_that_is_given_is_read_from_a_file_and_not_printed",
    ),
    Mechanism(
        promise=_CHANGED,
        file="dss_web/shared/database_url.py",
        text="        return read_database_url(read_setting(name), scheme) or known",
        replacement="        return known",
        test="tests/test_secrets_in_files.py::test_a_new_connection_is_opened_as_the_file_says_now",
    ),
    Mechanism(
        promise=_CHANGED,
        file="dss_web/database/pooled.py",
        text='                "conninfo": credentials,',
        replacement='                "conninfo": credentials(),',
        test="tests/test_secrets_in_files.py::test_the_web_apps_pool_opens_connections_as_the_file_says_now",
    ),
    Mechanism(
        promise=_CHANGED,
        file="dss_assets/assets/pooled.py",
        text="            _watch(self._engine, self._place[1])",
        replacement="            pass",
        test="tests/test_secrets_in_files.py::test_the_dagster_ui_opens_connections_as_the_file_says_now",
    ),
    Mechanism(
        promise=_TOKENS,
        file="dss_web/shared/iam_token.py",
        text="def _token(",
        replacement="@cache\ndef _token(",
        test="tests/shared/test_iam_token.py::test_a_token_is_made_for_each_connection_so_that_none_is_too_old",
    ),
    Mechanism(
        promise=_TOKENS,
        file="dss_web/shared/iam_token.py",
        text='    if where["sslmode"] not in _WITH_TLS:',
        replacement="    if not where:",
        test="tests/shared/test_iam_token.py"
        "::test_what_could_not_connect_with_a_token_stops_the_process_with_a_sentence",
    ),
    Mechanism(
        promise=_FORMER,
        file="dss_web/settings.py",
        text="SECRET_KEY_FALLBACKS = DSS.dss_app_secret_key_fallbacks.split()",
        replacement="SECRET_KEY_FALLBACKS = []",
        test="tests/test_secrets_in_files.py"
        "::test_what_a_former_key_of_the_app_has_signed_is_accepted_until_it_is_left_out",
    ),
    Mechanism(
        promise=_ROLES,
        file="infra/database_roles.sql",
        text="        EXECUTE format('REVOKE ALL ON %s FROM dss_assets', web_only);",
        replacement="        NULL;",
        test="tests/journeys/test_database_roles.py::test_a_role_can_do_nothing_else",
    ),
    Mechanism(
        promise=_ROLES,
        file="infra/database_roles.sql",
        text="ALTER DEFAULT PRIVILEGES FOR ROLE dss_assets GRANT SELECT ON TABLES TO dss_web, dss_reader;",
        replacement="",
        test="tests/journeys/test_database_roles.py::test_files_and_uploads_are_loaded_read_changed_and_deleted",
    ),
)
