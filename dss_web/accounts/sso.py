"""staff-sso, which is django-oauth-toolkit: authorization code -> token -> the person's profile."""

import secrets
from functools import cache

import requests
from authlib.integrations.django_client import DjangoOAuth2App, OAuth, OAuthError
from django.conf import settings
from django.core import signing
from django.http import HttpRequest, HttpResponseRedirect
from django.urls import reverse
from pydantic import BaseModel, Field, ValidationError

TIMEOUT_SECONDS = 10
STATE_SECONDS = 3600
_SALT = "dss_web.accounts.sso"


class LoginFailed(Exception):
    """The person is not logged in; the message is for the log."""


class SsoFailed(LoginFailed):
    """SSO is out of reach or answered with something else than was asked for."""


class LoginDenied(LoginFailed):
    """SSO or the person called the login off."""


class StateUnknown(LoginFailed):
    """The answer belongs to no login that this session began."""


class Profile(BaseModel):
    """What SSO tells of a person. `access_profiles` are slugs."""

    user_id: str = Field(min_length=1)
    email: str
    first_name: str = ""
    last_name: str = ""
    access_profiles: list[str] = []


class LoginState(BaseModel):
    """What a login carries to SSO and back, signed, so that it is there even if the session was lost meanwhile.

    `next` is a path on our own host; `attempt` counts from 1.
    """

    next: str
    attempt: int
    nonce: str = Field(default_factory=lambda: secrets.token_urlsafe(16))


def begin_login(request: HttpRequest, next_path: str, attempt: int = 1) -> HttpResponseRedirect:
    """Send the person to SSO. Authlib keeps the state in the session, one key for each login under way."""
    state = signing.dumps(LoginState(next=next_path, attempt=attempt).model_dump(), salt=_SALT)
    redirect_uri = settings.DSS.dss_web_url + reverse("login-authorised")
    response: HttpResponseRedirect = _client().authorize_redirect(request, redirect_uri, state=state)
    return response


def read_state(state: str) -> LoginState:
    """What a login of ours carried. Raises StateUnknown if it is not ours or too old."""
    try:
        return LoginState.model_validate(signing.loads(state, salt=_SALT, max_age=STATE_SECONDS))
    except (signing.BadSignature, ValidationError) as error:
        raise StateUnknown(f"the state does not carry our signature: {error}") from error


def finish_login(request: HttpRequest) -> Profile:
    """The profile of the person whom SSO sent back.

    Raises LoginDenied, StateUnknown (which a new login heals) or SsoFailed.
    """
    client = _client()
    try:
        token = client.authorize_access_token(request)
        response = client.get(settings.DSS.access_token_path, token=token)
        response.raise_for_status()
        return Profile.model_validate(response.json())
    except OAuthError as error:
        if error.error == "access_denied":
            raise LoginDenied(str(error)) from error
        if error.error == "mismatching_state":
            raise StateUnknown("this session did not begin this login") from error
        raise SsoFailed(f"SSO refused the login: {error}") from error
    except (requests.RequestException, ValidationError, ValueError) as error:
        raise SsoFailed(
            f"Could not get a token and a profile from {settings.DSS.authbroker_url}: {error}. Expected JSON with "
            "access_token, then with user_id and email; check AUTHBROKER_… and that SSO is up."
        ) from error


def logout_url() -> str:
    """SSO's own page that ends the person's session there."""
    return f"{settings.DSS.authbroker_url}{settings.DSS.sso_path_logout}"


@cache
def _client() -> DjangoOAuth2App:
    base = settings.DSS.authbroker_url
    return OAuth().register(
        "sso",
        client_id=settings.DSS.authbroker_client_id,
        client_secret=settings.DSS.authbroker_client_secret,
        authorize_url=base + settings.DSS.authorize_path,
        access_token_url=base + settings.DSS.sso_path_user,
        api_base_url=base,
        client_kwargs={"code_challenge_method": "S256", "default_timeout": TIMEOUT_SECONDS},
    )
