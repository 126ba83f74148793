"""Mechanisms of the import from the Flask service."""

from tests.promises.mechanism import Mechanism

_IMPORT = "tests/moving_in/test_import.py"
_SECOND = f"{_IMPORT}::test_a_second_import_brings_what_changed_there_and_leaves_what_changed_here"

MECHANISMS = (
    Mechanism(
        promise="Whoever pages through a table of the Flask service goes on here",
        file="dss_assets/moving_in/ids.py",
        text="    if is_rowwise and in_l0 == pairs == distinct:",
        replacement="    if False:",
        test=f"{_IMPORT}::test_a_client_signs_with_its_old_key_and_goes_on_where_it_was",
    ),
    Mechanism(
        promise="What is here already is never replaced by an import",
        file="dss_web/moving_in/things.py",
        text="    if ours is not None and moved.ours == _digest(ours):",
        replacement="    if ours is not None:",
        test=_SECOND,
    ),
    Mechanism(
        promise="What is here already is never replaced by an import",
        file="dss_assets/moving_in/ledger.py",
        text="    if ours == _state(connection, served):",
        replacement="    if ours:",
        test=_SECOND,
    ),
    Mechanism(
        promise="Adopting a database changes nothing of what was in it, and can be undone",
        file="dss_assets/moving_in/aside.py",
        text="    if not former.is_in_place or former.schema(schema) != schema:",
        replacement="    if True:",
        test="tests/moving_in/test_adoption.py::test_a_database_is_adopted_in_place_and_given_back",
    ),
)
