"""The OpenAPI document as the page shows it: operations by tag, and responses by status."""

import json
from dataclasses import dataclass
from http import HTTPStatus

from django.utils.safestring import SafeString

from dss_web.docs.markdown import to_html
from dss_web.http.operation import Json


@dataclass(frozen=True)
class Parameter:
    """A parameter: `place` is path, query or header, `kind` its type and bounds in words."""

    name: str
    place: str
    kind: str
    required: bool
    description: SafeString


@dataclass(frozen=True)
class Reply:
    """A response type: `bodies` are examples in JSON, one for each form of the body."""

    anchor: str
    name: str
    status: int
    phrase: str
    description: SafeString
    headers: list[str]
    bodies: list[str]


@dataclass(frozen=True)
class Entry:
    """An operation. `body` is an example of what is sent, '' where nothing is."""

    anchor: str
    method: str
    path: str
    body: str
    summary: str
    description: SafeString
    scopes: list[str]
    parameters: list[Parameter]
    replies: list[Reply]


@dataclass(frozen=True)
class Group:
    """The operations of a tag."""

    anchor: str
    name: str
    description: str
    entries: list[Entry]


def groups(document: Json) -> list[Group]:
    """Every operation of the document, by its tag."""
    entries = [
        (operation["tags"][0], _entry(document, path, method, operation))
        for path, item in document["paths"].items()
        for method, operation in item.items()
    ]
    return [
        Group(
            f"tag-{tag['name'].lower()}",
            tag["name"],
            tag["description"],
            [entry for name, entry in entries if name == tag["name"]],
        )
        for tag in document["tags"]
    ]


def replies(document: Json) -> list[Reply]:
    """Every response type, by its status."""
    by_anchor = {
        reply.anchor: reply for group in groups(document) for entry in group.entries for reply in entry.replies
    }
    return sorted(by_anchor.values(), key=lambda reply: reply.status)


def _entry(document: Json, path: str, method: str, operation: Json) -> Entry:
    return Entry(
        anchor=operation["operationId"],
        method=method.upper(),
        path=path,
        body=_sent(document, operation),
        summary=operation["summary"],
        description=to_html(operation["description"]),
        scopes=[scope for requirement in operation["security"] for names in requirement.values() for scope in names],
        parameters=[_parameter(parameter) for parameter in operation.get("parameters", ())],
        replies=[
            _reply(document, int(status), _referred_name(reference))
            for status, reference in operation["responses"].items()
        ],
    )


def _sent(document: Json, operation: Json) -> str:
    for content in operation.get("requestBody", {}).get("content", {}).values():
        example = document["components"]["schemas"][_referred_name(content["schema"])]["examples"][0]
        return example if isinstance(example, str) else json.dumps(example)
    return ""


def _parameter(parameter: Json) -> Parameter:
    schema = parameter["schema"]
    kind = " or ".join(schema["enum"]) if "enum" in schema else schema["type"]
    if "maximum" in schema:
        kind += f" from {schema['minimum']} to {schema['maximum']:,}"
    if "default" in schema:
        kind += f", by default {schema['default']}"
    return Parameter(
        parameter["name"], parameter["in"], kind, parameter.get("required", False), to_html(parameter["description"])
    )


def _referred_name(reference: Json) -> str:
    """The name of the component that a reference leads to."""
    name: str = reference["$ref"].rpartition("/")[2]
    return name


def _reply(document: Json, status: int, name: str) -> Reply:
    component = document["components"]["responses"][name]
    schemas = document["components"]["schemas"]
    bodies = dict.fromkeys(
        _referred_name(part)
        for content in component.get("content", {}).values()
        for part in content["schema"].get("oneOf", [content["schema"]])
    )
    return Reply(
        anchor=f"response-{name.lower()}",
        name=name,
        status=status,
        phrase=HTTPStatus(status).phrase,
        description=to_html(component["description"]),
        headers=list(component["headers"]),
        bodies=[json.dumps(schemas[body]["examples"][0]) for body in bodies],
    )
