"""How the state of a dataset is shown: a tag of the GOV.UK palette, and which states need somebody's attention."""

from typing import Final

from dss_web.registry.dataset_states import GRAVEST_FIRST, State

# A text of a word or two and a colour, in the order in which somebody should see to them.
TAGS: Final = {
    State.STUCK: ("Stuck", "red"),
    State.FAILING: ("Failing", "red"),
    State.LATE: ("Late", "orange"),
    State.SHRUNK: ("Shrunk", "yellow"),
    State.CHANGED_COLUMNS: ("Changed columns", "yellow"),
    State.EMPTY: ("Empty", "grey"),
    State.FRESH: ("Fresh", "green"),
}
ATTENTION: Final = tuple(map(State, GRAVEST_FIRST))
