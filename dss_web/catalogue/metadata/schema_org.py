"""A Dataset of schema.org, with what search engines for data ask for.

https://schema.org/Dataset and https://developers.google.com/search/docs/appearance/structured-data/dataset, seen
2026-11-26.
"""

from dss_web.catalogue.described import DescribedDataset
from dss_web.catalogue.metadata.addresses import Addresses
from dss_web.catalogue.metadata.standard import (
    Json,
    description_of,
    organisation_of,
    tables_of,
    version_of,
    without_blanks,
)
from dss_web.frame.organisation import organisation
from dss_web.registry.described_column import DescribedColumn

_MEDIA_TYPES = {"csv": "text/csv", "parquet": "application/vnd.apache.parquet", "ndjson": "application/x-ndjson"}


def dataset(described: DescribedDataset, addresses: Addresses) -> Json:
    """A document about one dataset."""
    entry = described.entry
    changed = described.changed_at
    page = addresses.dataset(entry.key)
    return without_blanks(
        {
            "@context": "https://schema.org/",
            "@type": "Dataset",
            "@id": page,
            "url": page,
            "identifier": entry.key,
            "name": described.title,
            "description": description_of(described),
            "license": entry.licence_url or entry.licence,
            "creator": {"@type": "Organization", "name": organisation_of(described)},
            "publisher": {"@type": "Organization", "name": organisation().name},
            "dateModified": changed.isoformat() if changed else None,
            "version": version_of(described),
            "isBasedOn": entry.source_page,
            "includedInDataCatalog": {
                "@type": "DataCatalog",
                "name": "Data Store Service",
                "url": addresses.catalogue,
            },
            "variableMeasured": [_variable(column) for column in _columns(described)],
            "distribution": [
                {
                    "@type": "DataDownload",
                    "name": table.name,
                    "encodingFormat": media_type,
                    "contentUrl": addresses.export(table, file_format),
                }
                for table, _ in tables_of(described)
                for file_format, media_type in _MEDIA_TYPES.items()
            ],
        }
    )


def _columns(described: DescribedDataset) -> list[DescribedColumn]:
    """The columns of its tables, each once: of the table that is cleaned furthest where several have it."""
    columns = {column.name: column for table in described.tables for column in table.columns}
    return list(columns.values())


def _variable(column: DescribedColumn) -> Json:
    return without_blanks({"@type": "PropertyValue", "name": column.name, "description": column.description})
