"""`Server-Authorization`: every answer to a request with a good MAC is signed, over the body as it is sent."""

from collections.abc import Callable
from typing import Final

import mohawk
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase

from dss_web.configuration import web_settings
from dss_web.http.request_context import context_of

# Names an export's receipt; signed with the head of its answer, as `ext`.
EXPORT_ID: Final = "DSS-Export-Id"


class SignedAnswers:
    """Middleware around everything that may still change a body."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        receiver = context_of(request).hawk
        if receiver is None:
            return response
        if isinstance(response, StreamingHttpResponse) and request.method != "HEAD":
            if web_settings().dss_hawk_response_header:
                response.headers["Server-Authorization"] = sign_stream(receiver, response)
            return response
        if request.method == "HEAD" and isinstance(response, HttpResponse):
            response.headers["Content-Length"] = str(len(response.content))
            response.content = b""
        if web_settings().dss_hawk_response_header:
            response.headers["Server-Authorization"] = sign(receiver, response)
        return response


class Payload:
    """A body as a file, read in one go.

    Given bytes, mohawk formats them for a debug line that nobody sees, at 91 ms a megabyte instead of less than 1.
    """

    def __init__(self, body: bytes) -> None:
        self.body = body

    def read(self, _size: int) -> bytes:
        body, self.body = self.body, b""
        return body


def sign(receiver: mohawk.Receiver, response: HttpResponseBase) -> str:
    """The header's value; of a HEAD's stream, over the empty body."""
    body = response.content if isinstance(response, HttpResponse) else b""
    header: str = receiver.respond(content=Payload(body), content_type=response.headers.get("Content-Type", ""))
    return header


def sign_stream(receiver: mohawk.Receiver, response: StreamingHttpResponse) -> str:
    """The header's value for a body that nobody has seen yet: it has no payload hash, and signs the export's id."""
    header: str = receiver.respond(always_hash_content=False, ext=response.headers.get(EXPORT_ID))
    return header
