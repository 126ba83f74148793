"""The errors that end a request, and how they are shown: JSON below /api/, a page elsewhere."""

from django.http import HttpRequest, HttpResponse
from django.views import defaults

from dss_web import logs
from dss_web.http.bodies import Body, Error, NotFound, ServerError, StartAgain
from dss_web.http.responses import json_response


class ApiError(Exception):
    """A foreseen reason why a request is not served, in words for the client. Each subclass has its HTTP status.

    `retry_after` is the number of seconds after which to try again, None where trying again does not help.
    """

    status: int
    retry_after: int | None = None

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message

    def body(self) -> Body:
        """The response's body."""
        return Error(error=self.message)


class BadRequest(ApiError):
    """400: the request cannot be understood."""

    status = 400


class Forbidden(ApiError):
    """403: the client's scopes do not include what it asked for."""

    status = 403


class TableChanged(ApiError):
    """409: the table is no longer what the client began to read. `start` is the URL from which to start again."""

    status = 409

    def __init__(self, message: str, start: str) -> None:
        super().__init__(message)
        self.start = start

    def body(self) -> Body:
        """The response's body, with the URL."""
        return StartAgain(error=self.message, start=self.start)


class ChangesUnknown(TableChanged):
    """410: what has changed since the client's version cannot be told. `start` is the URL from which to start again."""

    status = 410


class Unprocessable(ApiError):
    """422: the table cannot be served in pages."""

    status = 422


class Unavailable(ApiError):
    """503: something that is needed is out of reach for now."""

    status = 503
    # Most of these end within seconds: a table has been swapped, or Postgres has started again.
    retry_after = 5


class NoSuchTable(Exception):
    """404 with an empty object: there is no such table, or it is not served."""


class NotModified(Exception):
    """The client already has this response: its `If-None-Match` names the current ETag."""


def error_response(error: ApiError) -> HttpResponse:
    """The response to a request that ended in this error."""
    response = json_response(error.body(), error.status)
    if error.retry_after is not None:
        response["Retry-After"] = str(error.retry_after)
    return response


def server_error_response() -> HttpResponse:
    """The response to a request that ended in an unforeseen error: its id, under which the log has the details."""
    return json_response(ServerError(error="Internal server error", id=logs.request_id.get() or ""), 500)


def _is_api(request: HttpRequest) -> bool:
    return request.path_info.startswith("/api/")


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Django's handler400."""
    if not _is_api(request):
        return defaults.bad_request(request, exception)
    return json_response(
        Error(error="The request is not valid HTTP for this service, or names a host that it is not"), 400
    )


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Django's handler403."""
    if not _is_api(request):
        return defaults.permission_denied(request, exception)
    return json_response(Error(error="Forbidden"), 403)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Django's handler404."""
    if not _is_api(request):
        return defaults.page_not_found(request, exception)
    return json_response(NotFound(error="There is no such route"), 404)


def server_error(request: HttpRequest) -> HttpResponse:
    """Django's handler500."""
    return server_error_response() if _is_api(request) else defaults.server_error(request)
