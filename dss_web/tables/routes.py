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


@dataclass(frozen=True)
class Source:
    """A table, and how its rows are shown: without the `hidden` columns, with keys in this casing."""

    schema: str
    table: str
    hidden: frozenset[str]
    casing: Casing


@dataclass(frozen=True, kw_only=True)
class Route:
    """A route at /api/v1/`path` over one table.

    `scope`   what a client's scopes must hold; also the operation's name
    `rows`    pages by id, or the one row of a postcode
    """

    path: str
    scope: str
    source: Source
    rows: Rows = Rows.PAGES


_LOADERS = HIDDEN_COLUMNS | {"data_source_row_id"}
_LOADERS_AND_ID = _LOADERS | {"id"}

_ONS_POSTCODES = Source("ons.postcode_directory", "L1", _LOADERS, Casing.AS_STORED)
_REFERENCE_POSTCODES = Source("dit.reference_postcodes", "L1", _LOADERS_AND_ID, Casing.CAMEL)

ROUTES: Final = (
    Route(path="get-ons-postcodes/", scope="list_ons_postcodes", source=_ONS_POSTCODES),
    Route(path="get-dit-reference-postcodes/", scope="list_dit_reference_postcodes", source=_REFERENCE_POSTCODES),
    Route(
        path="get-dit-reference-postcode/",
        scope="dit_reference_postcode2",
        source=_REFERENCE_POSTCODES,
        rows=Rows.BY_POSTCODE,
    ),
    Route(
        path="get-postcode-data/",
        scope="dit_reference_postcode1",
        source=_REFERENCE_POSTCODES,
        rows=Rows.BY_POSTCODE,
    ),
)


def table_source(schema: str, table: str) -> Source:
    """Any table, as the routes that take its name show it."""
    return Source(schema, table, HIDDEN_COLUMNS, Casing.AS_STORED)


def camel_case(name: str) -> str:
    """`local_enterprise_partnership_lep1_code` → `localEnterprisePartnershipLep1Code`."""
    first, *others = [part for part in name.split("_") if part] or [name]
    return first + "".join(part.capitalize() for part in others)


def key_of(name: str, casing: Casing) -> str:
    """The key under which a column stands in an answer."""
    return camel_case(name) if casing is Casing.CAMEL else name
