"""The publishers' stand-in: serves a folder `<organisation>/<dataset>/<file>` in the shapes of the real ones.

Each real host is a first part of the path, `/www.arcgis.com/…`; `base_urls` maps the one to the other.
A dataset without a shape has no publisher: operators put its files into the storage, see `operator_inbox`.
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
from pathlib import Path
from typing import ClassVar

from werkzeug.exceptions import NotFound
from werkzeug.routing import Map, Rule
from werkzeug.utils import send_file
from werkzeug.wrappers import Response

from infra.local.http import HttpServer, Request
from infra.local.publisher_pages import (
    ARCGIS_STRAYS,
    COMPANIES_HOUSE_PAGE,
    MONTHS,
    UKTRADEINFO_PAGE,
    UKTRADEINFO_STRAYS,
)

ARCGIS = "www.arcgis.com"
UKTRADEINFO = "www.uktradeinfo.com"
UKTRADEINFO_PAGES = "/trade-data/latest-bulk-data-sets/"
UKTRADEINFO_ARCHIVE = f"{UKTRADEINFO_PAGES}bulk-data-sets-archive/"
COMPANIES_HOUSE = "download.companieshouse.gov.uk"
MOST_ITEMS = 100

# The datasets that have a publisher, and the names of the files that it publishes.
PUBLISHED = {
    "ons/postcode_directory": re.compile(r"ONSPD_(?P<month>[A-Z]{3})_(?P<year>\d{4})_UK\.zip"),
    "companies_house/accounts_legacy": re.compile(r"Accounts_(Bulk|Monthly)_Data-[\w-]+\.zip"),
    "hmrc/exporters": re.compile(r"(?i)exporters[\w-]+\.zip"),
}


class Listing(enum.Enum):
    """How the publisher lists its files."""

    WHOLE = "whole"
    CUT_SHORT = "cut short"
    EMPTY = "empty"
    MATCHING_NOTHING = "nothing but stray items"


class Publisher(HttpServer):
    """Serves the files of a folder; one that still grows, or whose name begins with a dot or ends in .part, waits."""

    routes: ClassVar[Map] = Map(
        [
            Rule(f"/{ARCGIS}/sharing/rest/search", endpoint="search"),
            Rule(f"/{ARCGIS}/sharing/rest/content/items/<item>/data", endpoint="item_data"),
            Rule(f"/{UKTRADEINFO}{UKTRADEINFO_PAGES}", endpoint="latest_links"),
            Rule(f"/{UKTRADEINFO}{UKTRADEINFO_ARCHIVE}", endpoint="archive_links"),
            Rule(f"/{UKTRADEINFO}/media/<release>/<name>", endpoint="media"),
            Rule(f"/{COMPANIES_HOUSE}/en_accountsdata.html", endpoint="accounts_links"),
            Rule(f"/{COMPANIES_HOUSE}/en_monthlyaccountsdata.html", endpoint="accounts_links"),
            Rule(f"/{COMPANIES_HOUSE}/<name>", endpoint="accounts"),
        ],
        # As at the real publishers: another path is another resource.
        strict_slashes=False,
        merge_slashes=False,
    )

    def __init__(self, folder: Path, port: int = 0, settle_seconds: float = 0.5) -> None:
        """Serve `folder`; a file is listed `settle_seconds` after its last change."""
        super().__init__(port)
        self.folder = folder
        self.listing = Listing.WHOLE
        self._settle_seconds = settle_seconds

    @property
    def base_urls(self) -> dict[str, str]:
        """The real base URLs, each with ours: the value of DSS_SOURCE_BASE_URLS."""
        return {f"https://{host}": f"{self.url}/{host}" for host in (ARCGIS, UKTRADEINFO, COMPANIES_HOUSE)}

    def published(self, dataset: str) -> list[Path]:
        """The files that are offered now of `organisation/dataset`, the newest first."""
        name = PUBLISHED[dataset]
        files = [
            file for file in settled_files(self.folder / dataset, self._settle_seconds) if name.fullmatch(file.name)
        ]
        return sorted(files, key=lambda file: (file.stat().st_mtime, file.name), reverse=True)

    def item_data(self, request: Request, item: str) -> Response:
        """The file of an item that the search has listed."""
        files = self.published("ons/postcode_directory")
        return _file(request, (file for file in files if _item_id(file) == item))

    def media(self, request: Request, release: str, name: str) -> Response:
        """The file that a page links to."""
        path = f"/media/{release}/{name}"
        return _file(request, (file for file in self.published("hmrc/exporters") if _media_path(file) == path))

    def latest_links(self, request: Request) -> Response:
        """The page with the newest file."""
        return self._links("Latest bulk datasets", slice(0, 1))

    def archive_links(self, request: Request) -> Response:
        """The page with all files: as on the real one, it repeats the newest."""
        return self._links("Bulk datasets archive", slice(0, None))

    def accounts_links(self, request: Request) -> Response:
        """The page with daily and monthly files, as relative links. The real one has a page for each."""
        files = [] if self.listing in {Listing.EMPTY, Listing.MATCHING_NOTHING} else self._accounts()
        links = "".join(
            f'        <li><a href="{file.name}">{file.name}  ({file.stat().st_size // 2**20}Mb)</a></li>\n'
            for file in sorted(files, key=lambda file: file.name, reverse=True)
        )
        page = COMPANIES_HOUSE_PAGE.format(links=links).encode()
        if self.listing is Listing.CUT_SHORT:
            page = page[: len(page) // 2]
        return Response(page, mimetype="text/html")

    def accounts(self, request: Request, name: str) -> Response:
        """A file beside the page."""
        return _file(request, (file for file in self._accounts() if file.name == name))

    def _accounts(self) -> list[Path]:
        return self.published("companies_house/accounts_legacy")

    def search(self, request: Request) -> Response:
        """A page of ArcGIS's search, as JSON."""
        query = request.args
        items = []
        if self.listing is not Listing.EMPTY and "ons postcode directory" in query.get("q", "").lower():
            files = [] if self.listing is Listing.MATCHING_NOTHING else self.published("ons/postcode_directory")
            items = sorted([*map(_item, files), *ARCGIS_STRAYS], key=lambda item: -int(str(item["modified"])))
        start, num = query.get("start", 1, int), min(query.get("num", 10, int), MOST_ITEMS)
        page = items[start - 1 : start - 1 + num]
        following = start + num if start + num <= len(items) else -1
        if self.listing is Listing.CUT_SHORT:
            page, following = page[: len(page) // 2], -1
        body = {
            "query": query.get("q", ""),
            "total": len(items),
            "start": start,
            "num": len(page),
            "nextStart": following,
            "results": page,
        }
        return Response(json.dumps(body), mimetype="application/json")

    def _links(self, title: str, part: slice) -> Response:
        files = sorted(self.published("hmrc/exporters"), key=lambda file: file.name, reverse=True)
        if self.listing in {Listing.EMPTY, Listing.MATCHING_NOTHING}:
            files = []
        links = "".join(
            f'        <li><a class="download" href="/{UKTRADEINFO}{href}">{text}</a></li>\n'
            for href, text in [
                *(
                    (_media_path(file), f"Exporters {file.stem.removeprefix('exporters')} (zip)")
                    for file in files[part]
                ),
                *([] if self.listing is Listing.EMPTY else UKTRADEINFO_STRAYS),
            ]
        )
        page = UKTRADEINFO_PAGE.format(host=UKTRADEINFO, title=title, links=links).encode()
        if self.listing is Listing.CUT_SHORT:
            page = page[: len(page) // 2]
        return Response(page, mimetype="text/html")


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


def _file(request: Request, matching: Iterable[Path]) -> Response:
    file = next(iter(matching), None)
    if file is None:
        return Response(NotFound.description, 404, mimetype="text/plain")
    status = file.stat()
    return send_file(
        file,
        request.environ,
        mimetype="application/zip",
        conditional=False,
        etag=f"{status.st_mtime_ns:x}-{status.st_size:x}",
        last_modified=status.st_mtime,
    )


def _item_id(file: Path) -> str:
    return hashlib.md5(file.name.encode(), usedforsecurity=False).hexdigest()


def _item(file: Path) -> dict[str, object]:
    name = PUBLISHED["ons/postcode_directory"].fullmatch(file.name)
    assert name is not None
    month = next((month for month in MONTHS if month[:3].upper() == name["month"]), name["month"].title())
    status = file.stat()
    created = datetime(int(name["year"]), 1, 1, tzinfo=UTC)
    return {
        "id": _item_id(file),
        "owner": "ONSGeography_data",
        "type": "CSV Collection",
        "title": f"ONS Postcode Directory ({month} {name['year']})",
        "created": int(created.timestamp() * 1000),
        "modified": status.st_mtime_ns // 1_000_000,
        "size": status.st_size,
        "tags": ["ONS Postcode Directory", "ONSPD"],
        "access": "public",
    }


def _media_path(file: Path) -> str:
    """The path of a file's release: its random-looking part is another when the file has changed."""
    status = file.stat()
    digest = hashlib.sha256(f"{file.name} {status.st_mtime_ns} {status.st_size}".encode()).digest()
    letters = "abcdefghijklmnopqrstuvwxyz0123456789"
    return f"/media/{''.join(letters[byte % 36] for byte in digest[:8])}/{file.name}"


def main() -> None:
    """Serve a folder until the process is ended."""
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
