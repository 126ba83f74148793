"""The OpenAPI document: valid, whole, and true of the routes that there are."""

import re
from typing import Any

import pytest
import requests
from jsonschema import Draft202012Validator
from openapi_spec_validator import OpenAPIV31SpecValidator

from tests.accounts.test_doors import routes
from tests.docs.page import addresses, read_page
from tests.parts.site import Site

Json = dict[str, object]


@pytest.fixture(scope="module")
def document(site: Site) -> dict[str, dict[str, dict[str, dict[str, object]]]]:
    answer = requests.get(f"{site.url}/api/docs/openapi.json", timeout=30)
    assert answer.headers["Content-Type"] == "application/json"
    found: dict[str, dict[str, dict[str, dict[str, object]]]] = answer.json()
    return found


def operations(document: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    """Each operation with its path."""
    return [(path, operation) for path, item in document["paths"].items() for operation in item.values()]


def test_the_document_is_valid_openapi_3_1(document: Json) -> None:
    assert document["openapi"] == "3.1.0"
    OpenAPIV31SpecValidator(document).validate()


def test_the_document_has_every_route_of_the_api_in_its_canonical_spelling(document) -> None:  # type: ignore[no-untyped-def]
    given = {"/" + route.replace("<", "{").replace(">", "}") for route in routes() if route.startswith("api/v1/")}
    documented = {path for path in document["paths"] if path.startswith("/api/v1/")}

    assert documented <= given
    assert {path.rstrip("/") for path in documented} == {path.rstrip("/") for path in given}


def test_every_operation_is_described_with_its_parameters_scopes_and_errors(document) -> None:  # type: ignore[no-untyped-def]
    for path, operation in operations(document):
        assert operation["summary"] and operation["description"], path
        assert all(parameter["description"] for parameter in operation.get("parameters", ())), path
        if path.startswith("/api/"):
            assert {"400", "401", "403", "404", "500", "503"} <= operation["responses"].keys(), path
            assert {"200", "204"} & operation["responses"].keys(), path
            uploads = path.startswith("/api/v1/uploads/")
            assert ({"Hawk": ["*"]} in operation["security"]) is not uploads, path


def test_the_security_scheme_explains_how_to_sign(document) -> None:  # type: ignore[no-untyped-def]
    scheme = document["components"]["securitySchemes"]["Hawk"]

    assert (scheme["type"], scheme["scheme"]) == ("http", "hawk")
    for word in ("hawk.1.header", "hawk.1.payload", "hawk.1.response", "nonce", "Server-Authorization", "X-Request-ID"):
        assert word in scheme["description"], word


def test_the_document_names_the_address_by_which_it_was_asked_for(document, site: Site) -> None:  # type: ignore[no-untyped-def]
    assert document["servers"] == [{"url": site.url}]


def test_the_pages_show_every_operation_and_every_response(document, site: Site) -> None:  # type: ignore[no-untyped-def]
    for path in ("/api/docs", "/api/docs/"):
        assert f"{site.url}/api/docs/openapi.json" in read_page(site.url + path).links
    shown = [anchor for address in addresses(site.url) for anchor in read_page(site.url + address).ids]

    assert {operation["operationId"] for _, operation in operations(document)} <= set(shown)
    assert {f"response-{name.lower()}" for name in document["components"]["responses"]} <= set(shown)


def test_links_of_the_guide_in_the_document_are_whole(document, site: Site) -> None:  # type: ignore[no-untyped-def]
    links = re.findall(r"\]\(([^)]+)\)", document["info"]["description"])

    assert f"{site.url}/api/docs#sign" in links
    assert [link for link in links if not link.startswith((site.url, "http", "mailto:"))] == []


def test_every_body_has_an_example_and_each_example_fits_its_schema(document) -> None:  # type: ignore[no-untyped-def]
    schemas = document["components"]["schemas"]
    checked = 0
    for name, schema in schemas.items():
        # With the other schemas below, so that references from one to another are found.
        whole = {"$ref": f"#/components/schemas/{name}", "components": document["components"]}
        validator = Draft202012Validator(whole, format_checker=Draft202012Validator.FORMAT_CHECKER)
        for example in schema.get("examples", ()):
            validator.validate(example)
            checked += 1
        assert "examples" in schema or "enum" in schema or name == "Value", f"{name} has no example"
    assert checked >= 15


def test_every_parameters_example_fits_its_schema(document) -> None:  # type: ignore[no-untyped-def]
    for _, operation in operations(document):
        for parameter in operation.get("parameters", ()):
            if "example" in parameter:
                Draft202012Validator(parameter["schema"]).validate(parameter["example"])
