"""An example request of each operation and its answers, as they go over the wire, made of the OpenAPI document.

A test sends each request to the service, and compares what comes back with the answers.
"""

import json
from http import HTTPStatus
from typing import Final
from urllib.parse import quote, urlencode, urlsplit

from dss_web.http.operation import Json

# What is different each time.
_REQUEST_SIGNATURE: Final = 'Authorization: Hawk id="…", ts="…", nonce="…", mac="…"'
_PAYLOAD_SIGNATURE: Final = 'Authorization: Hawk id="…", ts="…", nonce="…", hash="…", mac="…"'
_SIGNED_BODY: Final = 'Server-Authorization: Hawk mac="…", hash="…"'
# An export's: the body is not known yet.
_SIGNED_ID: Final = 'Server-Authorization: Hawk mac="…", ext="…"'
_OK: Final = range(200, 300)
# What is beside the text on a desk without scrolling.
_LINE: Final = 44


def example_url(document: Json, path: str, operation: Json) -> str:
    """The URL with the examples of what is required, in the spelling that is signed."""
    values = {
        parameter["name"]: str(_example_of(parameter))
        for parameter in operation["parameters"]
        if parameter.get("required")
    }
    query = {
        parameter["name"]: values[parameter["name"]]
        for parameter in operation["parameters"]
        if parameter.get("required") and parameter["in"] == "query"
    }
    for name, value in values.items():
        path = path.replace(f"{{{name}}}", quote(value, safe=""))
    origin: str = document["servers"][0]["url"]
    return f"{origin}{path}" + (f"?{urlencode(query)}" if query else "")


def example_request(document: Json, path: str, method: str, operation: Json) -> str:
    """The request, in HTTP/1.1."""
    parts = urlsplit(example_url(document, path, operation))
    target = parts.path + (f"?{parts.query}" if parts.query else "")
    head = [f"{method.upper()} {target} HTTP/1.1", f"Host: {parts.netloc}"]
    content = operation.get("requestBody", {}).get("content", {})
    if operation["security"]:
        head.append(_PAYLOAD_SIGNATURE if content else _REQUEST_SIGNATURE)
    for media_type, described in content.items():
        head.append(f"Content-Type: {media_type}")
        return _message(head, shown_example(document, described, described["schema"]))
    return _message(head)


def example_answers(document: Json, operation: Json) -> dict[str, str]:
    """The answers to it where nothing is wrong, in HTTP/1.1, by what they are: one for each form of the body."""
    answers = {}
    for status, reference in operation["responses"].items():
        if int(status) not in _OK:
            continue
        response = document["components"]["responses"][referred_name(reference)]
        phrase = f"{status} {HTTPStatus(int(status)).phrase}"
        signature = []
        if "Server-Authorization" in response["headers"]:
            signature.append(_SIGNED_ID if "DSS-Export-Id" in response["headers"] else _SIGNED_BODY)
        head = [f"HTTP/1.1 {phrase}"]
        for media_type, described in list(response.get("content", {}).items())[:1]:
            forms = described["schema"].get("oneOf", [described["schema"]])
            for form in forms:
                title = f"Answer: {phrase}" + (f", {referred_name(form)}" if len(forms) > 1 else "")
                answers[title] = _message(
                    [*head, f"Content-Type: {media_type}", *signature], shown_example(document, described, form)
                )
                # What all forms have in common is told once.
                signature = []
        if not response.get("content"):
            answers[f"Answer: {phrase}"] = _message([*head, *signature])
    return answers


def referred_name(reference: Json) -> str:
    """The name of the component that a reference leads to."""
    name: str = reference["$ref"].rpartition("/")[2]
    return name


def shown_example(document: Json, content: Json, schema: Json) -> str:
    """The example of a body: the content's own if it has one, otherwise that of the schema."""
    name = referred_name(schema)
    if name in content.get("examples", {}):
        example = content["examples"][name]["value"]
    else:
        example = document["components"]["schemas"][name]["examples"][0]
    return example if isinstance(example, str) else _on_short_lines(example)


def _on_short_lines(value: object, indent: str = "") -> str:
    """JSON with a line for each part of what does not fit on one."""
    whole = json.dumps(value, ensure_ascii=False)
    if len(indent) + len(whole) <= _LINE or not value or not isinstance(value, dict | list):
        return whole
    deeper = indent + "  "
    if isinstance(value, list):
        lines = [deeper + _on_short_lines(each, deeper) for each in value]
    else:
        lines = [f"{deeper}{json.dumps(key)}: {_on_short_lines(each, deeper)}" for key, each in value.items()]
    begin, end = "[]" if isinstance(value, list) else "{}"
    return begin + "\n" + ",\n".join(lines) + f"\n{indent}{end}"


def _example_of(parameter: Json) -> object:
    """An example of a value; of a number that has none, the smallest one."""
    schema = parameter["schema"]
    return parameter.get("example", schema.get("minimum"))


def _message(head: list[str], body: str = "") -> str:
    return "\n".join(head) + "\n" + (f"\n{body.rstrip()}\n" if body else "")
