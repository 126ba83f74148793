"""The profile at SSO is read again while a person works, so that access taken away there ends here within minutes.

The session keeps the person's access token, encrypted, so that whoever reads the table of sessions cannot use it. The
first request after DSS_ACCESS_RECHECK_SECONDS reads the profile with it, for 5 ms of CPU and the time that SSO takes;
the others cost a comparison of two dates.
"""

import logging
import time
from datetime import timedelta
from functools import cache
from typing import Final

from cryptography.fernet import InvalidToken, MultiFernet
from django.conf import settings
from django.contrib import auth
from django.db.models import Q
from django.http import HttpRequest
from django.utils import timezone

from dss_web.accounts import profiles, sso
from dss_web.accounts.models import User
from dss_web.encryption import cipher_of

log = logging.getLogger(__name__)

_SESSION_KEY: Final = "sso_token"
# When a session of the release before came here first, in seconds of the epoch.
_MET_KEY: Final = "met_at"
# Whose session it was that has ended here: this browser's next login is theirs again, most often.
_ENDED_KEY: Final = "ended_session_of"
# A page waits for it. SSO that is slower is asked again with a later page.
_TIMEOUT_SECONDS: Final = 3
# Of an SSO that does not answer. Long enough that not every page waits for it, short beside the time of a re-check.
_AGAIN_AFTER: Final = timedelta(seconds=60)
# So long people work on while SSO is out of reach: nobody could log in, and a deployment there takes minutes.
_LEFT_ALONE_FOR: Final = timedelta(hours=1)


class SessionOver(Exception):
    """SSO no longer knows the session's token, or the session has none: the person has to log in again."""


class SessionOfReleaseBefore(SessionOver):
    """The session has no token, since it began in release 0.2, and was here long enough: DSS_ACCESS_RECHECK_SECONDS."""


def keep_current(request: HttpRequest) -> None:
    """Read the profile of a request's person again if it is too old.

    Raises SessionOver, SessionOfReleaseBefore, or SsoFailed where SSO has been out of reach for an hour.
    """
    person = request.user
    assert isinstance(person, User)
    if not _is_due(person):
        return
    if _SESSION_KEY not in request.session:
        if _was_met_just_now(request):
            return
        raise SessionOfReleaseBefore
    try:
        token = _cipher().decrypt(request.session[_SESSION_KEY]).decode()
    except InvalidToken as error:
        raise SessionOver from error
    if not _claim(person):
        return
    try:
        profile = sso.read_profile(token, _TIMEOUT_SECONDS)
    except sso.TokenRefused as error:
        # The person's other sessions are to find out too, by tokens of their own.
        User.objects.filter(pk=person.pk).update(profile_read_at=None, profile_asked_at=None)
        log.info("SSO no longer knows the session of %s", person.user_id)
        raise SessionOver from error
    except sso.SsoFailed as error:
        log.warning("The profile of %s could not be read again: %s", person.user_id, error)
        if person.profile_read_at is None or timezone.now() - person.profile_read_at > _LEFT_ALONE_FOR:
            raise
        return
    if profile.user_id != person.user_id:
        raise SessionOver
    request.user = profiles.record_person(profile)
    if not request.user.is_active:
        raise SessionOver


def end_session(request: HttpRequest) -> None:
    """End the session of a request's person, and remember whose it was."""
    user_id = request.user.pk
    auth.logout(request)
    request.session[_ENDED_KEY] = user_id


def log_in(request: HttpRequest, person: User, token: str) -> None:
    """Begin a session. It has a new key, and keeps the states of the logins in other tabs.

    Forms of other tabs can still be sent where the same person's session ended in this browser: a new form token, which
    Django makes at each login, would refuse them.
    """
    form_token = request.META.get("CSRF_COOKIE") if request.session.pop(_ENDED_KEY, None) == person.pk else None
    auth.login(request, person)
    if form_token:
        request.META["CSRF_COOKIE"] = form_token
    request.session[_SESSION_KEY] = _cipher().encrypt(token.encode()).decode()


def _was_met_just_now(request: HttpRequest) -> bool:
    """Whether a session without a token may go on: as long as a profile is believed that was just read.

    Both releases may serve by turns meanwhile. A login that goes to and fro between them finds its state in neither.
    """
    met_at: float = request.session.setdefault(_MET_KEY, time.time())
    return time.time() - met_at < settings.DSS.dss_access_recheck_seconds


def _is_due(person: User) -> bool:
    age = timedelta(seconds=settings.DSS.dss_access_recheck_seconds)
    return person.profile_read_at is None or timezone.now() - person.profile_read_at > age


def _claim(person: User) -> bool:
    """Whether this request is the one that asks: of a page's requests at once, one."""
    now = timezone.now()
    unasked = Q(profile_asked_at=None) | Q(profile_asked_at__lt=now - _pause())
    return bool(User.objects.filter(unasked, pk=person.pk).update(profile_asked_at=now))


def _pause() -> timedelta:
    return min(_AGAIN_AFTER, timedelta(seconds=settings.DSS.dss_access_recheck_seconds))


@cache
def _cipher() -> MultiFernet:
    return cipher_of(settings.DSS.dss_hawk_encryption_keys)
