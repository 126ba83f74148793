"""Whether the routes of a dataset go with its tables. A mistake is refused with ValueError."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from dss_assets.dataset.validation import require, require_different
from dss_web.shared.contract import ColumnType
from dss_web.shared.routes import POSTCODE, Route, RowSelection, key_of

if TYPE_CHECKING:
    from dss_assets.dataset.declaration import Dataset


def require_routes(dataset: "Dataset") -> None:
    """Raise ValueError where a route is over what the dataset does not have, or shows two columns under one key."""
    require(not isinstance(dataset.routes, Route), f"{dataset.key}: `routes` is one route, and not a tuple of them")
    require_different_routes(dataset.routes, dataset.key)
    for route in dataset.routes:
        what = f"{dataset.key}: the route {route.path}"
        require(route.table in dataset.tables, f"{what} is over {route.table}, which is none of its tables")
        types = {column.name: column.type for column in dataset.columns_of(route.table)}
        unknown = [name for name in route.hidden if name not in types]
        require(not unknown, f"{what} hides what {route.table} lacks: {', '.join(unknown)}")
        shown = [name for name in types if name not in route.hidden]
        require_different((key_of(name, route.casing) for name in shown), f"{what}: keys of columns")
        require(
            route.rows is RowSelection.PAGES or types.get(POSTCODE) == ColumnType.TEXT,
            f"{what} finds rows by {POSTCODE}, which is no column of texts in {route.table}",
        )


def require_different_routes(routes: Iterable[Route], what: str) -> None:
    """Raise ValueError where two routes have one path or one scope."""
    known = list(routes)
    require_different((route.path for route in known), f"{what}: routes")
    require_different((route.scope for route in known), f"{what}: scopes of routes")
