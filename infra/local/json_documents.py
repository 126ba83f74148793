"""Documents in JSON of the form that a declaration reads, made from files."""

import hashlib
import json
import re
import string
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode, urljoin, urlsplit

from dss_assets.dataset import JsonListing, NextLink, NextOffset, Offset, PagedRecords, PageNumber, Paging
from dss_assets.dataset.json_paths import EACH, steps, template_paths
from infra.local.pattern_examples import example
from infra.local.publisher_pages import stray_titles

# Items on a page where the request does not say how many, by one of the names that APIs have for it.
PAGE_ITEMS = 100
_SIZES = ("num", "rows", "per_page", "limit", "size")
_OUTWARDS = "../"


@dataclass(frozen=True, slots=True)
class JsonListed:
    """A listing of files. `media` is where each of them lies at the publisher's host, by a path."""

    source: JsonListing
    media: Mapping[Path, str]

    def url_of(self, file: Path) -> str:
        """The URL to which a file's item leads."""
        link = self.source.link
        for path in template_paths(link):
            link = link.replace(f"{{{path}}}", self._link_value(file))
        return urljoin(self.source.url, link)

    def page(self, url: str, files: Sequence[Path], *, has_strays: bool, is_cut: bool = False) -> Any:
        """A page of the listing, as its URL asks for it. One that `is_cut` lacks items, and is the last."""
        items = [item for file in files for item in self._item(file)]
        if has_strays:
            items += self._strays(items)
        return _page(url, self.source.items, items, self.source.paging, self.source.total, is_cut=is_cut)

    def _link_value(self, file: Path) -> str:
        """A whole URL where the link is nothing else, and an id otherwise."""
        if re.fullmatch(r"\{[^{}]+\}", self.source.link):
            return urljoin(self.source.url, f"/{self.media[file]}")
        return hashlib.md5(file.name.encode(), usedforsecurity=False).hexdigest()

    def _item(self, file: Path) -> Iterator[list[Any]]:
        """The item with what is around it; none where no title can be made that leads to the file's name."""
        title = self._title(file)
        if title is None:
            return
        status = file.stat()
        nested: list[Any] = [{} for _ in _arrays(self.source.items)]
        for condition in self.source.where:
            _put(nested, condition.path, example(condition.pattern.text, flags=re.IGNORECASE))
        for path in template_paths(self.source.link):
            _put(nested, path, self._link_value(file))
        for number, path in enumerate(self.source.version):
            _put(nested, path, status.st_size if number else status.st_mtime_ns // 1_000_000)
        if self.source.newest:
            _put(nested, self.source.newest, status.st_mtime_ns // 1_000_000)
        if self.source.title:
            _put(nested, self.source.title, title)
        yield nested

    def _title(self, file: Path) -> str | None:
        if self.source.title is None:
            return file.name
        stored_as = self.source.stored_as
        if stored_as is None:
            return example(self.source.matching)
        parts = string.Formatter().parse(stored_as)
        pattern = "".join(re.escape(text) + (f"(?P<{name}>.+)" if name else "") for text, name, _, _ in parts)
        named = re.fullmatch(pattern, file.name, re.IGNORECASE)
        return example(self.source.matching, named.groupdict()) if named else None

    def _strays(self, items: list[list[Any]]) -> list[list[Any]]:
        """Items of other titles, and with a title like those of files but of another kind."""
        if not self.source.title:
            return []
        title = example(self.source.matching) or "File"
        strays = []
        for number, (text, is_of_kind) in enumerate(
            [*((one, True) for one in stray_titles(title)), *((title, False) for _ in self.source.where[:1])]
        ):
            nested: list[Any] = [{} for _ in _arrays(self.source.items)]
            _put(nested, self.source.title, text)
            for path in template_paths(self.source.link):
                _put(nested, path, f"{number:032x}")
            for condition in self.source.where:
                kind = example(condition.pattern.text, flags=re.IGNORECASE)
                _put(nested, condition.path, kind if is_of_kind else "User guide")
            strays.append(nested)
        return strays


def paged_records(source: PagedRecords, url: str, file: Path) -> Any:
    """A page of the records in a file of NDJSON, or of one JSON array."""
    text = file.read_text()
    records = json.loads(text) if text.startswith("[") else [json.loads(line) for line in text.splitlines()]
    document = _page(url, source.records, [[record] for record in records], source.paging, source.total)
    if source.version:
        document = _set(document, steps(source.version), str(file.stat().st_mtime_ns))
    return document


def _page(
    url: str, path: str, items: list[list[Any]], paging: Paging | None, total: str | None, *, is_cut: bool = False
) -> Any:
    query = dict(parse_qsl(urlsplit(url).query))
    size = next((int(query[name]) for name in _SIZES if query.get(name, "").isdecimal()), PAGE_ITEMS)
    size = min(size, PAGE_ITEMS) if paging else max(len(items), 1)
    start = _start(query, paging, size)
    shown, following = items[start : start + size], start + size
    has_more = following < len(items) and not is_cut
    shown = shown[: len(shown) // 2] if is_cut else shown
    document = _set(None, _arrays(path)[0], [_embedded(path, nested) for nested in shown])
    if total:
        document = _set(document, steps(total), len(items))
    match paging:
        case NextLink(path=link):
            after = f"{url.partition('?')[0]}?{urlencode(query | {'after': str(following)})}"
            document = _set(document, steps(link), after if has_more else None)
        case NextOffset(path=link):
            # As ArcGIS counts: from 1, and -1 after the last.
            document = _set(document, steps(link), following + 1 if has_more else -1)
        case PageNumber(pages=pages) if pages:
            document = _set(document, steps(pages), -(-len(items) // size))
    return document


def _start(query: Mapping[str, str], paging: Paging | None, size: int) -> int:
    match paging:
        case NextLink():
            return int(query.get("after", "0"))
        case NextOffset(parameter=parameter):
            return int(query.get(parameter, "1")) - 1
        case PageNumber(parameter=parameter, first=first):
            return (int(query.get(parameter, str(first))) - first) * size
        case Offset(parameter=parameter, first=first):
            return int(query.get(parameter, str(first))) - first
        case _:
            return 0


def _arrays(path: str) -> list[list[str | int]]:
    """The steps to each of the arrays on a way, the outermost first."""
    ways: list[list[str | int]] = [[]]
    for step in steps(path):
        if step == EACH:
            ways.append([])
        else:
            ways[-1].append(step)
    return ways if ways[-1] or len(ways) == 1 else ways[:-1]


def _embedded(path: str, nested: list[Any]) -> Any:
    """An item within what is around it."""
    element = nested[0]
    for around, way in zip(nested[1:], reversed(_arrays(path)[1:]), strict=True):
        element = _set(around, way, [element])
    return element


def _put(nested: list[Any], path: str, value: Any) -> None:
    """Set a value in an item, or in what is around it."""
    outwards = path.count(_OUTWARDS)
    nested[outwards] = _set(nested[outwards], steps(path.replace(_OUTWARDS, "")), value)


def _set(document: Any, way: Sequence[str | int], value: Any) -> Any:
    """The document with a value at the end of a way, which is made where it is missing."""
    if not way:
        return value
    step, *rest = way
    if isinstance(step, int):
        array = document if isinstance(document, list) else []
        array += [{} for _ in range(step + 1 - len(array))]
        array[step] = _set(array[step], rest, value)
        return array
    made = document if isinstance(document, dict) else {}
    made[step] = _set(made.get(step), rest, value)
    return made
