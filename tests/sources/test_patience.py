"""Publishers that never come to an end: a listing that drips, a file that does."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta

import pytest

from dss_assets.dataset import HtmlLinks
from dss_assets.datasets import EXPORTERS
from dss_assets.errors import TransientError
from dss_assets.sources import PublisherClient, list_files
from dss_assets.storage import Storage

DRIP_SECONDS = 10
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 1000000\r\n\r\n"


class Dripping:
    """A server that answers everything with a byte every twentieth of a second, so that it is never silent.

    After DRIP_SECONDS it breaks off, so that a client without patience of its own ends as well.
    """

    def __init__(self) -> None:
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._socket.getsockname()[1]}"
        self._stopped = threading.Event()
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        with suppress(OSError):
            while not self._stopped.is_set():
                threading.Thread(target=self._drip, args=self._socket.accept()[:1], daemon=True).start()

    def _drip(self, connection: socket.socket) -> None:
        with suppress(OSError), connection:
            connection.recv(65536)
            connection.sendall(HEAD)
            deadline = time.monotonic() + DRIP_SECONDS
            while not self._stopped.wait(0.05) and time.monotonic() < deadline:
                connection.sendall(b" ")

    def stop(self) -> None:
        self._stopped.set()
        self._socket.close()


@pytest.fixture
def dripping() -> Iterator[Dripping]:
    server = Dripping()
    yield server
    server.stop()


def test_a_listing_that_drips_is_given_up(
    dripping: Dripping, storage: Storage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dss_assets.sources.http.LISTING_SECONDS", 0.5)
    links = HtmlLinks(pages=(f"{dripping.url}/page",), name=r".*\.zip", every=timedelta(hours=6))

    with pytest.raises(TransientError, match=rf"{dripping.url}/page was still sending after 0.5 seconds"):
        list_files(replace(EXPORTERS, source=links), PublisherClient(), storage)


def test_a_transfer_that_never_ends_is_given_up_and_nothing_is_kept(
    dripping: Dripping, storage: Storage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dss_assets.sources.http.FETCH_SECONDS", 0.5)

    with pytest.raises(TransientError, match="was still sending after"):
        storage.put(
            "datasets/a.csv", PublisherClient({dripping.url: dripping.url}).fetch("a.csv", f"{dripping.url}/a.csv")
        )
    assert storage.find("datasets/a.csv") is None
