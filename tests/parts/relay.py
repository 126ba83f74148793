"""What stands between a client and the service: it breaks connections off, or answers in the service's place."""

import contextlib
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from tests.parts.service import Service


@contextmanager
def cutting(service: Service, limit: int, times: int, after: Callable[[], object] = lambda: None) -> Iterator[str]:
    """The URL of a relay to the service that cuts the first `times` long answers off after `limit` bytes.

    `after` is called each time.
    """
    left = [times]

    def relay(client: socket.socket) -> None:
        with _connected(service) as server:
            threading.Thread(target=_pump, args=(client, server), daemon=True).start()
            passed = 0
            while data := server.recv(65536):
                client.sendall(data)
                passed += len(data)
                if left[0] and passed > limit:
                    left[0] -= 1
                    after()
                    client.shutdown(socket.SHUT_RDWR)
                    return

    with listening(relay) as port:
        yield f"http://127.0.0.1:{port}"


@contextmanager
def answering(service: Service, *answers: bytes) -> Iterator[str]:
    """The URL of a proxy that gives these whole answers, one for each connection, before it lets any through."""
    left = list(answers)

    def relay(client: socket.socket) -> None:
        if left:
            client.recv(65536)
            client.sendall(left.pop(0))
            return
        with _connected(service) as server:
            threading.Thread(target=_pump, args=(client, server), daemon=True).start()
            _pump(server, client)

    with listening(relay) as port:
        yield f"http://127.0.0.1:{port}"


@contextmanager
def changing(service: Service, old: bytes, new: bytes) -> Iterator[str]:
    """The URL of a relay to the service that puts other bytes, as many, in the place of these."""

    def relay(client: socket.socket) -> None:
        with _connected(service) as server:
            threading.Thread(target=_pump, args=(client, server), daemon=True).start()
            while data := server.recv(65536):
                client.sendall(data.replace(old, new))

    with listening(relay) as port:
        yield f"http://127.0.0.1:{port}"


def answer(status: str, *headers: str, body: str = "<html>") -> bytes:
    """A whole answer in HTTP, after which the connection ends."""
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", "Connection: close", *headers, "", body]
    return "\r\n".join(lines).encode()


def _connected(service: Service) -> socket.socket:
    host, port = service.url.removeprefix("http://").split(":")
    return socket.create_connection((host, int(port)))


def _pump(source: socket.socket, sink: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while data := source.recv(65536):
            sink.sendall(data)


@contextmanager
def listening(relay: Callable[[socket.socket], None]) -> Iterator[int]:
    """The port of a server that hands each connection, in a thread of its own, to `relay`, and closes it afterwards."""
    listener = socket.create_server(("127.0.0.1", 0))

    def serve_one(client: socket.socket) -> None:
        with client, contextlib.suppress(OSError):
            relay(client)

    def serve() -> None:
        with contextlib.suppress(OSError):
            while True:
                threading.Thread(target=serve_one, args=(listener.accept()[0],), daemon=True).start()

    threading.Thread(target=serve, daemon=True).start()
    try:
        yield listener.getsockname()[1]
    finally:
        listener.close()
