"""What the pages of the catalogue are tested with: datasets in each state, one of which is not for everybody."""

from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest

from tests.catalogue.shelf import Shelf
from tests.parts.published import Published, publish
from tests.parts.site import READER, Site, Visitor

DAY = timedelta(days=1)
# Publishes a dataset of so many rows.
Publishing = Callable[..., Published]


@pytest.fixture(scope="module")
def shelf(site: Site) -> Iterator[Shelf]:
    """Datasets of a ministry, indexed: one is late, one fails, one is empty, one restricted, the others are fresh."""
    shelf = Shelf(site)
    try:
        gait = {"left_knee": "How high the knee goes", "hop_count": "Hops in a minute", "minister": "Whose walk it is"}
        walks = "Walks that were seen in Whitehall, with their gait and silliness, for each minister and year."
        shelf.load(shelf.declare("walks.silly_walks", "Silly walks of ministers", walks, gait, 3 * DAY), 8123, 9 * DAY)
        shelf.load(shelf.declare("walks.parrots", "Parrots <b>& plumage</b>", "Norwegian blues"), 187_345, 2 * DAY)
        shelf.fail("walks.parrots", "The publisher answered 503 for <parrots>.")
        shelf.declare("walks.empty_shelves", "Shelves without anything")
        shelf.load(shelf.declare("dairy.cheese", "Cheese by county", "Wensleydale and 42 others"), 42)
        secret = shelf.declare("dairy.secret_recipes", "Recipes of ministers", "How cheese is made", gait, 3 * DAY)
        shelf.load(secret, 3, 8 * DAY)
        shelf.restrict(secret)
        shelf.look()
        yield shelf
    finally:
        shelf.clear()


@pytest.fixture(scope="module")
def reader(site: Site) -> Visitor:
    """Somebody who may see datasets, and is nobody's owner."""
    return site.login(READER)


@pytest.fixture(scope="module")
def publishing(site: Site) -> Iterator[Publishing]:
    """Publishes datasets with as many rows as are asked for, and takes them away again."""
    datasets: list[Published] = []

    def publish_one(rows: int = 120) -> Published:
        datasets.append(publish(site, rows))
        return datasets[-1]

    yield publish_one
    for dataset in datasets:
        dataset.withdraw()


@pytest.fixture(scope="module")
def published(publishing: Publishing) -> Published:
    """A published dataset with rows that no test changes."""
    return publishing()
