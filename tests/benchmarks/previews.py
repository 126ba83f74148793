"""The page of rows of a table of ten million rows: what each of its requests takes of the web app and of Postgres."""

from functools import partial
from pathlib import Path
from typing import Final

from tests.benchmarks.growth import Clock
from tests.benchmarks.report import Figure
from tests.parts.published import Published, publish
from tests.parts.site import Site, Visitor

ROWS: Final = 10_000_000
ROUNDS: Final = 20
MOST_MS: Final = 100

_REQUESTS: Final = {
    "the first rows": "",
    "rows in its middle": f"?from={ROWS // 2}",
    "a filter with an index": "?filter=postcode.eq=LS1 3",
    "a filter without an index that finds nothing": "?filter=company.eq=nobody",
    "sorted by an index": "?sort=-postcode",
    "sorted without an index": "?sort=-amount",
}


def plant(database_url: str) -> Published:
    """The dataset, in a database that is migrated."""
    return publish(Site("", "", database_url, "", Path()), ROWS)


def figures(clock: Clock, visitor: Visitor, dataset: Published) -> list[Figure]:
    """What each request takes."""
    return [_figure(clock, visitor, what, f"{dataset.path}rows/{query}") for what, query in _REQUESTS.items()]


def _figure(clock: Clock, visitor: Visitor, what: str, path: str) -> Figure:
    assert visitor.get(path).ok, path
    took = clock.milliseconds(partial(visitor.get, path), ROUNDS)
    return Figure(f"preview of {ROWS:,} rows: {what}", took, "ms of CPU", at_most=MOST_MS)
