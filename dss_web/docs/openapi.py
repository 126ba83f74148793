"""The OpenAPI document, derived from what each operation declares and from the models of parameters and bodies."""

from collections.abc import Iterable
from functools import lru_cache
from typing import Any, Final

from pydantic import BaseModel
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue, models_json_schema

from dss_web.api.known_routes import READ_AGAIN_SECONDS
from dss_web.api.named_urls import KNOWN, NamedOperations, named_operations
from dss_web.api.ninja_api import described_paths
from dss_web.api.operations import OPERATIONS
from dss_web.api.responses import HEADERS
from dss_web.api.urls import api
from dss_web.docs.guide import chapters
from dss_web.http.operation import Json, Operation, ResponseType, Tag
from dss_web.monitoring import healthcheck, readiness

SCHEME: Final = "Hawk"
TAGS: Final = {
    Tag.TABLES: "Any table that your scopes include, by its schema and name.",
    Tag.DATASETS: "Tables that have a route of their own.",
    Tag.UPLOADS: "Files for datasets that people upload, in parts, with the same check as on the pages.",
    Tag.HEALTH: "Whether the service works. No signature is needed.",
}
# Besides the named routes.
ALWAYS_THERE: Final[tuple[Operation, ...]] = (*OPERATIONS, healthcheck.OPERATION, readiness.OPERATION)

_REFERENCE: Final = "#/components/schemas/{model}"
# What models say of a parameter that OpenAPI has beside its schema.
_OF_PARAMETERS: Final = ("description", "example", "explode")
_OMITTED: Final = {"allOf", "anyOf", "title", *_OF_PARAMETERS}
# Where a parameter has a validator of its own, pydantic leaves its own words.
_KEYWORDS: Final = {"ge": "minimum", "le": "maximum"}


def document(origin: str) -> Json:
    """The document for clients that reach the API at `origin`, as in `https://example.com:8443`.

    It has the named routes that everybody may know of. HEAD is left out: every operation supports it, as GET without
    the body.
    """
    return document_with(origin, current_routes())


def current_routes() -> NamedOperations:
    """The named routes that there are now, but for those of restricted datasets."""
    KNOWN.refresh(READ_AGAIN_SECONDS)
    return named_operations(KNOWN.open_routes)


@lru_cache(maxsize=8)  # a web app is reached by few names
def document_with(origin: str, named: NamedOperations) -> Json:
    """The document with these named routes."""
    # The first page leads on to wherever an anchor is.
    guide = [chapter.with_links_to(lambda anchor: f"{origin}/api/docs#{anchor}") for chapter in chapters(origin)]
    documented = (*named.operations, *ALWAYS_THERE)
    response_types = {kind.name: kind for operation in documented for kind in operation.responses}
    ordered = sorted(documented, key=lambda operation: list(TAGS).index(operation.tag))
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Data Store Service API",
            "version": "1",
            "summary": "Tables of published data, read in pages by clients that sign their requests with HAWK.",
            "description": "\n\n".join(f"# {chapter.title}\n\n{chapter.markdown}" for chapter in guide),
        },
        "servers": [{"url": origin}],
        "tags": [{"name": name, "description": text} for name, text in TAGS.items()],
        "paths": _paths(ordered, described_paths(api) | described_paths(named.api)),
        "components": {
            "schemas": _schemas(
                {body for kind in response_types.values() for body in kind.bodies}
                | {each.body for each in documented if each.body}
            ),
            "responses": {name: _response(kind) for name, kind in response_types.items()},
            "securitySchemes": {
                SCHEME: {
                    "type": "http",
                    "scheme": "hawk",
                    "description": "\n\n".join(chapter.markdown for chapter in guide if chapter.explains_hawk),
                }
            },
        },
    }


def _paths(operations: Iterable[Operation], described: dict[str, Json]) -> Json:
    """Each operation by its path and method; `described` is what Ninja says of them, which knows their parameters."""
    paths: Json = {}
    for operation in operations:
        method = operation.method.lower()
        parameters = described.get(operation.path, {}).get(method, {}).get("parameters", ())
        paths.setdefault(operation.path, {})[method] = _operation(operation, [_parameter(each) for each in parameters])
    return paths


def _operation(operation: Operation, parameters: list[Json]) -> Json:
    described: Json = {
        "operationId": operation.operation_id,
        "tags": [operation.tag],
        "summary": operation.summary,
        "description": operation.description,
        "responses": {
            str(kind.status): {"$ref": f"#/components/responses/{kind.name}"}
            for kind in sorted(operation.responses, key=lambda kind: kind.status)
        },
        # Any one of the scopes is enough.
        "security": [{SCHEME: [scope]} for scope in operation.scopes],
        "parameters": [*parameters, *operation.parameters],
    }
    if operation.body:
        schema = {"$ref": _REFERENCE.format(model=operation.body.__name__)}
        described["requestBody"] = {"required": True, "content": {operation.body_media_type: {"schema": schema}}}
    return described


def _parameter(generated: Json) -> Json:
    parameter = {key: generated[key] for key in ("in", "name", "required")}
    schema: Json = {}
    # An enum with a default comes as allOf, what may be left out as anyOf with null.
    for part in (generated["schema"], *generated["schema"].get("allOf", ()), *generated["schema"].get("anyOf", ())):
        if part.get("type") != "null":
            schema |= {_KEYWORDS.get(key, key): value for key, value in part.items() if key not in _OMITTED}
    own = {key: generated["schema"][key] for key in _OF_PARAMETERS if key in generated["schema"]}
    return parameter | own | {"schema": schema}


def _response(kind: ResponseType) -> Json:
    always = ("X-Request-ID", *kind.headers)
    response: Json = {
        "description": kind.description,
        "headers": {name: HEADERS[name] | {"required": name in always} for name in (*always, *kind.optional_headers)},
    }
    references = [{"$ref": _REFERENCE.format(model=body.__name__)} for body in kind.bodies]
    if references:
        schema = references[0] if len(references) == 1 else {"oneOf": references}
        values = zip(kind.bodies, kind.examples, strict=False)
        examples = {body.__name__: {"value": value} for body, value in values}
        content = {"schema": schema} | ({"examples": examples} if examples else {})
        response["content"] = dict.fromkeys(kind.media_types, content)
    return response


def _schemas(bodies: set[type[BaseModel]]) -> dict[str, Json]:
    """The schemas of these models and of what they are made of, by their names."""
    models = sorted(bodies, key=lambda body: body.__name__)
    _, definitions = models_json_schema(
        [(model, "serialization") for model in models], ref_template=_REFERENCE, schema_generator=_InOrder
    )
    schemas: dict[str, Json] = _without_titles(definitions["$defs"])
    for schema in schemas.values():
        # An enum's docstring is for developers; the field that has it is described for clients.
        if "enum" in schema:
            schema.pop("description", None)
    return schemas


class _InOrder(GenerateJsonSchema):
    """Leaves the keys of examples in the order of a response, where pydantic would sort them."""

    def sort(self, value: JsonSchemaValue, parent_key: str | None = None) -> JsonSchemaValue:
        return value


def _without_titles(value: Any) -> Any:
    """Without pydantic's titles, which repeat the names. What an example has is the example's."""
    if isinstance(value, dict):
        return {
            key: each if key == "examples" else _without_titles(each)
            for key, each in value.items()
            if key != "title" or not isinstance(each, str)
        }
    return [_without_titles(each) for each in value] if isinstance(value, list) else value
