"""The publishers' stand-in: serves a folder `<organisation>/<dataset>/<file>` in the shapes of the real ones.

Each real host is a first part of the path, `/www.arcgis.com/…`; `base_urls` maps the one to the other.
A dataset without a shape has no publisher: its files are for operators to drop into the storage, see `drops`.
"""

import argparse
import enum
import hashlib
import json
import re
import threading
import time
from collections.abc import Iterable
from datetime import UTC, datetime
from email.utils import formatdate
from pathlib import Path

from infra.local.http import Answer, HttpServer, Request
from infra.local.publisher_pages import ARCGIS_STRAYS, MONTHS, UKTRADEINFO_PAGE, UKTRADEINFO_STRAYS

ARCGIS = "www.arcgis.com"
UKTRADEINFO = "www.uktradeinfo.com"
UKTRADEINFO_PAGES = "/trade-data/latest-bulk-data-sets/"
UKTRADEINFO_ARCHIVE = f"{UKTRADEINFO_PAGES}bulk-data-sets-archive/"
MOST_ITEMS = 100

# The datasets that have a publisher, and the names of the files that it publishes.
PUBLISHED = {
    "ons/postcode_directory": re.compile(r"ONSPD_(?P<month>[A-Z]{3})_(?P<year>\d{4})_UK\.zip"),
    "hmrc/exporters": re.compile(r"exporters_?\d{4}\w*\.zip"),
}


class Listing(enum.Enum):
    """How the publisher lists its files."""

    WHOLE = "whole"
    CUT_SHORT = "cut short"
    EMPTY = "empty"
    MATCHING_NOTHING = "nothing but stray items"


