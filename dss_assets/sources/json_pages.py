"""Pages of JSON, one after the other, all of them or an error."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, urlencode, urljoin, urlsplit, urlunsplit

from dss_assets.dataset import NextLink, NextOffset, Offset, PageNumber, Paging
from dss_assets.dataset.json_paths import find, first_list
from dss_assets.errors import TransientError
from dss_assets.sources.client import PublisherClient
from dss_assets.sources.http import Page, Visit

Decode = Callable[[bytes], Any]


@dataclass(frozen=True, slots=True)
class JsonPage:
    """A page, its document, and the elements of the outermost array at the declared path."""

    page: Page
    document: Any
    elements: list[Any]

    def number(self, path: str | None) -> int | None:
        """The number at a path, None where none is declared. Raises TransientError where there is no number."""
        if path is None:
            return None
        value = find((self.document,), path)
        try:
            return int(str(value))
        except ValueError as error:
            raise unexpected(self.page, f"found {value!r} at {path!r} instead of a number") from error


def json_pages(
    visit: Visit,
    publishers: PublisherClient,
    url: str,
    items: str,
    paging: Paging | None,
    total: str | None,
    most_pages: int,
    decode: Decode = json.loads,
) -> Iterator[JsonPage]:
    """Each page of a listing or of records. `items` and `total` are paths.

    Raises TransientError where a page does not come whole or is not as declared, where there are fewer elements than
    announced at `total`, where pages repeat themselves, and after `most_pages`.
    """
    seen, announced, before = 0, None, list[Any]()
    address: str | None = publishers.url(_first(url, paging))
    asked: set[str] = set()
    while address is not None:
        if address in asked:
            raise TransientError(f"The pages of {url} go round in a circle: {address} comes again. It is read again.")
        if len(asked) == most_pages:
            raise TransientError(
                f"{url} has more than {most_pages:,} pages, or does not say which is the last. Nothing was taken. It "
                "is read again. If this lasts, declare larger pages, or correct its paging."
            )
        asked.add(address)
        page = visit.get(address)
        document = _document(page, decode)
        elements = first_list(document, items)
        if elements is None:
            raise unexpected(page, f"found no array at {items!r}")
        if elements and elements == before:
            raise repeated(page)
        before = elements
        one = JsonPage(page, document, elements)
        seen += len(elements)
        announced = one.number(total)
        yield one
        address = _next(url, paging, one, len(asked), seen, announced)
        address = publishers.url(address) if address is not None else None
    if announced is not None and seen < announced:
        raise TransientError(
            f"The listing of {publishers.url(url)} was cut short: it announced {announced:,} items and gave {seen:,}. "
            "It is read again."
        )


def unexpected(page: Page, found: str) -> TransientError:
    """A page that is not as declared."""
    return TransientError(
        f"{page.url} did not answer as its declaration says ({found}): {page.text[:200]!r}. It is asked again. If this "
        "lasts, correct the dataset's declaration."
    )


def repeated(page: Page) -> TransientError:
    """A page that is the one before it once more."""
    return TransientError(
        f"{page.url} is the same as the page before it: the API does not know the declared paging. Nothing was taken. "
        "It is read again. If this lasts, correct the dataset's declaration."
    )


def _document(page: Page, decode: Decode) -> Any:
    """The page as JSON. Raises TransientError for an error that comes with status 200, as ArcGIS and CKAN send them."""
    try:
        document = decode(page.content)
    except ValueError as error:
        raise unexpected(page, f"{type(error).__name__}: {error}") from error
    if isinstance(document, dict) and document.get("error"):
        raise TransientError(
            f"{page.url} was answered with an error: {_error_text(document['error'])}. It is asked again."
        )
    return document


def _first(url: str, paging: Paging | None) -> str:
    match paging:
        case PageNumber(parameter=parameter, first=first) | Offset(parameter=parameter, first=first):
            return _with(url, parameter, first)
        case _:
            return url


def _next(url: str, paging: Paging | None, page: JsonPage, number: int, seen: int, announced: int | None) -> str | None:
    """The URL of the page after the `number`-th, None after the last. `seen` elements were on the pages up to it."""
    is_last = not page.elements if announced is None else seen >= announced or not page.elements
    match paging:
        case None:
            return None
        case NextLink(path=path):
            link = find((page.document,), path)
            if link is not None and not isinstance(link, str):
                raise unexpected(page.page, f"found {link!r} at {path!r} instead of a link")
            return urljoin(page.page.url, link) if link else None
        case NextOffset(parameter=parameter, path=path):
            if find((page.document,), path) is None:
                return None
            offset = page.number(path)
            return _with(url, parameter, offset) if offset is not None and offset >= 0 else None
        case PageNumber(parameter=parameter, first=first, pages=pages):
            last = page.number(pages)
            is_last = number >= last if last is not None else is_last
            return None if is_last else _with(url, parameter, first + number)
        case Offset(parameter=parameter, first=first):
            return None if is_last else _with(url, parameter, first + seen)


def _with(url: str, parameter: str, value: int) -> str:
    """The URL with a parameter of its query set, and the others as they were."""
    parts = urlsplit(url)
    query = [(name, text) for name, text in parse_qsl(parts.query, keep_blank_values=True) if name != parameter]
    return urlunsplit(parts._replace(query=urlencode([*query, (parameter, str(value))])))


def _error_text(error: Any) -> str:
    """`code message; details`, as far as they are there."""
    if not isinstance(error, dict):
        return json.dumps(error, default=str)
    details = error.get("details") or []
    text = f"{error.get('code', '')} {error.get('message', '')}".strip()
    return "; ".join([text, *map(str, details if isinstance(details, list) else [details])]) or json.dumps(
        error, default=str
    )
