"""Requests that are sent again while the service is away, and responses that are verified."""

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from typing import Any, Final

import mohawk
import requests

from .errors import Changed, Refused, Unreachable
from .signing import credentials, signed_send, verify, verify_head

# The service or its proxy is away for now, or wants to be asked later.
_TRANSIENT: Final = frozenset({429, 502, 503, 504})
# A service that starts again is back within this; then the network itself has to come back.
_PAUSES: Final = (1.0, 2.0, 4.0, 8.0, 15.0, 30.0)
# The service asks for seconds, or for a minute after failed authentication. Whoever asks for more wants nobody to wait.
_LONGEST_SECONDS: Final = 300.0


@dataclass
class Connection:
    """Sends requests as a client. `report` gets a line about each that is sent again."""

    id: str
    key: str = field(repr=False)
    report: Callable[[str], object] = lambda line: None
    session: requests.Session = field(default_factory=requests.Session, repr=False)
    pauses: tuple[float, ...] = _PAUSES

    def get(self, url: str, headers: Mapping[str, str] | None = None) -> requests.Response:
        """The response to a GET, its signature verified. Raises Refused, Changed, NotVerified, Unreachable."""
        return self.send("GET", url, headers=headers)

    def send(
        self,
        method: str,
        url: str,
        *,
        content: bytes = b"",
        content_type: str = "",
        headers: Mapping[str, str] | None = None,
    ) -> requests.Response:
        """The response to a request, its signature verified. Raises Refused, Changed, NotVerified, Unreachable."""
        response, sender = self._try(method, url, content=content, content_type=content_type, headers=headers)
        if response.ok or "Server-Authorization" in response.headers:
            verify(response, sender)
        if not response.ok:
            raise _refusal(response)
        return response

    def stream(self, url: str, headers: Mapping[str, str]) -> requests.Response:
        """The response to a GET whose body is still to be read, its head verified. Raises as `get`."""
        response, sender = self._try("GET", url, headers=headers, stream=True)
        if not response.ok:
            with response:
                raise _refusal(response)
        verify_head(response, sender)
        return response

    def _try(self, method: str, url: str, **options: Any) -> tuple[requests.Response, mohawk.Sender]:
        """The first response that is not of a service that is away. Each request is signed with a nonce of its own."""
        for pause in (*self.pauses, None):
            wait = pause
            try:
                response, sender = signed_send(self.session, method, url, credentials(self.id, self.key), **options)
            except (requests.ConnectionError, requests.Timeout, requests.exceptions.ChunkedEncodingError) as error:
                reason = f"No response from {url}: {error}"
                if "CERTIFICATE_VERIFY_FAILED" in reason:  # which waiting does not mend
                    raise Unreachable(reason) from error
            except requests.RequestException as error:
                raise Unreachable(f"{url} cannot be requested: {error}") from error
            else:
                if response.status_code not in _TRANSIENT:
                    return response, sender
                reason = f"{response.status_code} {response.reason} from {url}: {_error_text(response)}"
                asked = retry_after(response)
                wait = asked if pause is not None and asked is not None else pause
                response.close()
            if wait is None or wait > _LONGEST_SECONDS:
                raise Unreachable(reason)
            self.report(f"{reason}; trying again in {wait:g} seconds")
            time.sleep(wait)
        raise AssertionError


def retry_after(response: requests.Response) -> float | None:
    """The seconds after which to try again, if the response says so: proxies often do not, or give a date.

    https://www.rfc-editor.org/rfc/rfc9110#field.retry-after (seen 2026-11-26).
    """
    value = response.headers.get("Retry-After", "").strip()
    if value.isdecimal():
        return float(value)
    try:
        return max(0.0, parsedate_to_datetime(value).timestamp() - time.time())
    except ValueError:
        return None


def _refusal(response: requests.Response) -> Refused | Changed:
    body = _body(response)
    text = str(body.get("error", "")) or _error_text(response)
    if response.status_code in {409, 410} and "start" in body:
        return Changed(text, str(body["start"]), response.status_code)
    if response.status_code == 401:
        text = "the id, the key or this machine's clock is wrong, or the key has expired"
    if response.status_code == 404 and not body:
        text = "there is no such table or dataset, or none has been loaded yet; names are case-sensitive"
    request = response.headers.get("X-Request-ID", "")
    request = f" (request {request})" if request else ""
    return Refused(
        f"{response.status_code} {response.reason} from {response.url}: {text}{request}", response.status_code
    )


def _error_text(response: requests.Response) -> str:
    """What the service says of an error; the beginning of what a proxy says."""
    return str(_body(response).get("error", "")) or response.text[:300]


def _body(response: requests.Response) -> dict[str, Any]:
    try:
        body = json.loads(response.content)
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}
