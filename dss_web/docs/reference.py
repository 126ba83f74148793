"""The OpenAPI document as the pages show it: operations by tag, and responses by status."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from http import HTTPStatus
from typing import Final

from django.utils.safestring import SafeString

from dss_web.docs.example_messages import example_answers, example_request, example_url, referred_name, shown_example
from dss_web.docs.markdown import code_figure, to_html
from dss_web.http.operation import Json

# With an example beside each, about 5,000 pixels on a desk.
_MOST_ENTRIES: Final = 8
# So few parameters are sooner read again than looked for elsewhere.
_FEW: Final = 2


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
    """A response type: `bodies` are examples in JSON, one for each form of the body.

    `title` is its status, with its name where several have that status.
    """

    anchor: str
    name: str
    status: int
    phrase: str
    description: SafeString
    headers: list[str]
    bodies: list[str]
    title: str

    @property
    def page(self) -> str:
        """The last part of the address of the page that has it."""
        return "errors" if self.status >= HTTPStatus.BAD_REQUEST else "responses"


@dataclass(frozen=True)
class Entry:
    """An operation. `examples` are a request and its answers, `example_url` what the request is sent to.

    `like` is the operation before it on its page that has the same parameters, so that they are not told again.
    """

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
    like: "Entry | None" = None


@dataclass(frozen=True)
class Group:
    """The operations of a tag, or a part of them: what one page shows. `slug` is the last part of its address."""

    slug: str
    anchor: str
    name: str
    description: str
    entries: list[Entry]


def groups(document: Json) -> list[Group]:
    """Every operation of the document, by its tag; of a tag with many, so many on each page."""
    entries = [
        (operation["tags"][0], _entry(document, path, method, operation))
        for path, item in document["paths"].items()
        for method, operation in item.items()
    ]
    return [
        Group(slug=name.lower(), anchor=f"tag-{name.lower()}", name=name, description=tag["description"], entries=shown)
        for tag in document["tags"]
        for name, shown in _pages(tag["name"], [entry for name, entry in entries if name == tag["name"]])
    ]


def replies(shown: list[Group]) -> list[Reply]:
    """Every response type of these operations, by its status."""
    by_anchor = {reply.anchor: reply for group in shown for entry in group.entries for reply in entry.replies}
    statuses = Counter(reply.status for reply in by_anchor.values())
    named = (
        replace(reply, title=f"{reply.title}: {reply.name}") if statuses[reply.status] > 1 else reply
        for reply in by_anchor.values()
    )
    return sorted(named, key=lambda reply: reply.status)


def _pages(tag: str, entries: list[Entry]) -> Iterator[tuple[str, list[Entry]]]:
    """The pages of a tag, by their names: `Datasets`, `Datasets-2`."""
    for number, begin in enumerate(range(0, len(entries), _MOST_ENTRIES), 1):
        yield f"{tag}-{number}" if begin else tag, list(_with_likes(entries[begin : begin + _MOST_ENTRIES]))


def _with_likes(entries: list[Entry]) -> Iterator[Entry]:
    """The operations of a page. Named routes have the same parameters."""
    seen: dict[tuple[Parameter, ...], Entry] = {}
    for entry in entries:
        first = seen.setdefault(tuple(entry.parameters), entry)
        is_like = first is not entry and len(entry.parameters) > _FEW
        # Its answer has the same forms, too: one is enough.
        yield replace(entry, like=first, examples=entry.examples[:2]) if is_like else entry


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
        title=f"{status} {HTTPStatus(status).phrase}",
    )
