"""What keeps the promises about uploads that keep the rows that are there, or leave out rows of their own."""

from tests.promises.mechanism import Mechanism

_STAY = "Rows that are there stay, with their ids, where a file is appended or updates them"
_SHOWN = "What is loaded onto rows that are there is what its person was shown"
_LEFT_OUT = "Exactly the rows are left out of an upload that its person has agreed to leave out"

MECHANISMS = (
    Mechanism(
        promise=_STAY,
        file="dss_assets/loading/merging.py",
        text="            _take_over(connection, staged, base, known)\n",
        replacement="",
        test="tests/loading/test_merging.py::test_appended_rows_come_behind_those_that_are_there",
    ),
    Mechanism(
        promise=_STAY,
        file="dss_assets/loading/merging.py",
        text='" LEFT JOIN {incoming} AS sent ON {same} ORDER BY base.id"',
        replacement='" JOIN {incoming} AS sent ON {same} ORDER BY base.id"',
        test="tests/loading/test_merging.py::test_a_key_may_have_several_columns",
    ),
    Mechanism(
        promise=_STAY,
        file="dss_assets/loading/merging.py",
        text='    if lost := sorted(names - {*declared, "id", *staged.bookkeeping}):',
        replacement="    if lost := []:",
        test="tests/loading/test_merging.py::test_a_column_that_nobody_declared_is_not_lost_in_silence",
    ),
    Mechanism(
        promise=_SHOWN,
        file="dss_web/uploads/plan_views.py",
        text="    if before is None or str(before.id) != plan.base:",
        replacement="    if before is None:",
        test="tests/uploads/test_load_modes.py::test_a_restoration_between_the_numbers_and_the_load_is_noticed",
    ),
    Mechanism(
        promise=_SHOWN,
        file="dss_web/uploads/load_choice.py",
        text='        if sent.get("base", self.base) != self.base:',
        replacement="        if False:",
        test="tests/uploads/test_load_modes.py::test_a_restoration_between_the_check_and_a_replacement_is_noticed",
    ),
    Mechanism(
        promise=_SHOWN,
        file="dss_web/uploads/services.py",
        text='        if plan.base != (str(before.id) if before else ""):',
        replacement="        if False:",
        test="tests/uploads/test_load_modes.py::test_a_restoration_at_the_moment_of_the_confirmation_is_noticed",
    ),
    Mechanism(
        promise=_LEFT_OUT,
        file="dss_assets/loading/__init__.py",
        text="        if loaded.tally.bad_rows != dataset.format.left_out:",
        replacement="        if False:",
        test="tests/loading/test_merging.py"
        "::test_another_number_of_wrong_rows_than_was_agreed_refuses_the_file[3-2 such rows]",
    ),
)
