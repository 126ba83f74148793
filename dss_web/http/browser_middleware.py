"""Middleware for people's pages alone: sessions, forms, messages, and what browsers are to keep to.

Requests to the API pass it by: it would take a tenth of the time of their shortest answer, and leave each of them
behind as a reference cycle. Who gets in is decided elsewhere, for all alike (`dss_web.accounts.access`).
"""

from typing import Any, Final

from csp.middleware import CSPMiddleware
from django.contrib.auth.middleware import AuthenticationMiddleware
from django.contrib.messages.middleware import MessageMiddleware
from django.contrib.sessions.middleware import SessionMiddleware
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.middleware.clickjacking import XFrameOptionsMiddleware
from django.middleware.csrf import CsrfViewMiddleware

API_PATH: Final = "/api/v1/"


class _ForPeople:
    get_response: Any

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if request.path_info.startswith(API_PATH):
            answer: HttpResponseBase = self.get_response(request)
            return answer
        return super().__call__(request)  # type: ignore[misc, no-any-return]


class Sessions(_ForPeople, SessionMiddleware): ...


class FormTokens(_ForPeople, CsrfViewMiddleware): ...


class Login(_ForPeople, AuthenticationMiddleware): ...


class Messages(_ForPeople, MessageMiddleware): ...


class NoFrames(_ForPeople, XFrameOptionsMiddleware): ...


class ContentPolicy(_ForPeople, CSPMiddleware): ...
