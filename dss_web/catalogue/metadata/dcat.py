"""DCAT-AP 3.0, the application profile of DCAT for data portals, as JSON-LD.

https://semiceu.github.io/DCAT-AP/releases/3.0.0/ and https://www.w3.org/TR/vocab-dcat-3/, seen 2026-11-26.
"""

from collections.abc import Iterable
from typing import Final

from dss_web.catalogue.described import DescribedDataset, DescribedTable
from dss_web.catalogue.metadata import csvw
from dss_web.catalogue.metadata.addresses import Addresses
from dss_web.catalogue.metadata.standard import (
    Json,
    description_of,
    email_in,
    organisation_of,
    tables_of,
    version_of,
    without_blanks,
)
from dss_web.frame.organisation import organisation
from dss_web.shared.contract import Table

FILE_NAME: Final = "dcat.jsonld"
MEDIA_TYPE: Final = "application/ld+json"

# Written out, so that a reader needs no other document.
_CONTEXT: Final[Json] = {
    "dcat": "http://www.w3.org/ns/dcat#",
    "dct": "http://purl.org/dc/terms/",
    "foaf": "http://xmlns.com/foaf/0.1/",
    "rdfs": "http://www.w3.org/2000/01/rdf-schema#",
    "vcard": "http://www.w3.org/2006/vcard/ns#",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
}
# Everything takes a login or a key. https://op.europa.eu/en/web/eu-vocabularies/concept-scheme/-/resource?uri=
# http://publications.europa.eu/resource/authority/access-right
_RESTRICTED: Final = "http://publications.europa.eu/resource/authority/access-right/RESTRICTED"
# Of an export's formats, the media type that IANA has for it.
_FORMATS: Final = {
    "csv": "https://www.iana.org/assignments/media-types/text/csv",
    "parquet": "https://www.iana.org/assignments/media-types/application/vnd.apache.parquet",
    "ndjson": "",
}


def dataset(described: DescribedDataset, addresses: Addresses) -> Json:
    """A document about one dataset."""
    return {"@context": _CONTEXT} | _dataset(described, addresses)


def catalogue(described: Iterable[DescribedDataset], addresses: Addresses) -> Json:
    """A document about all of these datasets."""
    owner = organisation().name
    return {
        "@context": _CONTEXT,
        "@id": addresses.catalogue,
        "@type": "dcat:Catalog",
        "dct:title": f"Datasets of the Data Store Service of {owner}",
        "dct:description": "Files of other organisations and of our own, as tables that programs read by an API.",
        "dct:publisher": _agent(owner),
        "foaf:homepage": _iri(addresses.catalogue),
        "dcat:service": _service(addresses),
        "dcat:dataset": [_dataset(each, addresses) for each in described],
    }


def _dataset(described: DescribedDataset, addresses: Addresses) -> Json:
    entry = described.entry
    page = addresses.dataset(entry.key)
    changed = described.changed_at
    return without_blanks(
        {
            "@id": page,
            "@type": "dcat:Dataset",
            "dct:identifier": entry.key,
            "dct:title": described.title,
            "dct:description": description_of(described),
            "dct:publisher": _agent(organisation_of(described)),
            "dcat:contactPoint": _contact(entry.contact),
            "dcat:landingPage": {"@id": page, "@type": "foaf:Document"},
            "foaf:page": {"@id": entry.source_page, "@type": "foaf:Document"} if entry.source_page else None,
            "dct:modified": {"@type": "xsd:dateTime", "@value": changed.isoformat()} if changed else None,
            "dct:accessRights": {"@id": _RESTRICTED, "@type": "dct:RightsStatement"},
            "dcat:version": version_of(described),
            "dcat:distribution": [
                _distribution(described, table, of, file_format, addresses)
                for table, of in tables_of(described)
                for file_format in _FORMATS
            ],
        }
    )


def _distribution(
    described: DescribedDataset, table: Table, of: DescribedTable, file_format: str, addresses: Addresses
) -> Json:
    """A table in one of the formats of an export."""
    url = addresses.export(table, file_format)
    media_type = _FORMATS[file_format]
    changed = of.state.changed_at
    return without_blanks(
        {
            "@id": url,
            "@type": "dcat:Distribution",
            "dct:title": f"{table.name} as {file_format.upper()}",
            "dcat:accessURL": _iri(url),
            "dcat:accessService": _service(addresses),
            "dcat:mediaType": {"@id": media_type, "@type": "dct:MediaType"} if media_type else None,
            "dct:format": {"@type": "dct:MediaTypeOrExtent", "rdfs:label": file_format.upper()},
            "dct:license": _licence(described),
            "dct:modified": {"@type": "xsd:dateTime", "@value": changed.isoformat()} if changed else None,
            "dct:conformsTo": _columns(addresses) if file_format == "csv" else None,
        }
    )


def _columns(addresses: Addresses) -> Json | None:
    """The description of a CSV's columns, where the document is about one dataset."""
    if not addresses.documents:
        return None
    return {"@id": addresses.document(csvw.FILE_NAME), "@type": "dct:Standard", "dct:title": "Its columns, in CSVW"}


def _licence(described: DescribedDataset) -> Json | None:
    entry = described.entry
    if not entry.licence and not entry.licence_url:
        return None
    return without_blanks(
        {"@id": entry.licence_url, "@type": "dct:LicenseDocument", "dct:title": entry.licence or entry.licence_url}
    )


def _contact(contact: str) -> Json | None:
    if not contact:
        return None
    address = {"vcard:hasEmail": _iri(f"mailto:{contact}")} if email_in(contact) else {"vcard:hasURL": _iri(contact)}
    has_address = email_in(contact) or contact.startswith(("http://", "https://"))
    return {"@type": "vcard:Kind", "vcard:fn": contact} | (address if has_address else {})


def _service(addresses: Addresses) -> Json:
    return {
        "@id": addresses.api,
        "@type": "dcat:DataService",
        "dct:title": "Data Store Service API",
        "dcat:endpointURL": _iri(addresses.api),
        "dcat:endpointDescription": _iri(addresses.api_description),
    }


def _agent(name: str) -> Json:
    return {"@type": "foaf:Agent", "foaf:name": name}


def _iri(url: str) -> Json:
    return {"@id": url}
