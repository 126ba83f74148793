"""Every page is looked at: none that is added is left out."""

import re
from typing import Final

from tests.accounts.test_doors import routes
from tests.accounts.who_may import CLIENT, asked_by
from tests.conftest import REPOSITORY
from tests.parts.tour import STATES

# Routes without a page of their own to look at.
NO_PAGE: Final = {
    # For programs, or a file.
    *("datasets/changes.atom", "datasets/<slug:organisation>/<slug:dataset>/changes.atom"),
    *("datasets/<slug:organisation>/<slug:dataset>/" + name for name in ("dcat.jsonld", "csvw.json")),
    *("datasets/<slug:organisation>/<slug:dataset>/" + name for name in ("datapackage.json", "schema-org.jsonld")),
    "datasets/catalogue.jsonld",
    *("healthcheck/", "healthcheck", "readiness/", "readiness", "api/docs/openapi.json"),
    *("api/docs/guide/<slug:name>.md", "api/docs/client/<str:name>", "llms.txt"),
    "operations/authorise/",
    "upload/data/<slug:slug>/bad-values/<uuid:file_id>/",
    "upload/data/<slug:slug>/report/<uuid:file_id>/json/",
    "upload/data/<slug:slug>/version/<uuid:file_id>/original/",
    "upload/progress/<uuid:file_id>/",
    "datasets/<slug:organisation>/<slug:dataset>/download/file/",
    # The form's script asks these while it sends a file in parts.
    "upload/data/<slug:slug>/arriving/",
    "upload/data/<slug:slug>/arriving/<uuid:arrival_id>/",
    "upload/data/<slug:slug>/arriving/<uuid:arrival_id>/parts/<int:number>/",
    "upload/data/<slug:slug>/arriving/<uuid:arrival_id>/complete/",
    # They lead somewhere else.
    *("login", "logout", "admin/login/", "admin/logout/", "api/docs/", "^admin/registry/(?P<page>hawkclient/.*)"),
    # They take a form, and show the page of another route again where it is wrong.
    "upload/data/<slug:slug>/read-again/<uuid:file_id>/",
    "upload/data/<slug:slug>/check-again/<uuid:file_id>/",
    "upload/data/<slug:slug>/copy-again/<uuid:file_id>/",
    "upload/data/<slug:slug>/version/<uuid:file_id>/note/",
    "upload/data/<slug:slug>/archive/",
}


def test_each_page_has_a_state_in_which_it_is_looked_at() -> None:
    pages = {route for route in routes() if asked_by(route) != (CLIENT, CLIENT) and not route.startswith("admin/")}
    pages -= NO_PAGE

    assert sorted(pages - set(STATES.values())) == [], "look at it with tests.parts.tour, and add a state to its STATES"
    assert sorted(set(STATES.values()) - set(routes())) == []


def test_each_state_is_looked_at_by_a_test() -> None:
    tests = "".join(path.read_text() for path in (REPOSITORY / "tests").rglob("test_*.py"))
    looked_at = set(re.findall(r'\.look(?:_at_errors)?\("([^"]+)"', tests))

    assert sorted(set(STATES) - looked_at) == []
