"""A Tabular Data Package of Frictionless, version 1, which all of its readers take.

https://specs.frictionlessdata.io/tabular-data-package/ and https://specs.frictionlessdata.io/table-schema/, seen
2026-11-26.
"""

import re

from dss_web.catalogue.described import DescribedDataset, DescribedTable
from dss_web.catalogue.metadata.addresses import Addresses
from dss_web.catalogue.metadata.standard import (
    Json,
    description_of,
    email_in,
    has_id,
    names_of,
    organisation_of,
    tables_of,
    version_of,
    without_blanks,
)
from dss_web.shared.contract import Table


def package(described: DescribedDataset, addresses: Addresses) -> Json:
    """A dataset with its tables as CSVs."""
    entry = described.entry
    contributors = [{"title": organisation_of(described), "role": "publisher"}]
    if entry.owner:
        maintainer = {"title": entry.owner, "email": email_in(entry.owner), "role": "maintainer"}
        contributors.append(without_blanks(maintainer))
    return without_blanks(
        {
            "profile": "tabular-data-package",
            "name": _name(entry.key),
            "id": addresses.dataset(entry.key),
            "title": described.title,
            "description": description_of(described),
            "homepage": addresses.dataset(entry.key),
            "version": version_of(described),
            # Without a page a licence would have to be one of a list that has none for use inside government.
            "licenses": [without_blanks({"path": entry.licence_url, "title": entry.licence})]
            if entry.licence_url
            else [],
            "sources": [{"title": organisation_of(described), "path": entry.source_page}] if entry.source_page else [],
            "contributors": contributors,
            "resources": [_resource(table, of, addresses) for table, of in tables_of(described)],
        }
    )


def _resource(table: Table, of: DescribedTable, addresses: Addresses) -> Json:
    fields = [
        without_blanks({"name": column.name, **names_of(column.type).frictionless, "description": column.description})
        for column in of.columns
    ]
    return {
        "profile": "tabular-data-resource",
        "name": _name(table.name),
        "title": table.name,
        "path": addresses.export(table, "csv"),
        "format": "csv",
        "mediatype": "text/csv",
        "encoding": "utf-8",
        "schema": {
            "fields": fields,
            "missingValues": [""],
            **({"primaryKey": ["id"]} if has_id(of) else {}),
        },
    }


def _name(name: str) -> str:
    """A name in the characters that the standard allows."""
    return re.sub(r"[^a-z0-9._-]", "-", name.lower())
