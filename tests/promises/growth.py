"""Mechanisms that keep what is written from growing for ever."""

from tests.promises.mechanism import Mechanism

MECHANISMS = (
    Mechanism(
        promise="What is removed of Dagster's history changes nothing that is shown of a partition",
        file="dss_assets/assets/history.py",
        text="            if event.id not in telling\n            and",
        replacement="            if",
        test="tests/assets/test_retention.py::test_partitions_look_the_same_after_their_history_is_thinned_out",
    ),
    Mechanism(
        promise="Files as they came are kept, unless a setting says otherwise",
        file="dss_assets/assets/retention.py",
        text="                    if kind.after is None:\n",
        replacement="                    if kind.name is None:\n",
        test="tests/assets/test_retention.py"
        "::test_what_is_old_goes_and_files_as_they_came_stay_unless_a_setting_says_otherwise",
    ),
)
