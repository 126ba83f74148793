"""The API's routes over named tables. Each is declared here once; everything else is derived from it."""

from dataclasses import dataclass
from enum import Enum, auto
from typing import Final

from dss_web.shared.contract import HIDDEN_COLUMNS
from dss_web.tables.served_table import Casing, ServedTable


class RowSelection(Enum):
    """Which rows a route serves."""

    PAGES = auto()
    BY_POSTCODE = auto()


@dataclass(frozen=True, kw_only=True)
class Route:
    """A route at /api/v1/`path` over one table.

    `scope`  what a client's scopes must include; also the operation's name
    `rows`   pages by id, or the one row of a postcode
    """

    path: str
    scope: str
    table: ServedTable
    rows: RowSelection = RowSelection.PAGES


_LOADERS = HIDDEN_COLUMNS | {"data_source_row_id"}
_LOADERS_AND_ID = _LOADERS | {"id"}

# Columns of other editions than that of 2019, whose fifty this route has always had. The table routes have all.
_OTHER_EDITIONS = frozenset(
    {"icb", "oa21", "lsoa21", "msoa21", "bua24", "ruc21ind", "oac21", "imd25"}
    | {"psed", "cened", "edind", "oshaprev", "lea", "oldha", "wardc91", "wardo91", "ward98", "oldpct"}
)

_ONS_POSTCODES = ServedTable("ons.postcode_directory", "L1", _LOADERS | _OTHER_EDITIONS, Casing.AS_STORED)
_REFERENCE_POSTCODES = ServedTable("dit.reference_postcodes", "L1", _LOADERS_AND_ID, Casing.CAMEL)

ROUTES: Final = (
    Route(path="get-ons-postcodes/", scope="list_ons_postcodes", table=_ONS_POSTCODES),
    Route(path="get-dit-reference-postcodes/", scope="list_dit_reference_postcodes", table=_REFERENCE_POSTCODES),
    Route(
        path="get-dit-reference-postcode/",
        scope="dit_reference_postcode2",
        table=_REFERENCE_POSTCODES,
        rows=RowSelection.BY_POSTCODE,
    ),
    Route(
        path="get-postcode-data/",
        scope="dit_reference_postcode1",
        table=_REFERENCE_POSTCODES,
        rows=RowSelection.BY_POSTCODE,
    ),
    Route(
        path="get-dit-baci-data/",
        scope="list_dit_baci",
        table=ServedTable("dit.baci", "L1", _LOADERS_AND_ID, Casing.CAMEL),
    ),
    Route(
        path="get-world-bank-bound-rates/raw/",
        scope="list_world_bank_bound_rates_raw",
        table=ServedTable("world_bank.bound_rates", "L0", _LOADERS_AND_ID, Casing.CAMEL),
    ),
    Route(
        path="get-world-bank-tariffs/",
        scope="list_world_bank_tariff",
        table=ServedTable("world_bank.tariff", "L1", _LOADERS_AND_ID, Casing.CAMEL),
    ),
    Route(
        path="get-world-bank-tariffs/raw/",
        scope="list_world_bank_tariff_raw",
        table=ServedTable("world_bank.tariff", "L0", _LOADERS_AND_ID, Casing.CAMEL),
    ),
)
