"""The web app under gunicorn, and a client that talks HAWK to it as mohawk does."""

import logging
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

import mohawk
import psycopg
import requests

from infra.local.ports import free_port, wait_for_port
from infra.local.process import Process
from tests.conftest import REPOSITORY, add_hawk_client, web_environment
from tests.parts.waiting import wait_until

# It warns of every answer that nobody remembers its nonce.
logging.getLogger("mohawk").setLevel(logging.ERROR)


@dataclass(frozen=True)
class Service:
    """A running web app: its URL, its database and its log."""

    url: str
    database_url: str
    log: Path
    process: Process

    def client(self, identifier: str = "all", key: str = "the key of a client: all") -> "Client":
        return Client(self.url, identifier, key)

    def connect(self) -> psycopg.Connection[tuple[Any, ...]]:
        """A connection as the service's database user, for what is the test's own."""
        return psycopg.connect(self.database_url)

    def execute(self, *statements: str) -> None:
        """Run SQL that is the test's own, as the service's database user."""
        with psycopg.connect(self.database_url, autocommit=True) as connection:
            for statement in statements:
                connection.execute(statement.encode())

    def ask(self, question: str, *values: object) -> Any:
        """The one value that a query of the test's own gives."""
        with self.connect() as connection:
            row = connection.execute(question.encode(), values).fetchone()
        return row and row[0]

    def add_client(self, identifier: str, *scopes: str) -> "Client":
        """Let a client in, as the database has it."""
        key = f"the key of a client: {identifier}"
        add_hawk_client(self.database_url, identifier, key, list(scopes))
        return Client(self.url, identifier, key)


@dataclass(frozen=True)
class Client:
    """A HAWK client. What it asks for is signed, and the answer's signature is checked where there is one."""

    url: str
    identifier: str
    key: str
    http: requests.Session | None = None  # how the URL is reached, if not as any other

    def sign(self, url: str | None, method: str = "GET", **options: Any) -> mohawk.Sender:
        credentials = {"id": self.identifier, "key": self.key, "algorithm": "sha256"}
        return mohawk.Sender(credentials, url, method, **{"content": "", "content_type": "", **options})

    def get(
        self, path: str, method: str = "GET", headers: Mapping[str, str] = MappingProxyType({})
    ) -> requests.Response:
        """The answer to one signed request; fails if its signature is there and does not verify."""
        url = path if path.startswith("http") else self.url + path
        # What is signed is what goes over the wire.
        request = requests.Request(method, url, headers={"Content-Type": "", **headers}).prepare()
        sender = self.sign(request.url, method)
        request.headers["Authorization"] = sender.request_header
        with self.http or requests.Session() as session:
            response = session.send(request, timeout=60, allow_redirects=False)
        if header := response.headers.get("Server-Authorization"):
            sender.accept_response(
                header, content=response.content, content_type=response.headers.get("Content-Type", "")
            )
        return response

    def rows(self, schema: str, table: str) -> list[dict[str, Any]]:
        """One page of a table as records."""
        response = self.get(f"/api/v1/table-data/{schema}/{table}?orientation=records")
        assert response.status_code == 200, response.text
        rows: list[dict[str, Any]] = response.json()["results"]
        return rows


@contextmanager
def running(database_url: str, folder: Path, **settings: str) -> Iterator[Service]:
    """The web app over a migrated database, with settings besides the tests' usual ones."""
    port = free_port()
    environment = web_environment(database_url, "file:///nowhere") | {
        "DSS_WEB_BIND": f"127.0.0.1:{port}",
        "DSS_WEB_WORKERS": "2",
        "DSS_WEB_THREADS": "4",
        "DSS_PAGINATION_SIZE": "10",
        # Much that these tests send is refused on purpose.
        "DSS_HAWK_FAILURE_LIMIT": "1000000",
        "DSS_HAWK_FAILURE_LIMIT_FOR_ADDRESS": "1000000",
        **settings,
    }
    log = folder / f"web-{port}.log"
    command = ["sh", "infra/serve.sh", sys.executable]
    process = Process("web", command, log, environment, folder=REPOSITORY)
    process.start()
    try:
        wait_for_port(process, port)
        service = Service(f"http://127.0.0.1:{port}", database_url, log, process)
        wait_until_healthy(service)
        service.add_client("all", "*")
        yield service
    finally:
        process.stop()


def start_again(service: Service) -> None:
    """Start a web app that a test has stopped, at the same address."""
    service.process.start()
    wait_for_port(service.process, int(service.url.rpartition(":")[2]))
    wait_until_healthy(service)


def wait_until_healthy(service: Service) -> None:
    """gunicorn listens before its workers are up."""
    url = f"{service.url}/healthcheck/"
    wait_until(lambda: requests.get(url, timeout=30).status_code == 200, service.log.read_text)
