"""Errors → responses, for Ninja."""

import logging
from collections.abc import Callable
from typing import Any, Final

from django.http import HttpRequest, HttpResponse, HttpResponseNotModified
from ninja.errors import ValidationError

from dss_web.api.parameters import INVALID_PARAMETER
from dss_web.hawk.authentication import Unauthenticated
from dss_web.http import errors
from dss_web.http.bodies import NotFound
from dss_web.http.request_context import context_of
from dss_web.http.responses import json_response

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
    names = sorted({str(details["loc"][-1]) for details in error.errors})
    return errors.error_response(errors.BadRequest("; ".join(INVALID_PARAMETER.get(name, name) for name in names)))


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
    Exception: _unforeseen_error,
}
