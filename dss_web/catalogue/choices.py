"""The filters and orders that the list of datasets offers, with how many datasets there are of each."""

from collections.abc import Sequence
from dataclasses import dataclass

from dss_web.catalogue.finding import (
    CHANGED,
    NEEDS_ATTENTION,
    PUBLISHED,
    RELEVANCE,
    ROWS,
    STATE,
    TITLE,
    UPLOADED,
    Counts,
    Wish,
)
from dss_web.catalogue.states import TAGS


@dataclass(frozen=True, slots=True)
class Choice:
    """A select of the form: its name in the address, what it is called, its options as value and text, the chosen."""

    name: str
    label: str
    options: Sequence[tuple[str, str]]
    chosen: str


def choices(wish: Wish, counts: Counts) -> Sequence[Choice]:
    """What the form offers. Nothing is offered of which there is nothing that the person may see."""
    states = [(NEEDS_ATTENTION, "Any problem"), *((state.value, text) for state, (text, _) in TAGS.items())]
    kinds = [(PUBLISHED, "Published elsewhere"), (UPLOADED, "Uploaded by staff")]
    orders = [
        *([(RELEVANCE, "Best match")] if wish.query.strict else []),
        (TITLE, "Title"),
        (CHANGED, "Last change"),
        (ROWS, "Most rows"),
        (STATE, "Problems first"),
    ]
    return [
        Choice(
            "organisation",
            "Organisation",
            [("", "All"), *((name, f"{name} ({number:,})") for name, number in sorted(counts.organisations.items()))],
            wish.organisation,
        ),
        Choice("state", "State", [("", "All"), *_counted(states, counts.states)], wish.state),
        Choice("kind", "Source", [("", "All"), *_counted(kinds, counts.kinds)], wish.kind),
        Choice("sort", "Sort by", orders, wish.order),
    ]


def _counted(options: Sequence[tuple[str, str]], numbers: dict[str, int]) -> Sequence[tuple[str, str]]:
    return [(value, f"{text} ({numbers[value]:,})") for value, text in options if numbers[value]]
