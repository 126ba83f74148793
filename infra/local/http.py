"""An HTTP server in a thread, the ground of the stand-ins, whose answers a test can spoil (fault injection)."""

import threading
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from types import TracebackType
from typing import TYPE_CHECKING, ClassVar, Self

from werkzeug.exceptions import HTTPException
from werkzeug.routing import Map
from werkzeug.serving import BaseWSGIServer, make_server
from werkzeug.wrappers import Request as WerkzeugRequest
from werkzeug.wrappers import Response
from werkzeug.wsgi import ClosingIterator

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

HTML_ERROR = b"<!DOCTYPE html><html><body><h1>We are sorry</h1><p>The service is not available.</p></body></html>"


class Request(WerkzeugRequest):
    """A request with what HAWK signs: path and query as they were sent, before anything was decoded."""

    @property
    def target(self) -> str:
        """Path and query, letter by letter."""
        return str(self.environ["RAW_URI"])

    @property
    def signed_url(self) -> str:
        """The absolute URL, with the host by which the client reached us."""
        return f"http://{self.host}{self.target}"


@dataclass(slots=True)
class Fault:
    """What goes wrong with an answer, `times` times (None: until it is taken away).

    `status` and `body` replace the answer's, with `headers` besides; after `delay_seconds`; and only `sent_bytes` of
    the body are sent, though its Content-Length announces all, before the connection is closed. The request is carried
    out only if it `is_carried_out`, or the answer is its own.
    """

    status: int | None = None
    body: bytes | None = None
    headers: dict[str, str] = field(default_factory=dict)
    delay_seconds: float = 0
    sent_bytes: int | None = None
    is_carried_out: bool = False
    times: int | None = None


class HttpServer:
    """Answers while it is entered, on this machine only unless `host` is set before.

    A subclass declares its `routes`, whose endpoints are the names of its methods: each takes the request and the
    route's variables. `faults` maps a part of a URL's path to what goes wrong there. `requests` has the method and
    target of each request, in their order.
    """

    host = "127.0.0.1"
    routes: ClassVar[Map] = Map()

    def __init__(self, port: int = 0) -> None:
        """Listen on this port once started; 0 takes any free one."""
        self.port = port
        self.faults: dict[str, Fault] = {}
        self.requests: list[tuple[str, str]] = []
        self._lock = threading.Lock()
        self._server: BaseWSGIServer | None = None

    @property
    def url(self) -> str:
        """Where this machine reaches the server."""
        return f"http://127.0.0.1:{self.port}"

    def answer(self, request: Request) -> Response:
        """The answer to a request, without what `faults` make of it."""
        try:
            endpoint, variables = self.routes.bind_to_environ(request.environ).match()
        except HTTPException as error:
            return Response(error.description, error.code, mimetype="text/plain")
        response: Response = getattr(self, endpoint)(request, **variables)
        return response

    def __enter__(self) -> Self:
        """Start."""
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop."""
        self.stop()

    def start(self) -> None:
        """Listen; after `stop` again on the same port."""
        self._server = make_server(self.host, self.port, self._serve, threaded=True)
        self.port = self._server.port
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()

    def stop(self) -> None:
        """Stop listening: whoever connects now is refused. The server keeps no connection open after an answer."""
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()
            self._server = None

    def take_fault(self, path: str) -> Fault | None:
        """What goes wrong with this request, counted down."""
        with self._lock:
            for part, fault in self.faults.items():
                if part in path and fault.times != 0:
                    if fault.times is not None:
                        fault.times -= 1
                    return fault
        return None

    def _serve(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        request = Request(environ)
        self.requests.append((request.method, request.target))
        fault = self.take_fault(request.path) or Fault()
        if fault.is_carried_out:
            self.answer(request)
        time.sleep(fault.delay_seconds)
        if fault.status is not None or fault.body is not None:
            response = Response(fault.body or HTML_ERROR, fault.status or 200, fault.headers, content_type="text/html")
        else:
            response = self.answer(request)
        chunks = response(environ, start_response)
        if fault.sent_bytes is None:
            return chunks
        return ClosingIterator(_first_bytes(chunks, fault.sent_bytes), response.close)


def _first_bytes(chunks: Iterable[bytes], count: int) -> Iterator[bytes]:
    for chunk in chunks:
        yield chunk[:count]
        count -= len(chunk)
        if count <= 0:
            return
