"""Errors as clients and people see them: JSON under /api/, a page elsewhere."""

from django.http import HttpRequest, HttpResponse
from django.views import defaults

from dss_web import logs
from dss_web.http.responses import json_response


class ApiError(Exception):
    """A foreseen reason why a request is not served, in words for the client. Its subclass is the status.

    `retry_after` are the seconds after which another try makes sense, if that is known.
    """

    status: int
    retry_after: int | None = None

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class BadRequest(ApiError):
    """The request cannot be understood."""

    status = 400


class Forbidden(ApiError):
    """The client is known, and this is not among what it may read."""

    status = 403


class Changed(ApiError):
    """The table is not any more what the client began to read. `start` is the URL at which to start again."""

    status = 409

    def __init__(self, message: str, start: str) -> None:
        super().__init__(message)
        self.start = start


class Unprocessable(ApiError):
    """The table cannot be served in pages."""

    status = 422


class Unavailable(ApiError):
    """Something that is needed is out of reach for now."""

    status = 503
    retry_after = 5


class NoSuchTable(Exception):
    """There is no such table, or it is not for serving."""


class NotModified(Exception):
    """The client has this answer already."""


def error_response(status: int, message: str, retry_after: int | None = None) -> HttpResponse:
    """`{"error": message}`, with the advice after how many seconds to try again."""
    response = json_response({"error": message}, status)
    if retry_after is not None:
        response["Retry-After"] = str(retry_after)
    return response


def server_error_response() -> HttpResponse:
    """What a client sees of an unforeseen error: the id under which the log tells more."""
    return json_response({"error": "Internal server error", "id": logs.request_id.get()}, 500)


def _is_api(request: HttpRequest) -> bool:
    return request.path_info.startswith("/api/")


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    if not _is_api(request):
        return defaults.bad_request(request, exception)
    return error_response(400, "The request is not valid HTTP for this service, or names a host that it is not")


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    return error_response(403, "Forbidden") if _is_api(request) else defaults.permission_denied(request, exception)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    if not _is_api(request):
        return defaults.page_not_found(request, exception)
    return error_response(404, "There is no such route")


def server_error(request: HttpRequest) -> HttpResponse:
    return server_error_response() if _is_api(request) else defaults.server_error(request)
