"""A small HTTP server in a thread, the ground of the stand-ins, which can be told to misbehave."""

import contextlib
import socket
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import parse_qs, urlsplit

CHUNK_BYTES = 256 * 1024
HTML_ERROR = b"<!DOCTYPE html><html><body><h1>We are sorry</h1><p>The service is not available.</p></body></html>"


@dataclass(frozen=True, slots=True)
class Request:
    """`target` is path and query as sent; `url` is absolute, with the host by which the client reached us."""

    method: str
    target: str
    url: str
    headers: dict[str, str]
    body: bytes

    @property
    def path(self) -> str:
        return urlsplit(self.target).path

    @property
    def query(self) -> dict[str, str]:
        return {name: values[-1] for name, values in parse_qs(urlsplit(self.target).query).items()}


@dataclass(frozen=True, slots=True)
class Answer:
    """A body is bytes, or a file that is streamed."""

    status: int
    body: bytes | Path = b""
    headers: dict[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class Fault:
    """What goes wrong instead of a proper answer, `times` times (None: for good).

    `status` and `body` replace the answer's; after `delay_seconds`; and only `sent_bytes` of the body are sent,
    though its Content-Length announces all, before the connection is closed.
    """

    status: int | None = None
    body: bytes | None = None
    delay_seconds: float = 0
    sent_bytes: int | None = None
    times: int | None = None


class HttpServer:
    """Answers while it is entered, on this machine alone unless `host` is set before. Subclasses answer in `answer`.

    `faults` maps a part of a URL's path to what goes wrong there. `requests` keeps what was asked, for tests.
    """

    host = "127.0.0.1"

    def __init__(self, port: int = 0) -> None:
        self.port = port
        self.faults: dict[str, Fault] = {}
        self.requests: list[tuple[str, str]] = []
        self._lock = threading.Lock()
        self._server: _Listener | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def answer(self, request: Request) -> Answer:
        raise NotImplementedError

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def start(self) -> None:
        """Listen; after `stop` again on the same port."""
        self._server = _Listener((self.host, self.port), _handler_of(self))
        self.port = self._server.server_address[1]
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()

    def stop(self) -> None:
        """Stop listening: whoever connects now is refused."""
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()
            self._server.drop_connections()
            self._server = None

    def take_fault(self, path: str) -> Fault | None:
        with self._lock:
            for part, fault in self.faults.items():
                if part in path and fault.times != 0:
                    if fault.times is not None:
                        fault.times -= 1
                    return fault
        return None


class _Listener(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def __init__(self, address: tuple[str, int], handler: type[BaseHTTPRequestHandler]) -> None:
        self._connections: set[socket.socket] = set()
        super().__init__(address, handler)

    def process_request(self, request: socket.socket, client_address: object) -> None:  # type: ignore[override]
        self._connections.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: socket.socket) -> None:  # type: ignore[override]
        self._connections.discard(request)
        super().shutdown_request(request)

    def drop_connections(self) -> None:
        """End kept-alive connections: a server that is down does not go on answering on them."""
        for connection in list(self._connections):
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)


def _handler_of(server: HttpServer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = 64 * 1024
        disable_nagle_algorithm = True

        def do_GET(self) -> None:
            self._serve()

        def do_HEAD(self) -> None:
            self._serve()

        def do_POST(self) -> None:
            self._serve()

        def _serve(self) -> None:
            headers = {name.lower(): value for name, value in self.headers.items()}
            body = self.rfile.read(int(headers.get("content-length", 0)))
            url = f"http://{headers.get('host', '')}{self.path}"
            request = Request(self.command, self.path, url, headers, body)
            server.requests.append((request.method, request.target))
            fault = server.take_fault(request.path) or Fault()
            time.sleep(fault.delay_seconds)
            if fault.status is not None or fault.body is not None:
                answer = Answer(fault.status or 200, fault.body or HTML_ERROR, {"Content-Type": "text/html"})
            else:
                answer = server.answer(request)
            with contextlib.suppress(ConnectionError):
                self._send(answer, fault)

        def _send(self, answer: Answer, fault: Fault) -> None:
            size = answer.body.stat().st_size if isinstance(answer.body, Path) else len(answer.body)
            self.send_response(answer.status)
            for name, value in answer.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(size))
            self.end_headers()
            if self.command == "HEAD":
                return
            left = size if fault.sent_bytes is None else min(fault.sent_bytes, size)
            for chunk in _chunks(answer.body):
                self.wfile.write(chunk[:left])
                left -= len(chunk[:left])
                if not left:
                    break
            if fault.sent_bytes is not None:
                self.close_connection = True

        def log_message(self, format: str, *args: object) -> None:
            print(f"{self.log_date_time_string()} {format % args}", flush=True)

    return Handler


def _chunks(body: bytes | Path) -> Iterator[bytes]:
    if isinstance(body, bytes):
        yield body
        return
    with body.open("rb") as file:
        while chunk := file.read(CHUNK_BYTES):
            yield chunk
