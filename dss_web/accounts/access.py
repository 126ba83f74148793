"""Access is denied by default: who may do what is decided here, before any view runs.

Anonymous people have to log in. People who may come in may read every page, except for those of datasets that they may
not see, which are to them as datasets that do not exist; whatever may change something (a POST, or a view that says
`requires`) takes the right to it. What a person has entered in a form is not lost if their session ended meanwhile: it
is kept over the login.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final, TypeVar, cast

from django.contrib.auth.middleware import LoginRequiredMiddleware
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.http.response import HttpResponseBase
from django.shortcuts import render

from dss_web.accounts import recheck, refusals, sso
from dss_web.accounts.models import User
from dss_web.accounts.named_dataset import NamedDataset, named_dataset
from dss_web.accounts.rights import DatasetRights, Right, rights_on
from dss_web.accounts.roles import Role
from dss_web.accounts.visibility import may_see
from dss_web.http.client_views import READ_METHODS
from dss_web.registry.models import UploadPipeline

# Where the session has the form that was sent last without a login: its path and its fields.
_KEPT_FORM: Final = "kept_form"
# A form of the most columns that a table can have is a quarter of that. Nobody has logged in, so there is a limit.
_KEPT_CHARACTERS: Final = 250_000


_View = TypeVar("_View", bound=Callable[..., HttpResponse])


def kept_over_login(view: _View) -> _View:
    """A view whose form, if it is sent after the session has ended, is shown again after the login as it was sent."""
    view.is_kept_over_login = True  # type: ignore[attr-defined]
    return view


def rechecks_people(view: _View) -> _View:
    """A view for everybody that shows more to people who have access: whether they still have it is asked as usual."""
    view.rechecks_people = True  # type: ignore[attr-defined]
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
    """Lets everybody reach views that are `login_not_required`, and people with the right to them all other views."""

    def process_view(
        self,
        request: HttpRequest,
        view_func: Callable[..., HttpResponseBase],
        view_args: tuple[Any, ...],
        view_kwargs: dict[str, Any],
    ) -> HttpResponseBase | None:
        """None to go on to the view, otherwise a redirect to the login or a page that says why not.

        Raises PermissionDenied, and Http404 where there is no dataset for the person.
        """
        right = _right_to(request, view_func, view_kwargs)
        # The admin site would let everybody reach its views, and send those who may not to a form for a password.
        is_open = right != Right.ADMINISTER and not getattr(view_func, "login_required", True)
        if is_open and not getattr(view_func, "rechecks_people", False):
            return None
        if request.user.is_authenticated:
            try:
                recheck.keep_current(request)
            except recheck.SessionOfReleaseBefore:
                # What a page of the release before sends is taken, a file above all, which no login brings back. With
                # the next page that they open, the person logs in.
                if _is_for_a_page(request):
                    recheck.end_session(request)
            except recheck.SessionOver:
                recheck.end_session(request)
            except sso.SsoFailed:
                return render(request, "accounts/sso_failed.html", status=503)
        if is_open:
            return None
        if not request.user.is_authenticated:
            if request.method == "POST" and getattr(view_func, "is_kept_over_login", False):
                _keep_form(request)
            login_redirect: HttpResponseBase = self.handle_no_permission(request, view_func)
            return login_redirect
        return _refusal(request, right, view_kwargs)


def _is_for_a_page(request: HttpRequest) -> bool:
    """Whether the browser shows the answer, as far as it says so, and nothing is sent with the request."""
    return request.method in READ_METHODS and request.headers.get("Sec-Fetch-Dest", "document") == "document"


def _right_to(request: HttpRequest, view_func: Callable[..., HttpResponseBase], view_kwargs: dict[str, Any]) -> Right:
    """What a view asks; without a word of its own, reading asks nothing more, and a change the right to make it."""
    if request.resolver_match and request.resolver_match.app_name == "admin":
        return Right.ADMINISTER
    if right := getattr(view_func, "required_right", None):
        return cast(Right, right)
    if request.method in READ_METHODS:
        return Right.READ
    return Right.UPLOAD if "slug" in view_kwargs or "dataset" in view_kwargs else Right.CREATE


def _refusal(request: HttpRequest, right: Right, names: Mapping[str, Any]) -> HttpResponse | None:
    person = cast(User, request.user)
    if not person.may_come_in:
        return refusals.no_access(request)
    if right == Right.ADMINISTER and person.role != Role.ADMINISTRATOR:
        raise PermissionDenied
    # Before anything is said of rights: that would say that there is such a dataset, and whose it is.
    named = None if right == Right.ADMINISTER else _visible_dataset(person, names)
    if right == Right.READ or person.role == Role.ADMINISTRATOR:
        return None
    if not person.may_upload:
        return refusals.only_reads(request)
    if right == Right.CREATE or named is None:
        return None
    return _lack_of_right(request, person, named.pipeline, right)


def _visible_dataset(person: User, names: Mapping[str, Any]) -> NamedDataset | None:
    """The dataset that a path names, None where it names none. Raises Http404 where there is none for the person."""
    named = named_dataset(names)
    if named and not may_see(person, named.key):
        raise Http404
    return named


def _lack_of_right(
    request: HttpRequest, person: User, pipeline: UploadPipeline | None, right: Right
) -> HttpResponse | None:
    rights: DatasetRights = rights_on(person, pipeline)
    if rights.allow(right):
        return None
    if pipeline is None:  # administrators alone decide about what is published
        raise PermissionDenied
    return refusals.not_theirs(request, pipeline, rights, right)


def _keep_form(request: HttpRequest) -> None:
    """Put the fields into the session, which the login continues."""
    fields = request.POST.copy()
    fields.pop("csrfmiddlewaretoken", None)
    if len(text := fields.urlencode()) <= _KEPT_CHARACTERS:
        request.session[_KEPT_FORM] = (request.path, text)
