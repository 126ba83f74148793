"""Access is denied by default: anonymous people have to log in, and people who may not upload get a 403.

What a person has entered in a form is not lost if their session ended meanwhile: it is kept over the login.
"""

from collections.abc import Callable
from typing import Any, Final, TypeVar

from django.contrib.auth.middleware import LoginRequiredMiddleware
from django.http import HttpRequest, HttpResponse, QueryDict
from django.http.response import HttpResponseBase
from django.shortcuts import render

# Where the session has the form that was sent last without a login: its path and its fields.
_KEPT_FORM: Final = "kept_form"
# A form of the most columns that a table can have is a quarter of that. Nobody has logged in, so there is a limit.
_KEPT_CHARACTERS: Final = 250_000


_View = TypeVar("_View", bound=Callable[..., HttpResponse])


def kept_over_login(view: _View) -> _View:
    """A view whose form, if it is sent after the session has ended, is shown again after the login as it was sent."""
    view.is_kept_over_login = True  # type: ignore[attr-defined]
    return view


def kept_form(request: HttpRequest) -> dict[str, str] | None:
    """The fields that the person sent to this path before they had to log in; None if there are none.

    They are forgotten when the form is sent again.
    """
    if _KEPT_FORM not in request.session:
        return None
    if request.method == "POST":
        del request.session[_KEPT_FORM]
        return None
    path, fields = request.session[_KEPT_FORM]
    return {name: str(value) for name, value in QueryDict(fields).items()} if path == request.path else None


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
        if login_redirect and request.method == "POST" and getattr(view_func, "is_kept_over_login", False):
            _keep_form(request)
        if login_redirect or (request.user.is_authenticated and request.user.may_upload):
            return login_redirect
        return refuse_access(request)


def _keep_form(request: HttpRequest) -> None:
    """Put the fields into the session, which the login continues."""
    fields = request.POST.copy()
    fields.pop("csrfmiddlewaretoken", None)
    if len(text := fields.urlencode()) <= _KEPT_CHARACTERS:
        request.session[_KEPT_FORM] = (request.path, text)


def refuse_access(request: HttpRequest) -> HttpResponse:
    """The 403 page, which says whom to ask for access. Also for a barred person, who is anonymous here."""
    return render(request, "accounts/no_access.html", status=403)
