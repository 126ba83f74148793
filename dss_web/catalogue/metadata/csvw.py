"""CSV on the Web: the columns of each table, as an export writes them in a CSV.

https://www.w3.org/TR/tabular-metadata/ and https://www.w3.org/TR/tabular-data-model/, seen 2026-11-26.
"""

from typing import Final
from urllib.parse import quote

from dss_web.catalogue.described import DescribedDataset, DescribedTable
from dss_web.catalogue.metadata.addresses import Addresses
from dss_web.catalogue.metadata.standard import (
    Json,
    description_of,
    has_id,
    names_of,
    organisation_of,
    tables_of,
    without_blanks,
)
from dss_web.registry.described_column import DescribedColumn
from dss_web.shared.contract import Table

FILE_NAME: Final = "csvw.json"

# The standard demands exactly this first entry.
_CONTEXT: Final = "http://www.w3.org/ns/csvw"


def table_group(described: DescribedDataset, addresses: Addresses) -> Json:
    """The tables of a dataset. In them an empty cell is NULL, which is what the standard takes it for."""
    entry = described.entry
    changed = described.changed_at
    return without_blanks(
        {
            "@context": _CONTEXT,
            "@type": "TableGroup",
            "dc:identifier": entry.key,
            "dc:title": described.title,
            "dc:description": description_of(described),
            "dc:publisher": organisation_of(described),
            "dc:license": entry.licence_url or entry.licence,
            "dc:modified": changed.isoformat() if changed else None,
            "rdfs:seeAlso": addresses.dataset(entry.key),
            # As Postgres's COPY writes a CSV, with the names of the columns above it.
            "dialect": {"header": True, "delimiter": ",", "quoteChar": '"', "doubleQuote": True, "encoding": "utf-8"},
            "tables": [_table(table, of, addresses) for table, of in tables_of(described)],
        }
    )


def _table(table: Table, of: DescribedTable, addresses: Addresses) -> Json:
    return {
        "@type": "Table",
        "url": addresses.export(table, "csv"),
        "dc:title": table.name,
        "tableSchema": {
            "@type": "Schema",
            "columns": [_column(column) for column in of.columns],
            **({"primaryKey": "id"} if has_id(of) else {}),
        },
    }


def _column(column: DescribedColumn) -> Json:
    return without_blanks(
        {
            # A name has letters, digits, underscores and percent-encoded bytes, and does not begin with an underscore.
            "name": _name(column.name),
            "titles": column.name,
            "dc:description": column.description,
            "datatype": names_of(column.type).csvw,
        }
    )


def _name(name: str) -> str:
    encoded = "".join(each if each.isascii() and (each.isalnum() or each == "_") else _encoded(each) for each in name)
    return encoded if not encoded.startswith("_") else f"%5F{encoded[1:]}"


def _encoded(character: str) -> str:
    """A character in percent-encoding, also where `quote` would leave it."""
    found = quote(character, safe="")
    return found if found != character else f"%{ord(character):02X}"
