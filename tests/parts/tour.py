"""A look at every page in every state: as axe-core sees it, and in the ways in which people use it.

With DSS_SCREENSHOTS, a folder, pictures of each state are put there for a person to look at: on a desk, on a screen of
320 pixels, and in forced colours.
"""

import os
import re
from pathlib import Path
from typing import Final

from playwright.sync_api import Page, expect

from tests.parts.browser import DESK, PHONE, barriers

# Desk at 200 % (WCAG 1.4.4 and 1.4.10): half as many pixels in either direction.
ZOOMED: Final = {"width": DESK["width"] // 2, "height": DESK["height"] // 2}
WIDER: Final = "document.documentElement.scrollWidth > window.innerWidth"

DRAWN: Final = "() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))"

# Everything that a keyboard has to reach (2.1.1), and how it must be seen that it has the focus (2.4.7). In forced
# colours shadows and backgrounds are gone, an outline is not, even a transparent one. GOV.UK marks boxes and radios
# at their labels.
BEGIN_AT_THE_FIRST: Final = """() => {
  const isReached = (element) => element.tabIndex >= 0 && !element.disabled
    && element.checkVisibility({visibilityProperty: true});
  const radios = new Set();
  const all = [...document.querySelectorAll(
    "a[href], button, input:not([type=hidden]), select, textarea, summary, [tabindex]"
  )].filter(isReached).filter((element) => {
    if (element.type !== "radio") return true;
    const group = [...document.querySelectorAll(`input[type=radio][name="${CSS.escape(element.name)}"]`)];
    if (group.some((one) => one.checked) ? !element.checked : radios.has(element.name)) return false;
    radios.add(element.name);
    return true;
  });
  window.dssTour = {unreached: new Set(all), unmarked: []};
  const isMarked = (style) => style.outlineStyle !== "none" && parseFloat(style.outlineWidth) > 0;
  document.addEventListener("focusin", ({target}) => {
    window.dssTour.unreached.delete(target);
    const label = target.nextElementSibling;
    if (!isMarked(getComputedStyle(target)) && !(label && isMarked(getComputedStyle(label, "::before"))))
      window.dssTour.unmarked.push(target.outerHTML.slice(0, 120));
  });
  all[0]?.focus();
  return all.length;
}"""
END_OF_KEYS: Final = """() => {
  document.activeElement?.blur();
  window.scrollTo(0, 0);
  return [
    ...[...window.dssTour.unreached].map((element) => "not reached by keyboard: " + element.outerHTML.slice(0, 120)),
    ...window.dssTour.unmarked.map((element) => "focus not seen in forced colours: " + element),
  ];
}"""


class Tour:
    """Looks at pages one after the other. `found` are the barriers of those that have some, by their state."""

    def __init__(self, page: Page) -> None:
        self.found: dict[str, list[str]] = {}
        self._page = page

    def look(self, state: str, url: str = "**") -> None:
        """Look at the page once its URL is like `url` and it has loaded."""
        self._page.wait_for_url(url)
        expect(self._page.get_by_role("heading", level=1)).to_be_visible()
        path = re.sub(r"^https?://[^/]+/", "", self._page.url).partition("?")[0].partition("#")[0]
        if (route := STATES.get(state)) is not None:
            assert re.fullmatch(as_pattern(route), path), f"{state} was looked at on {path}, and is a state of {route}"
        if problems := [*barriers(self._page), *self._enlarged(), *self._by_keyboard(state)]:
            self.found[state] = problems
        self._pictures(state)

    def look_at_errors(self, state: str) -> None:
        """Look at the page once it shows an error summary."""
        expect(self._page.get_by_role("alert")).to_be_visible()
        self.look(state)

    def _enlarged(self) -> list[str]:
        """What goes beyond the screen at 200 %: of everything, and of the text alone."""
        self._page.set_viewport_size({"width": ZOOMED["width"], "height": ZOOMED["height"]})
        found = ["wider than the screen at 200 %"] if self._page.evaluate(WIDER) else []
        self._page.set_viewport_size(DESK)
        # As in the browser's settings, on which rem and the em of media queries depend; 16 pixels are the usual size.
        settings = self._page.context.new_cdp_session(self._page)
        settings.send("Page.setFontSizes", {"fontSizes": {"standard": 32}})
        found += ["wider than the screen with text of 200 %"] if self._page.evaluate(WIDER) else []
        settings.send("Page.setFontSizes", {"fontSizes": {"standard": 16}})
        settings.detach()
        return found

    def _by_keyboard(self, state: str) -> list[str]:
        """What no Tab reaches, or what does not show that it has the focus, in forced colours."""
        self._page.emulate_media(forced_colors="active")
        self._picture(f"{state} in forced colours")
        # The menu hears of the wider screen when it is drawn: until then its button is there, then gone.
        self._page.evaluate(DRAWN)
        # Held down, which takes half as long as if it were pressed each time.
        for _ in range(self._page.evaluate(BEGIN_AT_THE_FIRST)):
            self._page.keyboard.down("Tab")
        self._page.keyboard.up("Tab")
        found: list[str] = self._page.evaluate(END_OF_KEYS)
        self._page.emulate_media(forced_colors="none")
        return found

    def _pictures(self, state: str) -> None:
        for name, viewport in ((f"{state} at {PHONE['width']}", PHONE), (state, DESK)):
            self._page.set_viewport_size(viewport)
            self._picture(name)

    def _picture(self, name: str) -> None:
        if folder := os.environ.get("DSS_SCREENSHOTS"):
            Path(folder).mkdir(parents=True, exist_ok=True)
            self._page.screenshot(path=Path(folder) / f"{name}.png", full_page=True)


def as_pattern(route: str) -> str:
    """A route of Django as a regular expression for paths without their first slash."""
    filled = re.sub(r"<(\w+):\w+>", lambda one: {"uuid": r"[0-9a-f-]{36}", "int": r"\d+"}.get(one[1], r"[^/]+"), route)
    return filled.removesuffix("/") + "/?"


# States of pages, and the routes on which they are looked at: each page has one at least (tests/accounts/test_tour.py).
STATES: Final = {
    "start": "",
    "front page": "",
    "list of the catalogue": "datasets/",
    "search in the catalogue": "datasets/",
    "nothing found in the catalogue": "datasets/",
    "accessibility statement": "accessibility/",
    "privacy notice": "privacy/",
    "cookies": "cookies/",
    "API documentation": "api/docs",
    "API: get a key": "api/docs/guide/<slug:name>",
    "API: sign requests": "api/docs/guide/<slug:name>",
    "API: table routes": "api/docs/reference/<slug:name>",
    "API: upload routes": "api/docs/reference/<slug:name>",
    "API: responses": "api/docs/reference/responses",
    "API: errors": "api/docs/reference/errors",
    "API: search": "api/docs/search",
    "API: search without results": "api/docs/search",
    "API: sign a request": "api/docs/sign",
    "API: a signed request": "api/docs/sign",
    "API: changes": "api/docs/changelog",
    "API: tables for people who are not logged in": "api/docs/tables",
    "API: tables": "api/docs/tables",
    "login with an unknown state": "login/authorised",
    "no access": "upload/",
    "no access to the Dagster UI": "operations/refused/",
    "no datasets": "upload/",
    "datasets": "upload/",
    "about a dataset": "datasets/<slug:organisation>/<slug:dataset>/",
    "about an uploaded dataset": "datasets/<slug:organisation>/<slug:dataset>/",
    "rows of which a part was looked at": "datasets/<slug:organisation>/<slug:dataset>/rows/",
    "rows with a filter that is wrong": "datasets/<slug:organisation>/<slug:dataset>/rows/",
    "rows of a dataset without a table": "datasets/<slug:organisation>/<slug:dataset>/rows/",
    "what was loaded into a dataset": "datasets/<slug:organisation>/<slug:dataset>/versions/",
    "versions of an uploaded dataset": "datasets/<slug:organisation>/<slug:dataset>/versions/",
    "files of a dataset": "datasets/<slug:organisation>/<slug:dataset>/files/",
    "how to use a dataset": "datasets/<slug:organisation>/<slug:dataset>/use/",
    "download of a dataset": "datasets/<slug:organisation>/<slug:dataset>/download/",
    "downloads of a person": "datasets/<slug:organisation>/<slug:dataset>/download/receipts/",
    "signed in in a new tab": "upload/signed-in/",
    "mail": "upload/mail/",
    "create": "upload/create/",
    "created": "upload/created/<slug:slug>/",
    "question in a line": "upload/data/<slug:slug>/about/title/",
    "question in several lines": "upload/data/<slug:slug>/about/description/",
    "question with an error": "upload/data/<slug:slug>/about/contact/",
    "question with options": "upload/data/<slug:slug>/about/licence/",
    "personal data without an answer": "upload/data/<slug:slug>/about/personal-data/",
    "classification": "upload/data/<slug:slug>/about/classification/",
    "columns": "upload/data/<slug:slug>/columns/",
    "dataset without versions": "upload/data/<slug:slug>/",
    "dataset with versions in many states": "upload/data/<slug:slug>/",
    "upload in progress": "upload/data/<slug:slug>/",
    "people": "upload/data/<slug:slug>/people/",
    "remove a person": "upload/data/<slug:slug>/people/<int:member_id>/",
    "verify": "upload/data/<slug:slug>/verify/<uuid:file_id>/",
    "what will happen": "upload/data/<slug:slug>/load/<uuid:file_id>/",
    "report": "upload/data/<slug:slug>/report/<uuid:file_id>/",
    "restore": "upload/data/<slug:slug>/restore/<uuid:file_id>/",
    "cancel": "upload/data/<slug:slug>/cancel/<uuid:file_id>/",
    "waiting": "upload/data/<slug:slug>/uploaded/<uuid:file_id>/",
    "failed": "upload/data/<slug:slug>/uploaded/<uuid:file_id>/failed/",
    "version": "upload/data/<slug:slug>/version/<uuid:file_id>/",
    "version with a note that is too long": "upload/data/<slug:slug>/version/<uuid:file_id>/",
    "version whose rows are not kept": "upload/data/<slug:slug>/version/<uuid:file_id>/clean/",
    "delete a version": "upload/data/<slug:slug>/version/<uuid:file_id>/delete/",
    "compare": "upload/data/<slug:slug>/compare/",
    "manage": "upload/data/<slug:slug>/manage/",
    "delete a dataset": "upload/data/<slug:slug>/delete/",
    "who can see it": "datasets/<slug:organisation>/<slug:dataset>/people/",
    "who can see it with an error": "datasets/<slug:organisation>/<slug:dataset>/people/",
    "restrict": "datasets/<slug:organisation>/<slug:dataset>/people/restriction/",
    "take back": "datasets/<slug:organisation>/<slug:dataset>/people/<int:grant_id>/",
    "follow": "datasets/<slug:organisation>/<slug:dataset>/follow/",
    "followed": "datasets/followed/",
    "webhooks": "datasets/<slug:organisation>/<slug:dataset>/webhooks/",
    "deletions": "upload/deletions/",
    "being deleted": "upload/deletions/<int:deletion_id>/",
    "administration": "admin/",
}
