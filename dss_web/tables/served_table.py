"""A table as a route serves it: its hidden columns, and the keys of the others."""

from dataclasses import dataclass
from enum import Enum, auto

from dss_web.shared.contract import HIDDEN_COLUMNS


class Casing(Enum):
    """How a column's name becomes a key."""

    AS_STORED = auto()
    CAMEL = auto()


@dataclass(frozen=True)
class ServedTable:
    """A table without its `hidden` columns, whose keys are in this casing."""

    schema: str
    name: str
    hidden: frozenset[str]
    casing: Casing


def table_by_name(schema: str, name: str) -> ServedTable:
    """Any table, as the routes that take a table's name serve it."""
    return ServedTable(schema, name, HIDDEN_COLUMNS, Casing.AS_STORED)


def camel_case(name: str) -> str:
    """`local_enterprise_partnership_lep1_code` → `localEnterprisePartnershipLep1Code`."""
    first, *others = [part for part in name.split("_") if part] or [name]
    return first + "".join(part.capitalize() for part in others)


def key_of(name: str, casing: Casing) -> str:
    """The key under which a column appears in a response."""
    return camel_case(name) if casing is Casing.CAMEL else name
