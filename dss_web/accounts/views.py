"""/login, /login/authorised and /logout."""

import logging
from typing import NamedTuple

from django.conf import settings
from django.contrib import auth
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from dss_web.accounts import profiles, recheck, refusals, sso

log = logging.getLogger(__name__)

# The second attempt is for a lost state: two tabs on a first visit have a session each, and one cookie wins. The third
# is a reserve. More would send a browser without cookies round for ever.
LOGIN_ATTEMPTS = 3


class _Page(NamedTuple):
    template: str
    status: int
    severity: int


_PAGES = {
    sso.StateUnknown: _Page("accounts/login_lost.html", 400, logging.WARNING),
    sso.LoginDenied: _Page("accounts/login_denied.html", 403, logging.INFO),
    sso.SsoFailed: _Page("accounts/sso_failed.html", 503, logging.ERROR),
}


@login_not_required
@never_cache
@require_safe
def login(request: HttpRequest) -> HttpResponse:
    """Redirect to SSO. Afterwards the person returns to `next` if it is a path on our own host."""
    next_path = _own_path(request, request.GET.get("next", ""))
    if request.user.is_authenticated and request.user.may_come_in:
        return redirect(next_path)
    return sso.begin_login(request, next_path)


@login_not_required
@never_cache
@require_safe
def login_authorised(request: HttpRequest) -> HttpResponse:
    """Log in the person whom SSO sends back, and redirect to the page that they asked for."""
    try:
        state = sso.read_state(request.GET.get("state", ""))
    except sso.StateUnknown as error:
        return _explain(request, error)
    next_path = _own_path(request, state.next)
    try:
        profile, token = sso.finish_login(request)
    except sso.StateUnknown as error:
        return _begin_again(request, next_path, state.attempt, error)
    except (sso.LoginDenied, sso.SsoFailed) as error:
        return _explain(request, error)
    person = profiles.record_person(profile)
    if not person.is_active:
        log.warning("%s is barred from logging in", person.user_id)
        return refusals.barred(request)
    recheck.log_in(request, person, token)
    # Whoever comes sweeps: of sessions that have ended nothing is left, as the privacy notice says.
    type(request.session).clear_expired()
    log.info("%s logged in", person.user_id)
    return redirect(next_path)


@login_not_required
@never_cache
@require_safe
def logout(request: HttpRequest) -> HttpResponse:
    """End the session here and at SSO. If only ours ended, the next click would log the person in again."""
    auth.logout(request)
    return redirect(sso.logout_url())


@login_not_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def admin_logout(request: HttpRequest) -> HttpResponse:
    """The admin site's own button, which would end our session only."""
    auth.logout(request)
    return redirect(sso.logout_url())


@login_not_required
@never_cache
@require_safe
def admin_login(request: HttpRequest) -> HttpResponse:
    """Where the admin site sends everybody but administrators: 403 if they are logged in, otherwise the login."""
    if request.user.is_authenticated:
        raise PermissionDenied
    return redirect_to_login(_own_path(request, request.GET.get("next", "")))


def _own_path(request: HttpRequest, target: str) -> str:
    """`target` if it is on our own host, otherwise the front page."""
    if url_has_allowed_host_and_scheme(target, allowed_hosts={request.get_host()}, require_https=request.is_secure()):
        return target
    return settings.LOGIN_REDIRECT_URL


def _begin_again(request: HttpRequest, next_path: str, attempt: int, error: sso.StateUnknown) -> HttpResponse:
    """Repeat a login whose state was lost. Its code stays unused, so that nobody can slip in a login of their own."""
    if request.user.is_authenticated:
        return redirect(next_path)
    if attempt < LOGIN_ATTEMPTS:
        return sso.begin_login(request, next_path, attempt + 1)
    return _explain(request, error)


def _explain(request: HttpRequest, error: sso.LoginFailed) -> HttpResponse:
    """The page that says why the person is not logged in and what to do. The technical reason goes to the log."""
    page = _PAGES[type(error)]
    log.log(page.severity, "A login failed: %s", error)
    return render(request, page.template, status=page.status)
