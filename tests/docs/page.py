"""The documentation as a reader has it: what stands in the served pages, and nothing besides."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from html.parser import HTMLParser

import requests


@dataclass
class Code:
    """A piece of code on the page. `purpose` is what the page says that it is for."""

    language: str
    purpose: str
    text: str = ""

    @property
    def file(self) -> str | None:
        """The name under which the reader is told to save it."""
        return self.purpose.removeprefix("file=") if self.purpose.startswith("file=") else None


@dataclass
class Docs(HTMLParser):
    """A page, or several: their code in order, their ids, and where their links lead."""

    codes: list[Code] = field(default_factory=list)
    ids: list[str] = field(default_factory=list)
    links: list[str] = field(default_factory=list)
    _open: bool = False

    def __post_init__(self) -> None:
        super().__init__()

    def handle_starttag(self, tag: str, attrs: Sequence[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if "id" in given:
            self.ids.append(given["id"])
        if tag == "a":
            self.links.append(given["href"])
        if tag == "pre" and "data-purpose" in given:
            self.codes.append(Code(given["data-language"], given["data-purpose"]))
            self._open = True

    def handle_endtag(self, tag: str) -> None:
        if tag == "pre":
            self._open = False

    def handle_data(self, data: str) -> None:
        if self._open:
            self.codes[-1].text += data


def read_page(url: str) -> Docs:
    """A page, as anyone gets it."""
    answer = requests.get(url, timeout=30)
    assert answer.status_code == 200, answer.text
    page = Docs()
    page.feed(answer.text)
    return page


def addresses(url: str) -> list[str]:
    """The pages that the contents of the web app's documentation at `url` have, in their order."""
    return list(
        dict.fromkeys(
            link.partition("#")[0]
            for link in read_page(f"{url}/api/docs").links
            if link.startswith("/api/docs/") and "openapi" not in link
        )
    )


def read_docs(url: str) -> Docs:
    """All pages of the guide of the web app at `url`, one after the other."""
    docs = Docs()
    for address in addresses(url):
        if address.startswith("/api/docs/guide/"):
            docs.feed(requests.get(url + address, timeout=30).text)
    return docs
