"""The filters and orders that the list of datasets offers, with how many datasets there are of each."""

from collections.abc import Mapping, Sequence
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
    organisations = [(name, name) for name in sorted({*counts.organisations, wish.organisation} - {""})]
    return [
        _filter("organisation", "Organisation", organisations, counts.organisations, wish.organisation),
        _filter("state", "State", states, counts.states, wish.state),
        _filter("kind", "Source", kinds, counts.kinds, wish.kind),
        Choice("sort", "Sort by", orders, wish.order),
    ]


def _filter(
    name: str, label: str, options: Sequence[tuple[str, str]], numbers: Mapping[str, int], chosen: str
) -> Choice:
    """With what was chosen, also where there is nothing of it any more: an address may be kept."""
    counted = [(value, f"{text} ({numbers.get(value, 0):,})") for value, text in options]
    shown = [option for option in counted if numbers.get(option[0]) or option[0] == chosen]
    return Choice(name, label, [("", "All"), *shown], chosen)
