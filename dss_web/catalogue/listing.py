"""Datasets as lists show them: with the tag of their state, and what of them fits a search."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from dss_web.catalogue.search import Match, Query, matches
from dss_web.catalogue.states import ATTENTION, TAGS
from dss_web.registry.dataset_states import State
from dss_web.registry.models import IndexedDataset

_EXACT_TO = 10_000


@dataclass(frozen=True, slots=True)
class Listed:
    """A dataset of a list. `tag` is the text and colour of its state; `match` is None without a search."""

    dataset: IndexedDataset
    tag: tuple[str, str]
    needs_attention: bool
    rows: str
    match: Match | None = None


def as_listed(datasets: Iterable[IndexedDataset], query: Query | None = None) -> list[Listed]:
    """The datasets of a page in their order."""
    shown = list(datasets)
    fitting: Mapping[str, Match] = matches(query, [one.key for one in shown]) if query else {}
    return [
        Listed(
            dataset=one,
            tag=TAGS[State(one.state)],
            needs_attention=one.state in ATTENTION,
            rows=about_rows(one.rows),
            match=fitting.get(one.key),
        )
        for one in shown
    ]


def about_rows(rows: int | None) -> str:
    """A number of rows for people: `1,250`, `187,000`, `2.71 million`. Large ones are estimates anyway."""
    if rows is None:
        return "–"
    if rows < _EXACT_TO:
        return f"{rows:,}"
    if rows < 999_500:
        return f"{int(float(f'{rows:.3g}')):,}"
    return f"{float(f'{rows / 1e6:.3g}'):,g} million"
