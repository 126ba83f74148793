"""Mistakes in a dataset's own routes: each is refused when it is declared, with the word that is wrong."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from dss_assets.dataset import Casing, Column, Route, RowSelection
from dss_assets.dataset.consistency import require_consistent
from tests.dataset.test_wrong_declarations import TREES


def route(**changed: object) -> Route:
    words: dict[str, object] = {"path": "get-trees/", "scope": "list_trees", "table": "L0"}
    return Route(**(words | changed))  # type: ignore[arg-type]


WRONG: dict[str, Callable[[], object]] = {
    "the route 'get-trees' is no path of lower-case words": lambda: route(path="get-trees"),
    "the route '/get-trees/' is no path": lambda: route(path="/get-trees/"),
    "the route 'get trees/' is no path": lambda: route(path="get trees/"),
    "the route 'table-data/trees/' begins with table-data, which serves every table": lambda: route(
        path="table-data/trees/"
    ),
    "the scope '*' of the route 'get-trees/' is no lower-case name": lambda: route(scope="*"),
    "the scope 'get_table_data' of the route 'get-trees/' opens every table already": lambda: route(
        scope="get_table_data"
    ),
    "`hidden` of the route 'get-trees/' is one text": lambda: route(hidden="id"),
    "org.trees: `routes` is one route": lambda: replace(TREES, routes=route()),  # type: ignore[arg-type]
    "org.trees: the route get-trees/ is over L1, which is none of its tables": lambda: replace(
        TREES, routes=(route(table="L1"),)
    ),
    "org.trees: the route get-trees/ hides what L0 lacks: girth": lambda: replace(
        TREES, routes=(route(hidden=("height", "girth")),)
    ),
    "org.trees: the route get-trees/: keys of columns declared twice: treeHeight": lambda: replace(
        TREES, columns=(Column("tree_height"), Column("tree__height")), routes=(route(casing=Casing.CAMEL),)
    ),
    "org.trees: the route get-trees/ finds rows by postcode, which is no column of texts in L0": lambda: replace(
        TREES, routes=(route(rows=RowSelection.BY_POSTCODE),)
    ),
    "org.trees: routes declared twice: get-trees/": lambda: replace(TREES, routes=(route(), route(scope="trees"))),
    "org.trees: scopes of routes declared twice: list_trees": lambda: replace(
        TREES, routes=(route(), route(path="trees/"))
    ),
    "datasets: routes declared twice: get-trees/": lambda: require_consistent(
        [replace(TREES, routes=(route(),)), replace(TREES, name="woods", routes=(route(scope="list_woods"),))]
    ),
}


@pytest.mark.parametrize("reason", WRONG)
def test_a_wrong_route_is_refused_with_the_word_that_is_wrong(reason: str) -> None:
    with pytest.raises(ValueError) as refused:
        WRONG[reason]()
    assert reason in str(refused.value)
