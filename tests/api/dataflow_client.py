"""What data-flow's DSSGenericPipeline does to read a table, as strictly."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import mohawk
import requests

TYPES = frozenset({"TEXT", "INTEGER", "BIGINT", "NUMERIC", "FLOAT", "BOOLEAN", "DATE", "TIMESTAMP WITHOUT TIME ZONE"})


@dataclass(frozen=True)
class Reading:
    """A table read to its last row; `pages` are its records."""

    columns: list[dict[str, str]]
    pages: list[list[dict[str, Any]]]

    @property
    def rows(self) -> list[dict[str, Any]]:
        return [row for page in self.pages for row in page]


def read_table(web_url: str, schema: str, table: str, http: requests.Session | None = None) -> Reading:
    """Structure and pages; fails as data-flow's run would."""
    structure = _fetch(http or requests.Session(), f"{web_url}/api/v1/table-structure/{quote(schema)}/{quote(table)}")
    columns = structure["columns"]
    assert {column["type"].removesuffix("[]") for column in columns} <= TYPES
    return Reading(columns, read_pages(f"{web_url}/api/v1/table-data/{schema}/{table}?orientation=records", http))


def read_pages(url: str, http: requests.Session | None = None) -> list[list[dict[str, Any]]]:
    """The records of each page from this URL on, following `next` letter for letter."""
    pages = []
    following: str | None = url
    with http or requests.Session() as session:
        while following:
            page = _fetch(session, following)
            pages.append(page["results"])
            following = page["next"]
    return pages


def _fetch(http: requests.Session, url: str) -> dict[str, Any]:
    """Signs an empty body of no type, sends `Content-Type:` empty, requires a signature that verifies."""
    credentials = {"id": "all", "key": "the key of a client: all", "algorithm": "sha256"}
    sender = mohawk.Sender(credentials, url, "get", content="", content_type="", always_hash_content=True)
    answer = http.get(url, headers={"Authorization": sender.request_header, "Content-Type": ""}, timeout=300)
    answer.raise_for_status()
    sender.accept_response(
        answer.headers["Server-Authorization"], content=answer.content, content_type=answer.headers["Content-Type"]
    )
    content: dict[str, Any] = answer.json()
    return content
