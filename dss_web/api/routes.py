"""The API's named routes: each serves one table of a dataset at a path of its own.

Datasets declare them, and `operations.dataset` has them (`known_routes.py`). The routes here are those that clients
have read since before declarations were written down. They are served from here as long as `operations.dataset` says
nothing of the routes of their dataset, so that no client gets 404 in the upgrade that brings the first such rows. A
test holds them equal to the declared ones. No route is added here.
"""

from dataclasses import dataclass
from typing import Final

from dss_web.shared.contract import HIDDEN_COLUMNS
from dss_web.shared.routes import Casing, Route, RowSelection
from dss_web.tables.served_table import ServedTable

__all__ = ["ROUTES", "NamedRoute", "RowSelection", "served"]

# What no named route shows.
_LOADERS: Final = HIDDEN_COLUMNS | {"data_source_row_id"}


@dataclass(frozen=True, kw_only=True)
class NamedRoute:
    """A route at /api/v1/`path` over one table.

    `scope`  what a client's scopes must include; also the operation's name
    `rows`   pages by id, or the one row of a postcode
    """

    path: str
    scope: str
    table: ServedTable
    rows: RowSelection


def served(schema: str, route: Route) -> NamedRoute:
    """A declared route over the tables in this schema."""
    table = ServedTable(schema, route.table, _LOADERS | frozenset(route.hidden), route.casing)
    return NamedRoute(path=route.path, scope=route.scope, table=table, rows=route.rows)


def _camel(path: str, scope: str, schema: str, table: str, rows: RowSelection = RowSelection.PAGES) -> NamedRoute:
    route = Route(path=path, scope=scope, table=table, casing=Casing.CAMEL, hidden=("id",), rows=rows)
    return served(schema, route)


# Columns of other editions than that of 2019, whose fifty this route has always had. The table routes have all.
_OTHER_EDITIONS: Final = (
    *("icb", "oa21", "lsoa21", "msoa21", "bua24", "ruc21ind", "oac21", "imd25"),
    *("psed", "cened", "edind", "oshaprev", "lea", "oldha", "wardc91", "wardo91", "ward98", "oldpct"),
)
_BY_POSTCODE: Final = RowSelection.BY_POSTCODE

ROUTES: Final = (
    served(
        "ons.postcode_directory",
        Route(path="get-ons-postcodes/", scope="list_ons_postcodes", table="L1", hidden=_OTHER_EDITIONS),
    ),
    _camel("get-dit-reference-postcodes/", "list_dit_reference_postcodes", "dit.reference_postcodes", "L1"),
    _camel("get-dit-reference-postcode/", "dit_reference_postcode2", "dit.reference_postcodes", "L1", _BY_POSTCODE),
    _camel("get-postcode-data/", "dit_reference_postcode1", "dit.reference_postcodes", "L1", _BY_POSTCODE),
    _camel("get-dit-baci-data/", "list_dit_baci", "dit.baci", "L1"),
    _camel("get-world-bank-bound-rates/raw/", "list_world_bank_bound_rates_raw", "world_bank.bound_rates", "L0"),
    _camel("get-world-bank-tariffs/", "list_world_bank_tariff", "world_bank.tariff", "L1"),
    _camel("get-world-bank-tariffs/raw/", "list_world_bank_tariff_raw", "world_bank.tariff", "L0"),
)
