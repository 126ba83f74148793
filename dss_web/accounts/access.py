"""Access is denied by default: anonymous people have to log in, and people who may not upload get a 403."""

from collections.abc import Callable
from typing import Any

from django.contrib.auth.middleware import LoginRequiredMiddleware
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render


class AccessMiddleware(LoginRequiredMiddleware):
    """Lets everybody reach views that are `login_not_required`, and people with access all other views."""

    def process_view(
        self,
        request: HttpRequest,
        view_func: Callable[..., HttpResponseBase],
        view_args: tuple[Any, ...],
        view_kwargs: dict[str, Any],
    ) -> HttpResponseBase | None:
        """None to go on to the view, otherwise a redirect to the login or the 403 page."""
        if not getattr(view_func, "login_required", True):
            return None
        login_redirect: HttpResponseBase | None = super().process_view(request, view_func, view_args, view_kwargs)
        if login_redirect or (request.user.is_authenticated and request.user.may_upload):
            return login_redirect
        return refuse_access(request)


def refuse_access(request: HttpRequest) -> HttpResponse:
    """The 403 page, which says whom to ask for access. Also for a barred person, who is anonymous here."""
    return render(request, "accounts/no_access.html", status=403)
