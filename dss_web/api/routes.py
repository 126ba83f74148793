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

_ONS_POSTCODES = ServedTable("ons.postcode_directory", "L1", _LOADERS, Casing.AS_STORED)
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
)
