"""The headers with keys that some publishers ask for, sent to their own hosts alone."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import requests

from dss_assets.dataset import HttpSource
from dss_assets.errors import MissingKey


@dataclass(frozen=True, slots=True)
class Credentials:
    """`headers` for URLs of the `origins`, each a scheme and a host with its port. Not shown when it is printed."""

    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    origins: frozenset[tuple[str, str]] = frozenset()

    def for_url(self, url: str) -> Mapping[str, str]:
        """The headers to send there."""
        return self.headers if _origin(url) in self.origins else {}


NO_CREDENTIALS = Credentials()


class CredentialsSession(requests.Session):
    """A session that takes the credentials out where a redirect leads to another host.

    requests itself takes out only Authorization: https://requests.readthedocs.io/en/latest/user/quickstart/.
    """

    def __init__(self, credentials: Credentials) -> None:
        super().__init__()
        self._credentials = credentials

    def rebuild_auth(self, prepared_request: requests.PreparedRequest, response: requests.Response) -> Any:
        """What requests calls for each redirect."""
        super().rebuild_auth(prepared_request, response)  # type: ignore[no-untyped-call]
        for name in self._credentials.headers:
            prepared_request.headers.pop(name, None)
        prepared_request.headers.update(self._credentials.for_url(prepared_request.url or ""))


def missing_keys(source: HttpSource, keys: Mapping[str, object]) -> list[str]:
    """The names that a source's headers have in DSS_SOURCE_KEYS and that are not there."""
    return sorted({header.key for header in source.headers} - keys.keys())


def require_keys(source: HttpSource, keys: Mapping[str, str]) -> None:
    """Raise MissingKey unless all keys of a source are there."""
    if missing := missing_keys(source, keys):
        raise MissingKey(
            f"{source.urls[0]} is not asked: its declaration needs {', '.join(missing)} in the setting "
            "DSS_SOURCE_KEYS, which has none of that name. Add the key and start the service again."
        )


def credentials_of(source: HttpSource, keys: Mapping[str, str], urls: list[str]) -> Credentials:
    """A source's headers, for the hosts of `urls`. Raises MissingKey."""
    require_keys(source, keys)
    headers = {header.name: header.prefix + keys[header.key] for header in source.headers}
    return Credentials(headers, frozenset(map(_origin, urls)))


def _origin(url: str) -> tuple[str, str]:
    parts = urlsplit(url)
    return parts.scheme, parts.netloc.lower()
