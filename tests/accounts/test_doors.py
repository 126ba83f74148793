"""Every URL of the project, asked for by nobody: only what is meant for everyone answers."""

import json
import re
import subprocess
import sys
from functools import cache

import requests

from tests.accounts.who_may import PAGES
from tests.conftest import REPOSITORY, web_environment
from tests.parts.site import Site

LIST_ROUTES = """
import json, django
django.setup()
from django.urls import get_resolver
def walk(patterns, before=""):
    for pattern in patterns:
        route = before + str(pattern.pattern)
        if hasattr(pattern, "url_patterns"):
            yield from walk(pattern.url_patterns, route)
        else:
            yield route
print(json.dumps(list(walk(get_resolver().url_patterns))))
"""

# What answers anyone: the page that says what this is, whether the app is alive and ready, the way to log in and out,
# the pages about the service itself, and the documentation, which shows no data.
DOCS = {route for route in PAGES if route.startswith("api/docs") or route == "llms.txt"}
FOR_EVERYONE = {
    "",
    "healthcheck/",
    "healthcheck",
    "readiness/",
    "readiness",
    "login",
    "login/authorised",
    "logout",
    "admin/login/",
    "admin/logout/",
    "accessibility/",
    "privacy/",
    "cookies/",
    *DOCS,
}


@cache
def routes() -> list[str]:
    """Every route of the project, in order."""
    environment = {
        **web_environment("postgresql://nowhere/x", "file:///nowhere"),
        "DJANGO_SETTINGS_MODULE": "dss_web.settings",
    }
    listed = subprocess.run(
        [sys.executable, "-c", LIST_ROUTES], env=environment, cwd=REPOSITORY, capture_output=True, check=True
    )
    found: list[str] = json.loads(listed.stdout)
    return found


def example(route: str) -> str:
    """A path that the route matches."""
    filled = re.sub(r"<uuid:\w+>", "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11", route)
    filled = re.sub(r"<int:\w+>", "1", filled)
    filled = re.sub(r"<(\w+:)?\w+>", "x", filled)
    return re.sub(r"\(\?P<\w+>[^)]*\)|[\^$]", "x", filled) if "(?P" in filled else filled


def test_nobody_gets_anything_but_the_login(site: Site) -> None:
    found = routes()
    assert {"upload/", "admin/", "metrics", "api/v1/table-data/<schema_name>/<table_name>"} <= set(found)
    wrong = {}
    for route in sorted(set(found) - FOR_EVERYONE):
        answer = requests.get(f"{site.url}/{example(route)}", allow_redirects=False, timeout=30)
        to_login = answer.status_code == 302 and re.match(r"/(admin/)?login", answer.headers["Location"])
        if not to_login and answer.status_code not in {400, 401, 403, 404, 405}:
            wrong[route] = answer.status_code

    assert wrong == {}


def test_every_route_of_the_api_wants_a_signature(site: Site) -> None:
    api = [route for route in routes() if route.startswith("api/") and route not in DOCS]
    assert len(api) == 38
    for route in api:
        url = f"{site.url}/{example(route)}"
        answer = requests.get(url, timeout=30)
        # To some one only sends.
        methods = answer.headers["Allow"].split(", ") if answer.status_code == 405 else ["GET"]
        for method in {*methods} - {"OPTIONS", "HEAD"}:
            # 429: so many unsigned requests in a minute are refused without a look at them.
            assert requests.request(method, url, timeout=30).status_code in {401, 429}, (method, route)


def test_readiness_tells_everyone_what_is_wrong_and_nobody_where_it_is(site: Site) -> None:
    answer = requests.get(f"{site.url}/readiness/", timeout=30)

    assert answer.json()["checks"].keys() == {"database", "storage", "dagster", "datasets"}
    assert not re.search(r"127\.0\.0\.1|postgres|/tmp|://|Error", answer.text)


def test_metrics_are_nowhere_to_be_found_without_a_token_in_the_settings(site: Site) -> None:
    for header in ({}, {"Authorization": "Bearer "}, {"Authorization": "Bearer none"}):
        assert requests.get(f"{site.url}/metrics", headers=header, timeout=30).status_code == 404


def test_an_unknown_route_of_the_api_is_not_found_in_json(site: Site) -> None:
    answer = requests.get(f"{site.url}/api/v1/get-everything/", timeout=30)

    assert (answer.status_code, answer.json()) == (404, {"error": "There is no such route"})


def test_a_host_that_is_not_ours_is_refused(site: Site) -> None:
    answer = requests.get(f"{site.url}/api/v1/get-ons-postcodes/", headers={"Host": "evil.example"}, timeout=30)

    assert answer.status_code in {400, 401}
    assert b"evil" not in answer.content
