"""The contract through a real nginx with TLS, on another name and port than the web app's."""

import hashlib
import socket
import ssl
import time
from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from infra.local.postgres import Postgres
from tests.api.dataflow_client import read_table
from tests.http.test_proxies import FORGED
from tests.parts.export_reading import begin, decoded, receipt
from tests.parts.proxy import NAME, Proxy, running_nginx
from tests.parts.service import Service, running
from tests.parts.tracked import make_noted

SCHEMA = "proxied.rows"
PATH = f"/api/v1/table-data/{SCHEMA}/L1"
WIDE = "/api/v1/table-data/proxied.wide/L1"


@pytest.fixture(scope="module")
def database(postgres_server: Postgres, migrated_template: str) -> str:
    postgres_server.create_database("proxied", template=migrated_template)
    return postgres_server.url("proxied")


@pytest.fixture(scope="module")
def app(database: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """A web app with two threads, which believes the proxy on its own machine."""
    settings = {
        "DSS_TRUSTED_PROXIES": "127.0.0.1",
        "DSS_ALLOWED_HOSTS": f"{NAME},127.0.0.1",
        "DSS_WEB_WORKERS": "1",
        "DSS_WEB_THREADS": "2",
    }
    with running(database, tmp_path_factory.mktemp("app"), **settings) as service:
        service.execute(
            f'CREATE SCHEMA "{SCHEMA}"',
            f'CREATE TABLE "{SCHEMA}"."L1" (id int PRIMARY KEY, name text)',
            f'INSERT INTO "{SCHEMA}"."L1" SELECT g, \'row \' || g FROM generate_series(1, 35) g',
            f'CREATE VIEW "{SCHEMA}"."a b é" AS SELECT * FROM "{SCHEMA}"."L1"',
            'CREATE SCHEMA "proxied.wide"',
            'CREATE TABLE "proxied.wide"."L1" (id int PRIMARY KEY, text text)',
            'INSERT INTO "proxied.wide"."L1" SELECT g, repeat(\'x\', 2000000) FROM generate_series(1, 10) g',
        )
        yield service


@pytest.fixture(scope="module", params=["the Host header is kept", "the host comes as X-Forwarded-Host"])
def proxy(app: Service, tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Iterator[Proxy]:
    kept = "proxy_set_header Host $http_host;"
    replacing = ("", "") if "kept" in request.param else (kept, "proxy_set_header Host $proxy_host;")
    with running_nginx(tmp_path_factory.mktemp("nginx") / "home", app.url, replacing=replacing) as proxy:
        yield proxy


def test_dataflow_reads_a_table_to_its_last_row(proxy: Proxy) -> None:
    reading = read_table(proxy.url, SCHEMA, "L1", proxy.session())

    assert [row["id"] for row in reading.rows] == list(range(1, 36))


def test_next_has_the_scheme_host_and_port_by_which_the_client_came(proxy: Proxy) -> None:
    assert proxy.client().get(PATH).json()["next"] == f"{proxy.url}{PATH}?orientation=tabular&next-id=11"


@pytest.mark.parametrize("coding", ["identity", "zstd"])
def test_an_export_comes_whole_and_is_vouched_for(proxy: Proxy, coding: str) -> None:
    response = begin(proxy.client(), "proxied.wide/L1", coding)
    content = decoded(response)

    assert response.headers.get("Content-Encoding", "identity") == coding
    assert len(content) > 20_000_000
    assert response.headers["Link"].startswith(f"<{proxy.url}/api/v1/table-export/proxied.wide/L1/receipts/")
    vouched = receipt(proxy.client(), response)
    assert (vouched["state"], vouched["rows"], vouched["bytes"]) == ("complete", 10, len(content))
    assert vouched["sha256"] == hashlib.sha256(content).hexdigest()


def test_errors_are_signed(proxy: Proxy) -> None:
    answers = [proxy.client().get(path) for path in (f"{PATH}x", f"{PATH}?next-id=x")]

    assert [answer.status_code for answer in answers] == [404, 400]
    assert all("Server-Authorization" in answer.headers for answer in answers)


def test_head_is_signed(proxy: Proxy) -> None:
    head = proxy.client().get(PATH, "HEAD")

    assert (head.status_code, head.content) == (200, b"")
    assert "Server-Authorization" in head.headers


def test_that_nothing_has_changed_is_signed(proxy: Proxy, app: Service) -> None:
    url = proxy.url + make_noted(app, "proxied.noted", 3)
    tag = proxy.client().get(url).headers["ETag"]
    sender = proxy.client().sign(url)

    headers = {"Authorization": sender.request_header, "Content-Type": "", "If-None-Match": tag}
    answer = proxy.session().get(url, headers=headers, timeout=30)

    assert (answer.status_code, answer.headers["ETag"]) == (304, tag)
    signature, content_type = answer.headers["Server-Authorization"], answer.headers.get("Content-Type", "")
    sender.accept_response(signature, content=answer.content, content_type=content_type)


@pytest.mark.parametrize(
    "path",
    [
        "/api/v1/table-data/proxied%2erows/L%31",
        f"/api/v1/table-data/{SCHEMA}/a%20b%20%c3%A9",
        f"{PATH}/",
        f"{PATH}?a=%2f&b=%2F&c=+&&d",
        f"{PATH}?",
        f"{PATH}?next-id=11&orientation=records&x=%00",
    ],
)
def test_paths_and_queries_are_signed_as_they_are_sent(proxy: Proxy, path: str) -> None:
    assert raw_status(proxy, path) == 200


def test_slashes_are_not_merged(proxy: Proxy) -> None:
    assert raw_status(proxy, f"/api/v1/table-data//{SCHEMA}/L1") == 404


def test_a_signature_for_the_app_behind_is_none_for_the_proxy(proxy: Proxy, app: Service) -> None:
    header = app.client().sign(app.url + PATH).request_header

    answer = proxy.session().get(proxy.url + PATH, headers={"Authorization": header}, timeout=30)

    assert (answer.status_code, answer.headers["WWW-Authenticate"]) == (401, "Hawk")


def test_what_a_client_forges_is_overwritten(proxy: Proxy) -> None:
    """Also where its URL has the usual port, which is not written down: a port forwarded to the proxy's own."""
    address = f"https://{NAME}"
    sender = proxy.client().sign(address + PATH)

    headers = {**FORGED, "Host": NAME, "Authorization": sender.request_header}
    answer = proxy.session().get(proxy.url + PATH, headers=headers, timeout=30)

    assert answer.json()["next"].startswith(f"{address}{PATH}?")


def test_a_host_that_is_not_allowed_is_refused(proxy: Proxy) -> None:
    answer = proxy.session().get(proxy.url + PATH, headers={"Host": "elsewhere.example"}, timeout=30)

    assert answer.status_code == 400


def test_one_connection_serves_many_requests(proxy: Proxy) -> None:
    client = proxy.client()
    with TlsConnection(proxy) as connection:
        for _ in range(5):
            header = client.sign(proxy.url + PATH).request_header
            assert connection.status(PATH, header) == 200


def test_slow_clients_hold_no_thread_of_the_app(proxy: Proxy) -> None:
    """Each asks for 20 MB and takes next to nothing of it; the app has two threads."""
    client = proxy.client()
    with ExitStack() as stack:
        slow = [stack.enter_context(TlsConnection(proxy)) for _ in range(4)]
        for connection in slow:
            header = client.sign(proxy.url + WIDE).request_header
            assert connection.status(WIDE, header, read_body=False) == 200

        started = time.monotonic()
        assert client.get(PATH).status_code == 200
        assert time.monotonic() - started < 5


def test_slow_senders_hold_no_thread_of_the_app(proxy: Proxy) -> None:
    """Half of them never finish their headers, the others their body, though a letter comes now and then."""
    beginning = f"POST {PATH} HTTP/1.1\r\nHost: {NAME}:{proxy.port}\r\nX-Slow: "
    with ExitStack() as stack:
        slow = [stack.enter_context(TlsConnection(proxy)) for _ in range(8)]
        for connection in slow[::2]:
            connection.socket.sendall(beginning.encode())
        for connection in slow[1::2]:
            connection.socket.sendall(f"{beginning}\r\nContent-Length: 1000\r\n\r\n".encode())
        for _ in range(3):
            for connection in slow:
                connection.socket.sendall(b"x")
            started = time.monotonic()
            assert proxy.client().get(PATH).status_code == 200
            assert time.monotonic() - started < 5


def test_a_body_larger_than_memory_holds_comes_whole(proxy: Proxy) -> None:
    answer = proxy.client().get(WIDE)

    assert "Server-Authorization" in answer.headers, "its signature has been verified over the whole body"
    assert len(answer.content) > 20_000_000


class TlsConnection:
    """One connection to the proxy, on which what is written goes over the wire letter for letter."""

    def __init__(self, proxy: Proxy) -> None:
        self.proxy = proxy

    def __enter__(self) -> "TlsConnection":
        context = ssl.create_default_context(cafile=str(self.proxy.authority))
        raw = socket.socket()
        # Little of an answer is to lie in the kernel's buffers.
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 16 * 1024)
        raw.settimeout(30)
        raw.connect(("127.0.0.1", self.proxy.port))
        self.socket = context.wrap_socket(raw, server_hostname=NAME)
        self.file = self.socket.makefile("rb")
        return self

    def __exit__(self, *_: object) -> None:
        self.file.close()
        self.socket.close()

    def status(self, target: str, authorization: str, *, read_body: bool = True) -> int:
        host = self.proxy.url.removeprefix("https://")
        self.socket.sendall(f"GET {target} HTTP/1.1\r\nHost: {host}\r\nAuthorization: {authorization}\r\n\r\n".encode())
        status = int(self.file.readline().split()[1])
        length = 0
        while line := self.file.readline().strip():
            name, _, value = line.partition(b":")
            if name.lower() == b"content-length":
                length = int(value)
        if read_body:
            self.file.read(length)
        return status


def raw_status(proxy: Proxy, target: str) -> int:
    """The status of a signed request whose target nobody has tidied up."""
    client = proxy.client()
    with TlsConnection(proxy) as connection:
        return connection.status(target, client.sign(proxy.url + target).request_header)
