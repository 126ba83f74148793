"""`Server-Authorization`: every response to a request with a valid MAC is signed, over the body as it is sent."""

from collections.abc import Callable
from typing import Final

import mohawk
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase

from dss_web.configuration import web_settings
from dss_web.http.request_context import context_of

# The header that names an export's receipt. Its value is signed with the response's head, as `ext`.
EXPORT_ID: Final = "DSS-Export-Id"


class ResponseSigning:
    """Middleware that signs responses. It must be outside of everything that may still change a body."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """The response, signed if the request's MAC was valid."""
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
    """A body as a file that is read in one go.

    mohawk formats bytes for a debug line that nobody sees, which takes 91 ms for a megabyte; a file takes less than 1.
    """

    def __init__(self, body: bytes) -> None:
        self.body = body

    def read(self, _size: int) -> bytes:
        """The whole body, then nothing."""
        body, self.body = self.body, b""
        return body


def sign(receiver: mohawk.Receiver, response: HttpResponseBase) -> str:
    """The header's value for a body; for HEAD of a stream, over the empty body."""
    body = response.content if isinstance(response, HttpResponse) else b""
    header: str = receiver.respond(content=Payload(body), content_type=response.headers.get("Content-Type", ""))
    return header


def sign_stream(receiver: mohawk.Receiver, response: StreamingHttpResponse) -> str:
    """The header's value for a body that is not known yet: without a payload hash, but over the export's id."""
    header: str = receiver.respond(always_hash_content=False, ext=response.headers.get(EXPORT_ID))
    return header
