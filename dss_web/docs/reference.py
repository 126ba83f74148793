"""The OpenAPI document as the pages show it: operations by tag, and responses by status."""

from dataclasses import dataclass
from http import HTTPStatus

from django.utils.safestring import SafeString

from dss_web.docs.example_messages import example_answers, example_request, example_url, referred_name, shown_example
from dss_web.docs.markdown import code_figure, to_html
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

    @property
    def title(self) -> str:
        """Its status, and for the many of status 200 its name, too."""
        return f"{self.status} {self.phrase}" + (f": {self.name}" if self.status == HTTPStatus.OK else "")


@dataclass(frozen=True)
class Entry:
    """An operation. `examples` are a request and its answers, `example_url` what the request is sent to."""

    anchor: str
    method: str
    path: str
    summary: str
    description: SafeString
    scopes: list[str]
    parameters: list[Parameter]
    replies: list[Reply]
    examples: list[SafeString]
    example_url: str


@dataclass(frozen=True)
class Group:
    """The operations of a tag."""

    anchor: str
    name: str
    description: str
    entries: list[Entry]

    @property
    def slug(self) -> str:
        """The last part of the address of its page."""
        return self.name.lower()


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


def replies(shown: list[Group]) -> list[Reply]:
    """Every response type of these operations, by its status."""
    by_anchor = {reply.anchor: reply for group in shown for entry in group.entries for reply in entry.replies}
    return sorted(by_anchor.values(), key=lambda reply: reply.status)


def _entry(document: Json, path: str, method: str, operation: Json) -> Entry:
    request = code_figure("Request", "http", "request", example_request(document, path, method, operation))
    answers = [
        code_figure(title, "http", "answer", text) for title, text in example_answers(document, operation).items()
    ]
    return Entry(
        anchor=operation["operationId"],
        method=method.upper(),
        path=path,
        summary=operation["summary"],
        description=to_html(operation["description"]),
        scopes=[scope for requirement in operation["security"] for names in requirement.values() for scope in names],
        parameters=[_parameter(parameter) for parameter in operation.get("parameters", ())],
        replies=[
            _reply(document, int(status), referred_name(reference))
            for status, reference in operation["responses"].items()
        ],
        examples=[request, *answers],
        example_url=example_url(document, path, operation),
    )


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


def _reply(document: Json, status: int, name: str) -> Reply:
    component = document["components"]["responses"][name]
    bodies = {
        shown_example(document, content, part)
        for content in component.get("content", {}).values()
        for part in content["schema"].get("oneOf", [content["schema"]])
    }
    return Reply(
        anchor=f"response-{name.lower()}",
        name=name,
        status=status,
        phrase=HTTPStatus(status).phrase,
        description=to_html(component["description"]),
        headers=list(component["headers"]),
        bodies=sorted(bodies),
    )
