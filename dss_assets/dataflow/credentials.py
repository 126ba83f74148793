"""How we say to Airflow 2 and 3 who we are: a fixed header, or a token that is fetched for a password."""

import json
from collections.abc import Callable
from http import HTTPStatus
from typing import Protocol

import requests
from requests.auth import AuthBase, HTTPBasicAuth

from dss_assets.dataflow.api import RequestRefused
from dss_assets.dataflow.http import JSON_TYPE, UnexpectedStatus, as_refusal, json_object, send
from dss_assets.errors import TransientError
from dss_web.shared.contract import DataflowSituation


class Credentials(Protocol):
    """Who we are. `renew` is whether another try may be let in after a refusal."""

    def auth(self) -> AuthBase:
        """What signs a request."""

    def renew(self) -> bool:
        """Forget what was refused; False where there is nothing else to show."""


class _Bearer(AuthBase):
    """A token in the header. As `auth`, since requests would put what is in .netrc in place of a plain header."""

    def __init__(self, token: str) -> None:
        self._token = token

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.headers["Authorization"] = f"Bearer {self._token}"
        return request


class FixedToken:
    """A bearer token that does not change: of Astro, of Composer, or made for us."""

    def __init__(self, token: str) -> None:
        self._auth = _Bearer(token)

    def auth(self) -> AuthBase:
        """The token as a header."""
        return self._auth

    def renew(self) -> bool:
        """There is no other one."""
        return False


class Basic:
    """A user and a password with each request: Airflow 2 with its `basic_auth` backend."""

    def __init__(self, username: str, password: str) -> None:
        self._auth = HTTPBasicAuth(username.encode(), password.encode())

    def auth(self) -> AuthBase:
        """User and password as a header."""
        return self._auth

    def renew(self) -> bool:
        """There is no other password."""
        return False


class PasswordToken:
    """A token that Airflow 3 gives for a user and a password, for a day: POST {base}/auth/token.

    Each auth manager has this route (apache/airflow, pull request 48417). There is no refresh token.
    """

    def __init__(self, base_url: str, username: str, password: str) -> None:
        self._url = f"{base_url}/auth/token"
        self._body: Callable[[], bytes] = lambda: json.dumps({"username": username, "password": password}).encode()
        self._session = requests.Session()
        self._auth: AuthBase | None = None

    def auth(self) -> AuthBase:
        """The token as a header; fetched at the first request and after `renew`."""
        if self._auth is None:
            self._auth = _Bearer(self._fetch())
        return self._auth

    def renew(self) -> bool:
        """Fetch another one for the next request."""
        self._auth = None
        return True

    def _fetch(self) -> str:
        try:
            answer = json_object(
                send(self._session, "POST", self._url, {"Content-Type": JSON_TYPE}, self._body(), auth=_Nobody())
            )
        except UnexpectedStatus as error:
            if error.status in {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}:
                raise RequestRefused(
                    f"{error}. Airflow does not take DATAFLOW_USERNAME with DATAFLOW_PASSWORD: correct them.",
                    DataflowSituation.CREDENTIALS,
                ) from error
            raise as_refusal(error) from error
        token = answer.get("access_token")
        if not isinstance(token, str) or not token:
            raise TransientError(f"{self._url} answered without an access_token. It is asked again.")
        return token


class _Nobody(AuthBase):
    """No credentials, in place of what requests would find in .netrc."""

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        return request
