"""A file sent in parts, as the script of a dataset's page sends it."""

import base64
import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import requests

from infra.local.ports import free_port
from infra.local.postgres import Postgres
from tests.parts.site import Site, Visitor, running_sso, running_web
from tests.parts.worker import running_worker

MEBIBYTE = 1024 * 1024
# Of the site for these tests: small parts, and room for many.
LIMIT, PART = 40, 1
FROM_SCRIPT = {"X-Requested-With": "dss-page"}


def table(megabytes: float) -> bytes:
    """A CSV file of about so many megabytes, in which no two parts are the same."""
    rows = int(megabytes * MEBIBYTE) // 20
    return b"number,name\n" + b"".join(b"%09d,name %04d\n" % (row, row % 9999) for row in range(rows))


@contextmanager
def running_arriving_site(
    postgres: Postgres, template: str, name: str, static_folder: Path, folder: Path, **settings: str
) -> Iterator[Site]:
    """A site with a database `name` of its own, that takes files in parts of a megabyte."""
    postgres.create_database(name, template=template)
    port = free_port()
    settings = {
        "DSS_UPLOAD_LIMIT_MEGABYTES": str(LIMIT),
        "DSS_UPLOAD_PART_MEGABYTES": str(PART),
        "S3_BUCKET_URL": (folder / "storage").as_uri(),
        **settings,
    }
    with (
        running_sso(folder, f"http://127.0.0.1:{port}") as sso_url,
        running_web(
            folder, static_folder, postgres.url(name), settings["S3_BUCKET_URL"], sso_url, port, **settings
        ) as site,
        running_worker(folder, site.database_url, settings["S3_BUCKET_URL"]),
    ):
        yield site


class Sender:
    """A person who sends a file to a dataset."""

    def __init__(self, person: Visitor, dataset: str, content: bytes, name: str = "table.csv") -> None:
        self.person, self.url, self.content, self.name = person, f"{person.site.url}{dataset}arriving/", content, name
        self.arrival = ""

    def request(self, method: str, path: str, **options: Any) -> requests.Response:
        """The answer to a request, with the form's token; redirects are not followed."""
        headers = {**FROM_SCRIPT, "X-CSRFToken": self.person.http.cookies["csrftoken"], **options.pop("headers", {})}
        return self.person.http.request(method, self.url + path, headers=headers, allow_redirects=False, **options)

    def begin(self, **fields: str) -> requests.Response:
        """Announce the file, and remember its id."""
        answer = self.request("POST", "", data={"name": self.name, "size": len(self.content), **fields})
        self.arrival = answer.json().get("id", "") if answer.ok else ""
        return answer

    def part(self, number: int) -> bytes:
        """The bytes of a part."""
        return self.content[number * PART * MEBIBYTE : (number + 1) * PART * MEBIBYTE]

    def put(self, number: int, content: bytes | None = None, digest: bytes | None = None) -> requests.Response:
        """Send a part, or `content` in its place with what is said to be its digest."""
        content = self.part(number) if content is None else content
        digest = hashlib.sha256(content).digest() if digest is None else digest
        said = f"sha-256=:{base64.b64encode(digest).decode()}:"
        return self.request(
            "PUT", f"{self.arrival}/parts/{number}/", data=content, headers={"Content-Digest": said}, timeout=60
        )

    @property
    def numbers(self) -> range:
        """Of all parts."""
        return range(-(-len(self.content) // (PART * MEBIBYTE)))

    def there(self) -> dict[str, str]:
        """The parts that have come, with their digests."""
        parts: dict[str, str] = self.request("GET", f"{self.arrival}/").json()["parts"]
        return parts

    def complete(self) -> requests.Response:
        """Say that all parts are there."""
        return self.request("POST", f"{self.arrival}/complete/", timeout=120)

    def cancel(self) -> requests.Response:
        """Give up the whole."""
        return self.request("DELETE", f"{self.arrival}/")
