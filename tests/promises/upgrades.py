"""Mechanisms of upgrades, and of the way back."""

from tests.promises.mechanism import Mechanism

MECHANISMS = (
    Mechanism(
        promise="Ids never run out",
        file="dss_assets/renewal.py",
        text="        if has_integer_ids(connection, table):",
        replacement="        if False:",
        test="tests/journeys/test_renewal.py::test_tables_get_bigint_ids_and_versions_without_another_file",
    ),
    Mechanism(
        promise="Nobody queues behind the copy of a table while somebody reads the old one",
        file="dss_assets/loading/polite_lock.py",
        text="                connection.execute(\"SELECT set_config('lock_timeout', %s, true)\", [_TRY])\n",
        replacement="",
        test="tests/journeys/test_renewal.py"
        "::test_readers_read_on_while_one_of_them_keeps_the_table_from_being_swapped",
    ),
    Mechanism(
        promise="The release before works on over a migrated database",
        file="infra/local/check_migrations.py",
        text="    refused = [str(refusal) for refusal in found if refusal.key not in EXCEPTIONS]",
        replacement="    refused = list[str]()",
        test="tests/local/test_check_migrations.py::test_what_takes_away_or_holds_up_is_refused_by_its_name",
    ),
    Mechanism(
        promise="The release before reads whatever this one leaves",
        file="dss_assets/going_back.py",
        text="    if not column_names or mode != LoadMode.REPLACE or left_out:",
        replacement="    if not column_names:",
        test="tests/registry/test_going_back.py"
        "::test_what_it_would_load_otherwise_than_confirmed_is_to_be_uploaded_again",
    ),
    Mechanism(
        promise="Nobody waits behind a migration for longer than two seconds",
        file="dss_web/registry/management/commands/migrate.py",
        text='_LOCK_TIMEOUT: Final = "2s"',
        replacement='_LOCK_TIMEOUT: Final = "0"',
        test="tests/registry/test_migration_locks.py"
        "::test_nobody_waits_long_behind_a_migration_which_is_done_once_it_can",
    ),
    Mechanism(
        promise="What a page of the release before sends is not lost to a login",
        file="dss_web/accounts/access.py",
        text="                if _is_for_a_page(request):",
        replacement="                if True:",
        test="tests/accounts/test_recheck.py"
        "::test_what_a_page_of_the_release_before_sends_is_taken_and_so_are_forms_of_other_tabs_later",
    ),
    Mechanism(
        promise="No login goes to and fro between two releases that serve by turns",
        file="dss_web/accounts/recheck.py",
        text="        if _was_met_just_now(request):\n            return\n",
        replacement="",
        test="tests/accounts/test_recheck.py"
        "::test_a_session_of_the_release_before_goes_on_while_both_releases_may_serve",
    ),
)
