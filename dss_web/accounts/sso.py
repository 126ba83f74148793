"""The client of staff-sso, which is a django-oauth-toolkit server: authorization code -> token -> profile."""

import secrets
from functools import cache
from http import HTTPStatus

import requests
from authlib.integrations.django_client import DjangoOAuth2App, OAuth, OAuthError
from django.conf import settings
from django.core import signing
from django.http import HttpRequest, HttpResponseRedirect
from django.urls import reverse
from pydantic import BaseModel, ConfigDict, Field, ValidationError

# A person waits meanwhile, so the page that says what to do must not come much later.
TIMEOUT_SECONDS = 10
# Time to find a password or a second factor.
STATE_SECONDS = 3600
_SALT = "dss_web.accounts.sso"


class LoginFailed(Exception):
    """The person is not logged in; the message is for the log."""


class SsoFailed(LoginFailed):
    """SSO cannot be reached, or its response cannot be used."""


class LoginDenied(LoginFailed):
    """SSO denied the login, or the person cancelled it."""


class TokenRefused(SsoFailed):
    """SSO does not accept the access token: it has expired, or the person or their session is gone there."""


class StateUnknown(LoginFailed):
    """The response does not belong to a login that this session began."""


class Application(BaseModel):
    """One of a profile's `permitted_applications`."""

    key: str = ""


class Profile(BaseModel):
    """The fields that we use of a response of SSO's profile endpoint. `access_profiles` are slugs."""

    # Errors go to the log, where nobody's email belongs.
    model_config = ConfigDict(hide_input_in_errors=True)

    user_id: str = Field(min_length=1)
    email: str
    first_name: str = ""
    last_name: str = ""
    access_profiles: list[str] = []
    permitted_applications: list[Application] = []

    @property
    def applications(self) -> list[str]:
        """The keys of the permitted applications."""
        return [application.key for application in self.permitted_applications if application.key]


class LoginState(BaseModel):
    """What travels to SSO and back, signed, so that it survives the loss of the session.

    `next` is a path on our own host; `attempt` counts from 1.
    """

    next: str
    attempt: int
    nonce: str = Field(default_factory=lambda: secrets.token_urlsafe(16))


def begin_login(request: HttpRequest, next_path: str, attempt: int = 1) -> HttpResponseRedirect:
    """A redirect to SSO. Authlib keeps the state in the session, under one key for each login in progress."""
    state = signing.dumps(LoginState(next=next_path, attempt=attempt).model_dump(), salt=_SALT)
    redirect_uri = settings.DSS.dss_web_url + reverse("login-authorised")
    response: HttpResponseRedirect = _client().authorize_redirect(request, redirect_uri, state=state)
    return response


def read_state(state: str) -> LoginState:
    """The state of a login that we began. Raises StateUnknown unless we signed it, less than STATE_SECONDS ago."""
    try:
        return LoginState.model_validate(signing.loads(state, salt=_SALT, max_age=STATE_SECONDS))
    except (signing.BadSignature, ValidationError) as error:
        raise StateUnknown(f"the state was not signed by us, or is too old: {error}") from error


def finish_login(request: HttpRequest) -> tuple[Profile, str]:
    """The profile of the person whom SSO sent back, and the access token with which it was read.

    Raises LoginDenied, SsoFailed, or StateUnknown, after which a new login may succeed.
    """
    client = _client()
    try:
        token = client.authorize_access_token(request)
        response = client.get(settings.DSS.access_token_path, token=token)
        response.raise_for_status()
        return Profile.model_validate(response.json()), str(token["access_token"])
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


def read_profile(token: str, timeout_seconds: float) -> Profile:
    """The profile that SSO has now for the owner of an access token. Raises TokenRefused, or SsoFailed."""
    url = settings.DSS.authbroker_url + settings.DSS.access_token_path
    try:
        # Never on to another host, to which the token would go along.
        response = requests.get(
            url, headers={"Authorization": f"Bearer {token}"}, timeout=timeout_seconds, allow_redirects=False
        )
        if response.status_code in {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}:
            raise TokenRefused(f"GET {url} answered {response.status_code}")
        response.raise_for_status()
        return Profile.model_validate(response.json())
    except (requests.RequestException, ValidationError, ValueError) as error:
        raise SsoFailed(f"Could not read a profile from {url}: {error}") from error


def logout_url() -> str:
    """The page of SSO that ends the person's session there."""
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
