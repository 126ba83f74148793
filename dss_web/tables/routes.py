"""The API's routes over tables, declared: one line each, and nothing else knows them."""

from dataclasses import dataclass
from enum import Enum, auto
from typing import Final

from dss_web.registry.contract import HIDDEN_COLUMNS


class Casing(Enum):
    """How a column's name becomes a key."""

    AS_STORED = auto()
    CAMEL = auto()


class Rows(Enum):
    """Which rows a route gives."""

    PAGES = auto()
    BY_POSTCODE = auto()


@dataclass(frozen=True, kw_only=True)
class Route:
    """A route at /api/v1/`path` over one table.

    `scope`   what a client's scopes must hold; also the operation's name
    `hidden`  columns that are not shown
    `rows`    pages by id, or the one row of a postcode
    """

    path: str
    scope: str
    schema: str
    table: str
    casing: Casing
    hidden: frozenset[str]
    rows: Rows = Rows.PAGES


_LOADERS = HIDDEN_COLUMNS | {"data_source_row_id"}
_LOADERS_AND_ID = _LOADERS | {"id"}

ROUTES: Final = (
    Route(
        path="get-ons-postcodes/",
        scope="list_ons_postcodes",
        schema="ons.postcode_directory",
        table="L1",
        casing=Casing.AS_STORED,
        hidden=_LOADERS,
    ),
    Route(
        path="get-dit-reference-postcodes/",
        scope="list_dit_reference_postcodes",
        schema="dit.reference_postcodes",
        table="L1",
        casing=Casing.CAMEL,
        hidden=_LOADERS_AND_ID,
    ),
    Route(
        path="get-dit-reference-postcode/",
        scope="dit_reference_postcode2",
        schema="dit.reference_postcodes",
        table="L1",
        casing=Casing.CAMEL,
        hidden=_LOADERS_AND_ID,
        rows=Rows.BY_POSTCODE,
    ),
    Route(
        path="get-postcode-data/",
        scope="dit_reference_postcode1",
        schema="dit.reference_postcodes",
        table="L1",
        casing=Casing.CAMEL,
        hidden=_LOADERS_AND_ID,
        rows=Rows.BY_POSTCODE,
    ),
)


def camel_case(name: str) -> str:
    """`local_enterprise_partnership_lep1_code` → `localEnterprisePartnershipLep1Code`."""
    first, *others = [part for part in name.split("_") if part] or [name]
    return first + "".join(part.capitalize() for part in others)


def key_of(name: str, casing: Casing) -> str:
    """The key under which a column stands in an answer."""
    return camel_case(name) if casing is Casing.CAMEL else name
