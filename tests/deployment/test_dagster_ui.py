"""The Dagster UI does what its own pages and programs ask for, and nothing that another site has a browser do."""

import socket
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import quote

import pytest
import requests
from playwright.sync_api import Browser

from tests.parts.dagster_ui import running_dagster_ui

ADD = """mutation { addDynamicPartition(partitionsDefName: "trees", partitionKey: "%s", repositorySelector: {
    repositoryLocationName: "trees", repositoryName: "__repository__" }) {
    __typename ... on PythonError { message } ... on UnauthorizedError { message } } }"""
KNOWN = """{ assetNodes { partitionKeys } }"""


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A webserver over a code location with one asset."""
    with running_dagster_ui(tmp_path_factory.mktemp("dagster")) as url:
        yield url


def add(url: str, name: str, **headers: str) -> requests.Response:
    return requests.post(f"{url}/graphql", json={"query": ADD % name}, headers=headers, timeout=60)


def partitions(url: str) -> set[str]:
    answer = requests.post(f"{url}/graphql", json={"query": KNOWN}, timeout=60).json()
    return {key for node in answer["data"]["assetNodes"] for key in node["partitionKeys"]}


def test_programs_and_the_uis_own_pages_change_what_they_want(url: str) -> None:
    assert add(url, "oak").json()["data"]["addDynamicPartition"]["__typename"] == "AddDynamicPartitionSuccess"
    add(url, "ash", **{"Sec-Fetch-Site": "same-origin", "Origin": url})
    add(url, "elm", Origin=url)

    assert {"oak", "ash", "elm"} <= partitions(url)


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site", "Origin": "https://other.example"},
        {"Origin": "https://other.example"},
        {"Origin": "null"},
    ],
)
def test_what_another_site_sends_is_refused(url: str, headers: dict[str, str]) -> None:
    answer = add(url, "yew", **headers)

    assert (answer.status_code, "another site" in answer.text) == (403, True)
    assert "yew" not in partitions(url)


def test_a_link_changes_nothing(url: str) -> None:
    answer = requests.get(f"{url}/graphql", params={"query": ADD % "fir"}, timeout=60)

    assert (answer.status_code, "by POST" in answer.text) == (405, True)
    assert "fir" not in partitions(url)
    assert requests.get(f"{url}/graphql", headers={"Accept": "text/html"}, timeout=60).status_code == 200, "the page"


@pytest.mark.parametrize(("origin", "is_opened"), [("", True), ("{url}", True), ("https://other.example", False)])
def test_a_websocket_is_opened_from_the_uis_own_pages(url: str, origin: str, is_opened: bool) -> None:
    host = url.removeprefix("http://")
    lines = [
        "GET /graphql HTTP/1.1",
        f"Host: {host}",
        "Connection: Upgrade",
        "Upgrade: websocket",
        "Sec-WebSocket-Version: 13",
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
        "Sec-WebSocket-Protocol: graphql-ws",
        *([f"Origin: {origin.format(url=url)}"] if origin else []),
    ]
    with socket.create_connection(("127.0.0.1", int(host.rpartition(":")[2])), timeout=30) as connection:
        connection.sendall(("\r\n".join(lines) + "\r\n\r\n").encode())
        status = connection.recv(4096).split(b"\r\n", 1)[0]

    assert status.split()[1] == (b"101" if is_opened else b"403")


def test_a_page_elsewhere_changes_nothing_by_an_image_or_a_form(url: str, chromium: Browser) -> None:
    by_image, by_form = (f"{url}/graphql?query={quote(ADD % name)}" for name in ("pine", "lime"))
    page = f'<img src="{by_image}"><form method="post" action="{by_form}"><button>Win</button></form>'

    class Elsewhere(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            self.wfile.write(page.encode())

        def log_message(self, *_: Any) -> None: ...

    with ThreadingHTTPServer(("127.0.0.1", 0), Elsewhere) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        context = chromium.new_context()
        try:
            opened = context.new_page()
            # Another name is another site.
            opened.goto(f"http://localhost:{server.server_port}/")
            opened.get_by_role("button", name="Win").click()
            opened.wait_for_url("**/graphql**")
        finally:
            context.close()
            server.shutdown()

    assert partitions(url) & {"pine", "lime"} == set()
