"""A table as a route serves it: its hidden columns, and the keys of the others."""

from dataclasses import dataclass

from dss_web.shared.contract import HIDDEN_COLUMNS
from dss_web.shared.routes import Casing, key_of

__all__ = ["Casing", "ServedTable", "key_of", "table_by_name"]


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