class Publisher(HttpServer):
    """Serves the files of a folder; one that still grows, or whose name begins with a dot or ends in .part, waits."""

    def __init__(self, folder: Path, port: int = 0, settle_seconds: float = 0.5) -> None:
        super().__init__(port)
        self.folder = folder
        self.listing = Listing.WHOLE
        self._settle_seconds = settle_seconds

    @property
    def base_urls(self) -> dict[str, str]:
        """The real base URLs, each with ours: the value of DSS_SOURCE_BASE_URLS."""
        return {f"https://{host}": f"{self.url}/{host}" for host in (ARCGIS, UKTRADEINFO)}

    def published(self, dataset: str) -> list[Path]:
        """The files that are offered now of `organisation/dataset`, the newest first."""
        name = PUBLISHED[dataset]
        files = [
            file for file in settled_files(self.folder / dataset, self._settle_seconds) if name.fullmatch(file.name)
        ]
        return sorted(files, key=lambda file: (file.stat().st_mtime, file.name), reverse=True)

    def answer(self, request: Request) -> Answer:
        host, _, rest = request.path.removeprefix("/").partition("/")
        path = f"/{rest}"
        if host == ARCGIS and path == "/sharing/rest/search":
            return self._search(request)
        if host == ARCGIS and (found := re.fullmatch(r"/sharing/rest/content/items/([0-9a-f]{32})/data", path)):
            return _file(file for file in self.published("ons/postcode_directory") if _item_id(file) == found[1])
        if host == UKTRADEINFO and path in {UKTRADEINFO_PAGES, UKTRADEINFO_ARCHIVE}:
            return self._links(path)
        if host == UKTRADEINFO and path.startswith("/media/"):
            return _file(file for file in self.published("hmrc/exporters") if _media_path(file) == path)
        return Answer(404, b"Not Found", {"Content-Type": "text/plain"})

    def _search(self, request: Request) -> Answer:
        query = request.query
        items = []
        if self.listing is not Listing.EMPTY and "ons postcode directory" in query.get("q", "").lower():
            files = [] if self.listing is Listing.MATCHING_NOTHING else self.published("ons/postcode_directory")
            items = sorted([*map(_item, files), *ARCGIS_STRAYS], key=lambda item: -int(str(item["modified"])))
        start, num = int(query.get("start", 1)), min(int(query.get("num", 10)), MOST_ITEMS)
        page = items[start - 1 : start - 1 + num]
        following = start + num if start + num <= len(items) else -1
        if self.listing is Listing.CUT_SHORT:
            page, following = page[: len(page) // 2], -1
        body = {
            "query": query.get("q", ""), "total": len(items), "start": start, "num": len(page),
            "nextStart": following, "results": page,
        }  # fmt: skip
        return Answer(200, json.dumps(body).encode(), {"Content-Type": "application/json;charset=utf-8"})

    def _links(self, path: str) -> Answer:
        files = sorted(self.published("hmrc/exporters"), key=lambda file: file.name, reverse=True)
        if self.listing in {Listing.EMPTY, Listing.MATCHING_NOTHING}:
            files = []
        shown = files[:1] if path == UKTRADEINFO_PAGES else files[1:]
        links = "".join(
            f'        <li><a class="download" href="/{UKTRADEINFO}{href}">{text}</a></li>\n'
            for href, text in [
                *((_media_path(file), f"Exporters {file.stem.removeprefix('exporters')} (zip)") for file in shown),
                *([] if self.listing is Listing.EMPTY else UKTRADEINFO_STRAYS),
            ]
        )
        title = "Latest bulk datasets" if path == UKTRADEINFO_PAGES else "Bulk datasets archive"
        page = UKTRADEINFO_PAGE.format(host=UKTRADEINFO, title=title, links=links).encode()
        if self.listing is Listing.CUT_SHORT:
            page = page[: len(page) // 2]
        return Answer(200, page, {"Content-Type": "text/html; charset=utf-8"})


def settled_files(folder: Path, settle_seconds: float) -> list[Path]:
    """The files of a folder by name, without those that are still being copied there."""
    if not folder.is_dir():
        return []
    now = time.time()
    return sorted(
        file
        for file in folder.iterdir()
        if file.is_file()
        and not file.name.startswith(".")
        and file.suffix != ".part"
        and now - file.stat().st_mtime >= settle_seconds
    )


def _file(found: Iterable[Path]) -> Answer:
    file = next(iter(found), None)
    if file is None:
        return Answer(404, b"Not Found", {"Content-Type": "text/plain"})
    status = file.stat()
    headers = {
        "Content-Type": "application/zip",
        "ETag": f'"{status.st_mtime_ns:x}-{status.st_size:x}"',
        "Last-Modified": formatdate(status.st_mtime, usegmt=True),
    }
    return Answer(200, file, headers)


def _item_id(file: Path) -> str:
    return hashlib.md5(file.name.encode(), usedforsecurity=False).hexdigest()


def _item(file: Path) -> dict[str, object]:
    name = PUBLISHED["ons/postcode_directory"].fullmatch(file.name)
    assert name is not None
    month = next((month for month in MONTHS if month[:3].upper() == name["month"]), name["month"].title())
    status = file.stat()
    return {
        "id": _item_id(file), "owner": "ONSGeography_data", "type": "CSV Collection",
        "title": f"ONS Postcode Directory ({month} {name['year']})",
        "created": int(datetime(int(name["year"]), 1, 1, tzinfo=UTC).timestamp() * 1000),
        "modified": status.st_mtime_ns // 1_000_000, "size": status.st_size,
        "tags": ["ONS Postcode Directory", "ONSPD"], "access": "public",
    }  # fmt: skip


def _media_path(file: Path) -> str:
    """The path of a file's release: its random-looking part is another when the file has changed."""
    status = file.stat()
    digest = hashlib.sha256(f"{file.name} {status.st_mtime_ns} {status.st_size}".encode()).digest()
    letters = "abcdefghijklmnopqrstuvwxyz0123456789"
    return f"/media/{''.join(letters[byte % 36] for byte in digest[:8])}/{file.name}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--host", default=Publisher.host)
    parser.add_argument("--port", type=int, required=True)
    options = parser.parse_args()
    publisher = Publisher(options.folder, options.port)
    publisher.host = options.host
    with publisher:
        threading.Event().wait()


if __name__ == "__main__":
    main()
