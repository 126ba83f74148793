"""Documents about datasets in published standards, with what a client may read."""

from typing import Any, Final

import orjson
from django.http import HttpRequest, HttpResponse
from pydantic import ConfigDict, RootModel

from dss_web.api.datasets import ALWAYS, CatalogueOperation, dataset_for, datasets_for, tagged
from dss_web.api.parameters import IF_NONE_MATCH, SchemaName
from dss_web.api.responses import SIGNED, TAGGED
from dss_web.catalogue.metadata import STANDARDS, Standard, dcat
from dss_web.catalogue.metadata.addresses import Addresses
from dss_web.http.operation import ResponseType
from dss_web.http.request_url import origin, raw_path


class MetadataDocument(RootModel[dict[str, Any]]):
    """A JSON object as the standard has it."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"@type": "dcat:Dataset"}]})


def get_catalogue_document(request: HttpRequest) -> HttpResponse:
    """All datasets of which the client may read a table, in DCAT-AP."""
    content = orjson.dumps(dcat.catalogue(datasets_for(request), Addresses(origin(request))))
    return tagged(request, HttpResponse(content, content_type=dcat.MEDIA_TYPE))


def _response(name: str, media_type: str, example: dict[str, Any]) -> ResponseType:
    return ResponseType(
        name=name,
        status=200,
        description="The document.",
        bodies=(MetadataDocument,),
        examples=(example,),
        headers=SIGNED,
        optional_headers=TAGGED,
        media_types=(media_type,),
    )


def _operation(standard: Standard) -> CatalogueOperation:
    name = standard.file_name.partition(".")[0].replace("-", "_")

    def get_document(request: HttpRequest, schema_name: SchemaName) -> HttpResponse:
        base = raw_path(request).removesuffix("/").removesuffix(standard.file_name)
        addresses = Addresses(origin(request), f"{origin(request)}{base}")
        content = standard.document(dataset_for(request, schema_name), addresses)
        return tagged(request, HttpResponse(content, content_type=standard.media_type))

    get_document.__name__ = f"get_dataset_{name}"
    return CatalogueOperation(
        operation_id=f"get_dataset_{name}",
        path=f"/api/v1/datasets/{{schema_name}}/{standard.file_name}",
        view=get_document,
        summary=f"Describe a dataset in {standard.title}",
        description=f"The dataset as [{standard.title}]({standard.source}) has it, with those of its tables that you "
        "may read. The addresses of tables in it take a signed request.",
        responses=(_response(f"Dataset_{name}", standard.media_type, standard.example), *ALWAYS),
        parameters=(IF_NONE_MATCH,),
    )


OPERATIONS: Final = (
    CatalogueOperation(
        operation_id="get_catalogue_document",
        path="/api/v1/catalogue.jsonld",
        view=get_catalogue_document,
        summary="List the datasets that you may read in DCAT-AP",
        description="All datasets of which you may read a table, in one document of "
        "[DCAT-AP](https://semiceu.github.io/DCAT-AP/releases/3.0.0/), for portals that collect catalogues.",
        responses=(_response("CatalogueDocument", dcat.MEDIA_TYPE, {"@type": "dcat:Catalog"}), *ALWAYS),
        parameters=(IF_NONE_MATCH,),
    ),
    *map(_operation, STANDARDS),
)
