"""Deny by default: whoever is not known logs in, whoever may not upload is told whom to ask."""

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.contrib.auth.middleware import LoginRequiredMiddleware
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render


class AccessMiddleware(LoginRequiredMiddleware):
    """Lets a request through to views that are `login_not_required`, and to the others for people with access."""

    def process_view(
        self,
        request: HttpRequest,
        view_func: Callable[..., HttpResponseBase],
        view_args: tuple[Any, ...],
        view_kwargs: dict[str, Any],
    ) -> HttpResponseBase | None:
        if not getattr(view_func, "login_required", True):
            return None
        to_login: HttpResponseBase | None = super().process_view(request, view_func, view_args, view_kwargs)
        if to_login or (request.user.is_authenticated and request.user.may_upload):
            return to_login
        return refuse_access(request)


def refuse_access(request: HttpRequest) -> HttpResponse:
    """The page that tells a person without access whom to ask."""
    return render(request, "accounts/no_access.html", {"contact": settings.DSS.dss_access_contact}, status=403)
