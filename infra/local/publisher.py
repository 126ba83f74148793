"""The publishers' stand-in: serves a folder `<organisation>/<dataset>/<file>` as the declared sources read it.

A real URL `https://host/path` is `/host/path` here; `base_urls` maps the one to the other. What stands there is derived
from the source that a dataset declares (`publications.py`), so that a new dataset needs no line of this code. A dataset
without a publisher gets its files from operators, see `operator_inbox`.
"""

import argparse
import os
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from werkzeug.exceptions import NotFound
from werkzeug.utils import send_file
from werkzeug.wrappers import Response

from dss_assets.dataset import Dataset, HttpSource, StorageFolder
from dss_assets.datasets import DATASETS
from dss_assets.sources.file_names import takes
from infra.local.declarations import changed_at, why_unreadable
from infra.local.http import HttpServer, Request
from infra.local.publications import Body, Listing, answer

__all__ = ["Listing", "Publisher", "published_sources", "settled_files"]

# People change declarations by hand, and then look at what they have made.
LOOK_SECONDS = 1


def published_sources(datasets: Sequence[Dataset] = DATASETS) -> dict[str, HttpSource]:
    """The sources of the datasets that have a publisher, by `organisation/dataset`."""
    return {
        f"{dataset.organisation}/{dataset.name}": dataset.source
        for dataset in datasets
        if dataset.source is not None and not isinstance(dataset.source, StorageFolder)
    }


class Publisher(HttpServer):
    """Serves the files of a folder; one that still grows, or whose name begins with a dot or ends in .part, waits."""

    def __init__(
        self, folder: Path, port: int = 0, settle_seconds: float = 0.5, datasets: Sequence[Dataset] = DATASETS
    ) -> None:
        """Serve `folder`; a file is listed `settle_seconds` after its last change."""
        super().__init__(port)
        self.folder = folder
        self.listing = Listing.WHOLE
        self.sources = published_sources(datasets)
        self._settle_seconds = settle_seconds

    @property
    def base_urls(self) -> dict[str, str]:
        """All hosts are ours, those of datasets to come as well: the value of DSS_SOURCE_BASE_URLS."""
        return {"https://": f"{self.url}/", "http://": f"{self.url}/"}

    def published(self, dataset: str) -> list[Path]:
        """The files that are offered now of `organisation/dataset`, the newest first."""
        source = self.sources[dataset]
        files = [
            file for file in settled_files(self.folder / dataset, self._settle_seconds) if takes(source, file.name)
        ]
        return sorted(files, key=lambda file: (file.stat().st_mtime, file.name), reverse=True)

    def answer(self, request: Request) -> Response:
        """The page or file that the first of the datasets has at this URL."""
        # Hosts are compared, and never schemes: a declaration over plain HTTP is answered as well.
        url = f"https:/{request.target}"
        for dataset, source in self.sources.items():
            found = answer(source, url, self.published(dataset), self.listing)
            if isinstance(found, Body):
                return Response(found.content, mimetype=found.mimetype)
            if found is not None:
                return _file(request, found)
        return Response(NotFound.description, 404, mimetype="text/plain")


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


def _file(request: Request, file: Path) -> Response:
    status = file.stat()
    return send_file(
        file,
        request.environ,
        mimetype="application/octet-stream",
        conditional=False,
        etag=f"{status.st_mtime_ns:x}-{status.st_size:x}",
        last_modified=status.st_mtime,
    )


def _wait_for_change() -> None:
    """Return once the declarations have changed and can be read again."""
    known = changed_at()
    while True:
        time.sleep(LOOK_SECONDS)
        if (now := changed_at()) == known:
            continue
        known = now
        reason = why_unreadable()
        if not reason:
            return
        print(f"The declarations cannot be read; the old ones stay:\n{reason}", flush=True)


def main() -> None:
    """Serve a folder until the process is ended; by new declarations as soon as these have changed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--host", default=Publisher.host)
    parser.add_argument("--port", type=int, required=True)
    options = parser.parse_args()
    publisher = Publisher(options.folder, options.port)
    publisher.host = options.host
    with publisher:
        _wait_for_change()
    print("The declarations have changed and are read again.", flush=True)
    # The same process by its id, so that whoever started it finds it as before.
    os.execv(sys.executable, [sys.executable, "-m", "infra.local.publisher", *sys.argv[1:]])  # noqa: S606 no shell


if __name__ == "__main__":
    main()
