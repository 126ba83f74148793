"""The OpenAPI document: what Ninja knows of the operations, and what is declared of them beside it."""

from functools import lru_cache
from typing import Final

from dss_web.api.operations import api
from dss_web.docs.guide import chapters
from dss_web.docs.operations import OPEN_OPERATIONS, OPERATIONS, PARAMETERS, TAGS, Operation
from dss_web.docs.responses import ALWAYS_POSSIBLE, Answer
from dss_web.docs.schemas import SCHEMAS, Json

PREFIX: Final = "/api/v1/"
SCHEME: Final = "Hawk"

_LEFT_OUT: Final = {"allOf", "anyOf", "title", "description"}
# Where a parameter has a validator of its own, pydantic leaves its own words.
_KEYWORDS: Final = {"ge": "minimum", "le": "maximum"}


@lru_cache(maxsize=8)  # a web app has few names
def document(origin: str) -> Json:
    """The document for clients that reach the API at `origin`, as in `https://example.com:8443`.

    HEAD is left out: every operation answers it as GET, without the body.
    """
    texts = chapters(origin)
    paths = {path: {"get": _described(item["get"])} for path, item in _ninjas_paths().items()}
    paths |= {path: {"get": _open(name, operation)} for path, (name, operation) in OPEN_OPERATIONS.items()}
    operations = [*OPERATIONS.values(), *(operation for _, operation in OPEN_OPERATIONS.values())]
    given = {answer.name: answer for operation in operations for answer in _answers(operation)}
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Data Store Service API",
            "version": "1",
            "summary": "Tables of published data, read in pages by clients that sign their requests with HAWK.",
            "description": "\n\n".join(f"# {chapter.title}\n\n{chapter.markdown}" for chapter in texts),
        },
        "servers": [{"url": origin}],
        "tags": [{"name": name, "description": text} for name, text in TAGS.items()],
        "paths": dict(sorted(paths.items(), key=lambda path: list(TAGS).index(path[1]["get"]["tags"][0]))),
        "components": {
            "schemas": SCHEMAS,
            "responses": {name: answer.as_component() for name, answer in given.items()},
            "securitySchemes": {
                SCHEME: {
                    "type": "http",
                    "scheme": "hawk",
                    "description": "\n\n".join(chapter.markdown for chapter in texts if chapter.explains_hawk),
                }
            },
        },
    }


def _ninjas_paths() -> dict[str, Json]:
    paths: dict[str, Json] = api.get_openapi_schema(path_prefix=PREFIX)["paths"]
    return paths


def _answers(operation: Operation) -> list[Answer]:
    possible = (*operation.answers, *(ALWAYS_POSSIBLE if operation.scopes else ()))
    return sorted(possible, key=lambda answer: answer.status)


def _described(generated: Json) -> Json:
    """An operation of Ninja's with all that is declared of it."""
    operation = OPERATIONS[generated["operationId"]]
    parameters = [_parameter(parameter) for parameter in generated["parameters"]]
    return _open(generated["operationId"], operation) | {
        "parameters": [*parameters, *operation.parameters],
        # Any one of them is enough.
        "security": [{SCHEME: [scope]} for scope in operation.scopes],
    }


def _open(name: str, operation: Operation) -> Json:
    return {
        "operationId": name,
        "tags": [operation.tag],
        "summary": operation.summary,
        "description": operation.description,
        "responses": {
            str(answer.status): {"$ref": f"#/components/responses/{answer.name}"} for answer in _answers(operation)
        },
        "security": [],
    }


def _parameter(generated: Json) -> Json:
    schema: Json = {}
    # An enum with a default comes as allOf, what may be left out as anyOf with null.
    for part in (generated["schema"], *generated["schema"].get("allOf", ()), *generated["schema"].get("anyOf", ())):
        if part.get("type") != "null":
            schema |= {_KEYWORDS.get(key, key): value for key, value in part.items() if key not in _LEFT_OUT}
    return generated | PARAMETERS.get(generated["name"], {}) | {"schema": schema}
