"""Mechanisms by which people find datasets, and only those that they may see."""

from tests.promises.mechanism import Mechanism

_NO_TRACE = (
    "Nobody finds a trace of a dataset that they may not see: in lists, the search, its numbers or the front page"
)

MECHANISMS = (
    Mechanism(
        promise=_NO_TRACE,
        file="dss_web/catalogue/finding.py",
        text="IndexedDataset.objects.filter(visible_to(person), is_archived=False)",
        replacement="IndexedDataset.objects.filter(is_archived=False)",
        test="tests/catalogue/test_restricted.py::test_others_find_no_trace_of_it",
    ),
    Mechanism(
        promise=_NO_TRACE,
        file="dss_web/uploads/views.py",
        text="selectors.list_datasets().filter(visible_to(person_of(request)))",
        replacement="selectors.list_datasets()",
        test="tests/catalogue/test_restricted.py"
        "::test_an_upload_that_is_not_for_everybody_is_in_the_lists_of_its_owner_alone",
    ),
    Mechanism(
        promise="What people change of their datasets is in lists and the search with the next page",
        file="dss_web/uploads/acting.py",
        text='    describe(cast("Connection[Any]", connection.connection), [str(pipeline)])\n',
        replacement="    return\n",
        test="tests/catalogue/test_at_once.py::test_a_new_dataset_is_found_by_its_name_then_by_what_is_said_of_it",
    ),
    Mechanism(
        promise="Nothing is written where nothing has changed of a thousand datasets",
        file="dss_web/registry/catalogue_index.py",
        text="        WHERE known.fingerprint IS DISTINCT FROM said.fingerprint\n",
        replacement="",
        test="tests/registry/test_catalogue_index.py"
        "::test_it_has_the_state_of_each_dataset_and_only_changes_are_written",
    ),
    Mechanism(
        promise="The front page shows no data to people whose access has ended",
        file="dss_web/catalogue/views.py",
        text="@rechecks_people\n",
        replacement="",
        test="tests/accounts/test_recheck.py"
        "::test_the_front_page_which_is_for_everybody_shows_no_data_once_access_is_taken_away",
    ),
)
