"""A publisher over plain HTTP whose answers keep, bend or break the rules as a test wants."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import Enum
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Self


class Framing(Enum):
    """How an answer says where it ends."""

    LENGTH = "Content-Length"
    CHUNKED = "chunks"
    CLOSE = "the end of its connection"


@dataclass
class Answer:
    """What is answered at a path.

    `cuts` are the bytes after which one GET after the other breaks off; what comes after them is whole. `announced` is
    the Content-Length if not the true one. `head_status` answers HEAD, with its own `head_length` if given.
    """

    body: bytes = b""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    framing: Framing = Framing.LENGTH
    announced: int | None = None
    cuts: list[int] = field(default_factory=list)
    takes_ranges: bool = False
    head_status: int = 200
    head_length: int | None = None


class UnrulyPublisher:
    """Serves `answers` by path, with or without a query.

    `requests` has method, path and Range of each, `asked` the method, the path with its query and all headers;
    `most_at_once` counts connections.
    """

    def __init__(self) -> None:
        self.answers: dict[str, Answer] = {}
        self.requests: list[tuple[str, str, str]] = []
        self.asked: list[tuple[str, str, dict[str, str]]] = []
        self.most_at_once = 0
        self._at_once = 0
        self._lock = threading.Lock()
        # Answers wait until this is set.
        self.gate = threading.Event()
        self.gate.set()
        publisher = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_HEAD(self) -> None:
                publisher.answer_head(self)

            def do_GET(self) -> None:
                publisher.answer_get(self)

            def log_message(self, format: str, *args: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.gate.set()
        self._server.shutdown()
        self._server.server_close()

    def gets(self, path: str) -> list[str]:
        """The Range of each GET of a path, '' where it had none."""
        return [part for method, asked, part in self.requests if (method, asked) == ("GET", path)]

    def answer_head(self, handler: BaseHTTPRequestHandler) -> None:
        answer = self._answer(handler)
        handler.send_response(answer.head_status)
        if answer.head_length is not None or answer.framing is Framing.LENGTH:
            length = answer.head_length if answer.head_length is not None else len(answer.body)
            handler.send_header("Content-Length", str(length))
        for name, value in answer.headers.items():
            handler.send_header(name, value)
        handler.end_headers()

    def answer_get(self, handler: BaseHTTPRequestHandler) -> None:
        with self._counted():
            self.gate.wait(20)
            answer = self._answer(handler)
            body, status = answer.body, answer.status
            first, _, last = handler.headers.get("Range", "").removeprefix("bytes=").partition("-")
            same = handler.headers.get("If-Range", "") in {"", *answer.headers.values()}
            if answer.takes_ranges and first and same:
                end = int(last) + 1 if last else len(body)
                part, status = body[int(first) : end], 206
            else:
                part = body
            handler.send_response(status)
            if status == 206:
                handler.send_header("Content-Range", f"bytes {first}-{int(first) + len(part) - 1}/{len(body)}")
            for name, value in answer.headers.items():
                handler.send_header(name, value)
            self._send(handler, answer, part)

    def _send(self, handler: BaseHTTPRequestHandler, answer: Answer, part: bytes) -> None:
        cut = answer.cuts.pop(0) if answer.cuts else None
        sent = part if cut is None else part[:cut]
        handler.send_header("Connection", "close")
        if answer.framing is Framing.LENGTH:
            handler.send_header("Content-Length", str(len(part) if answer.announced is None else answer.announced))
        if answer.framing is Framing.CHUNKED:
            handler.send_header("Transfer-Encoding", "chunked")
        handler.end_headers()
        if answer.framing is Framing.CHUNKED:
            for start in range(0, len(sent), 1000):
                chunk = sent[start : start + 1000]
                handler.wfile.write(f"{len(chunk):x}\r\n".encode() + chunk + b"\r\n")
            # Cut at the end of a chunk, where only the last chunk is missed.
            handler.wfile.write(b"0\r\n\r\n" if cut is None else b"")
        else:
            handler.wfile.write(sent)

    def _answer(self, handler: BaseHTTPRequestHandler) -> Answer:
        path = handler.path.partition("?")[0]
        self.requests.append((str(handler.command), path, handler.headers.get("Range", "")))
        self.asked.append((str(handler.command), handler.path, dict(handler.headers)))
        return (
            self.answers.get(handler.path)
            or self.answers.get(path)
            or Answer(b"There is no such page.", status=404, head_status=404)
        )

    @contextmanager
    def _counted(self) -> Iterator[None]:
        with self._lock:
            self._at_once += 1
            self.most_at_once = max(self.most_at_once, self._at_once)
        try:
            yield
        finally:
            with self._lock:
                self._at_once -= 1
