"""Datasets in the words of published standards, made of the catalogue whenever they are asked for.

addresses.py    the URLs that the documents name
standard.py     what a column's type is called in each standard, and what several of them need
dcat.py         DCAT-AP: one dataset, and the catalogue
csvw.py         CSV on the Web: the columns of the CSVs
datapackage.py  Frictionless Data Package
schema_org.py   schema.org, as search engines read it
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

import orjson

from dss_web.catalogue.described import DescribedDataset
from dss_web.catalogue.metadata import csvw, datapackage, dcat, schema_org
from dss_web.catalogue.metadata.addresses import Addresses
from dss_web.registry.models import CatalogueEntry


@dataclass(frozen=True, slots=True)
class Standard:
    """A standard in which a dataset is described: the document's name in its URL, its media type, and how it is made.

    `source` is where the standard stands. `example` is the beginning of a document, for the API's documentation.
    """

    title: str
    file_name: str
    media_type: str
    source: str
    make: Callable[[DescribedDataset, Addresses], dict[str, Any]]
    example: dict[str, Any]

    def document(self, dataset: DescribedDataset, addresses: Addresses) -> bytes:
        """The document about a dataset."""
        return orjson.dumps(self.make(dataset, addresses))


_TITLE: Final = "Exporters of goods"
STANDARDS: Final = (
    Standard(
        title="DCAT-AP",
        file_name=dcat.FILE_NAME,
        media_type=dcat.MEDIA_TYPE,
        source="https://semiceu.github.io/DCAT-AP/releases/3.0.0/",
        make=dcat.dataset,
        example={"@type": "dcat:Dataset", "dct:identifier": "hmrc.exporters", "dct:title": _TITLE},
    ),
    Standard(
        title="CSV on the Web",
        file_name=csvw.FILE_NAME,
        media_type="application/csvm+json",
        source="https://www.w3.org/TR/tabular-metadata/",
        make=csvw.table_group,
        example={"@type": "TableGroup", "dc:identifier": "hmrc.exporters", "dc:title": _TITLE},
    ),
    Standard(
        title="Frictionless Data Package",
        file_name="datapackage.json",
        media_type="application/json",
        source="https://specs.frictionlessdata.io/data-package/",
        make=datapackage.package,
        example={"profile": "tabular-data-package", "name": "hmrc.exporters", "title": _TITLE},
    ),
    Standard(
        title="schema.org",
        file_name="schema-org.jsonld",
        media_type="application/ld+json",
        source="https://schema.org/Dataset",
        make=schema_org.dataset,
        example={"@type": "Dataset", "identifier": "hmrc.exporters", "name": _TITLE},
    ),
)


class Alternate(NamedTuple):
    """A document that says what a page says, for its `<link rel="alternate">`."""

    title: str
    media_type: str
    url: str


def alternates(entry: CatalogueEntry) -> list[Alternate]:
    """The documents about a dataset, beside its page."""
    page = entry.get_absolute_url()
    return [Alternate(each.title, each.media_type, f"{page}{each.file_name}") for each in STANDARDS]
