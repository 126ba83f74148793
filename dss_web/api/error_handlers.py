"""Errors → responses, for Ninja."""

import logging
from collections.abc import Callable
from typing import Any, Final

from django.http import HttpRequest, HttpResponse, HttpResponseNotModified
from ninja.errors import HttpError, ValidationError

from dss_web.api.parameters import INVALID_PARAMETER
from dss_web.arrivals.body import drain
from dss_web.arrivals.errors import ArrivalError
from dss_web.hawk.authentication import Unauthenticated
from dss_web.http import errors
from dss_web.http.bodies import Error, NotFound
from dss_web.http.request_context import context_of
from dss_web.http.responses import json_response
from dss_web.uploads.errors import StorageUnavailable

log = logging.getLogger("dss_web.api")


def _api_error(request: HttpRequest, error: errors.ApiError) -> HttpResponse:
    return errors.error_response(error)


def _no_such_table(request: HttpRequest, error: errors.NoSuchTable) -> HttpResponse:
    return json_response(NotFound(), 404)


def _not_modified(request: HttpRequest, error: errors.NotModified) -> HttpResponse:
    return HttpResponseNotModified()


def _unauthenticated(request: HttpRequest, error: Unauthenticated) -> HttpResponse:
    context = context_of(request)
    context.outcome, context.refusal = f"not authenticated: {error}", str(error)
    if error.is_signature and context.dropped_headers:
        # The usual mistake of a first deployment: the client signed https://, and we check http://.
        context.outcome += (
            f"; {', '.join(context.dropped_headers)} of {request.META.get('REMOTE_ADDR')} dropped, which "
            "DSS_TRUSTED_PROXIES does not name: the signature covers the URL that the client uses"
        )
    return HttpResponse(status=401, headers={"WWW-Authenticate": "Hawk"}, content_type="text/plain")


def _validation_error(request: HttpRequest, error: ValidationError) -> HttpResponse:
    wrong = {str(details["loc"][-1]): str(details.get("msg", "")) for details in error.errors}
    sentences = [INVALID_PARAMETER.get(name) or f"{name}: {message}" for name, message in sorted(wrong.items())]
    return errors.error_response(errors.BadRequest("; ".join(sentences)))


def _http_error(request: HttpRequest, error: HttpError) -> HttpResponse:
    return errors.error_response(errors.BadRequest("The body of the request is not JSON, or not an object"))


def _arrival_error(request: HttpRequest, error: ArrivalError) -> HttpResponse:
    drain(request)
    return json_response(Error(error=str(error)), error.status)


def _storage_unavailable(request: HttpRequest, error: StorageUnavailable) -> HttpResponse:
    log.error("%s", error)
    return errors.error_response(errors.Unavailable("The file could not be stored or read: try again later"))


def _unforeseen_error(request: HttpRequest, error: Exception) -> HttpResponse:
    log.error("unforeseen error", exc_info=error)
    return errors.server_error_response()


# By the exception's class, of which Ninja takes the nearest.
ERROR_HANDLERS: Final[dict[type[Exception], Callable[[HttpRequest, Any], HttpResponse]]] = {
    errors.ApiError: _api_error,
    errors.NoSuchTable: _no_such_table,
    errors.NotModified: _not_modified,
    Unauthenticated: _unauthenticated,
    ValidationError: _validation_error,
    HttpError: _http_error,
    ArrivalError: _arrival_error,
    StorageUnavailable: _storage_unavailable,
    Exception: _unforeseen_error,
}
