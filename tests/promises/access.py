"""What keeps the promises about which datasets somebody may see, and about who follows them."""

from tests.promises.mechanism import Mechanism

_HIDDEN = "A restricted dataset does not exist for people to whom it is not open"
_GRANTS = "A grant that is taken back from a client counts with its next request"
_FOLLOWERS = "Followers of a dataset are told once of what happens to it, and not of what they may not see"

MECHANISMS = (
    Mechanism(
        promise=_HIDDEN,
        file="dss_web/accounts/access.py",
        text="    if named and not may_see(person, named.key):",
        replacement="    if False and named and not may_see(person, named.key):",
        test="tests/accounts/test_restricted.py::test_each_address_of_it_answers_as_if_it_did_not_exist",
    ),
    Mechanism(
        promise=_HIDDEN,
        file="dss_web/accounts/visibility.py",
        text="rows.alias(key=key).filter(visible_to(person))",
        replacement="rows.alias(key=key)",
        test="tests/accounts/test_restricted.py::test_no_other_page_names_it",
    ),
    Mechanism(
        promise=_GRANTS,
        file="dss_web/hawk/scopes.py",
        text="    if schema in client.granted:",
        replacement="    if False:",
        test="tests/api/test_grants.py::test_a_granted_dataset_is_read_on_all_table_routes_and_no_other_is",
    ),
    Mechanism(
        promise=_FOLLOWERS,
        file="dss_web/subscriptions/sending.py",
        text="    if not may_see(person, event.dataset):",
        replacement="    if False:",
        test="tests/subscriptions/test_mail.py::test_who_may_not_see_it_any_more_is_told_nothing",
    ),
    Mechanism(
        promise=_FOLLOWERS,
        file="dss_web/registry/dataset_events.py",
        text=" AND known.changed_at < now() - {quiet}::interval\n",
        replacement="\n",
        test="tests/registry/test_dataset_events.py::test_each_version_is_noticed_once_when_its_table_is_left_alone",
    ),
)
