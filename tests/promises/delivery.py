"""Mechanisms of deliveries that the service makes itself."""

from tests.promises.mechanism import Mechanism

_TESTS = "tests/delivery/test_runs.py"

MECHANISMS = (
    Mechanism(
        promise="An older copy of a table never replaces a newer one in the datasets database",
        file="dss_assets/delivery/copying.py",
        text="        _lock(target, name)\n",
        replacement="",
        test=f"{_TESTS}::test_of_two_copies_at_once_the_later_state_stays",
    ),
    Mechanism(
        promise="A copy that was given up, or whose dataset was deleted, is not put in place",
        file="dss_assets/delivery/by_copy.py",
        text="        if not (row and row[0]):\n",
        replacement="        if False:\n",
        test=f"{_TESTS}::test_the_copy_of_a_deleted_dataset_goes_and_does_not_come_back",
    ),
    Mechanism(
        promise="A table in the datasets database keeps its owner, grants and indexes, and what was made of it",
        file="dss_assets/delivery/swap.py",
        text="                carry_over(connection, old, new)\n",
        replacement="",
        test="tests/delivery/test_place.py::test_owner_grants_and_comments_stay",
    ),
    Mechanism(
        promise="Whoever waits to read a table that is being replaced there waits for a moment",
        file="dss_assets/delivery/swap.py",
        text="_LOCK_SECONDS: Final = 1\n",
        replacement="_LOCK_SECONDS: Final = 3600\n",
        test="tests/delivery/test_place.py::test_readers_of_the_old_table_keep_nobody_waiting",
    ),
    Mechanism(
        promise="A delivery whose process dies is made again, and leaves nothing half-written",
        file="dss_assets/delivery/by_copy.py",
        text="if not is_alive(connection, entry.run.run_id)]",
        replacement="if False]",
        test=f"{_TESTS}::test_a_process_that_is_killed_leaves_nothing_half_written",
    ),
)
