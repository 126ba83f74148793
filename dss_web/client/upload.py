"""A file for its dataset: sent in parts, resumed after a break, followed through its check."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

import orjson
import requests
from mohawk.exc import HawkFail

from dss_web.client.download import NotVerified, sha256
from dss_web.client.signed_request import signed_send

# The service or its proxy is away for now, or wants to be asked later.
_TRANSIENT: Final = frozenset({429, 502, 503, 504})
# A service that starts again is back within this; then the network itself has to come back.
_PAUSES: Final = (1, 2, 4, 8, 15, 30)
_LOOK_SECONDS: Final = 1.0
# In which nobody has to do anything but wait.
WORKING: Final = frozenset({"arriving", "checking"})


class Refused(Exception):
    """The server refused a request. The text is the server's."""


class Away(Exception):
    """The service cannot be reached. What has arrived is kept for a day."""


@dataclass
class Upload:
    """A file on its way to a dataset. `service` is the service's base URL, `report` prints a line about a retry."""

    session: requests.Session
    service: str
    dataset: str
    credentials: dict[str, str]
    report: Callable[[str], object]
    id: str = ""

    def send(self, path: Path) -> dict[str, Any]:
        """Send what has not arrived yet, and complete the file. Returns how far it is. Raises Refused, Away, OSError.

        An interrupted call can be repeated: the same file goes on where it was.
        """
        size = path.stat().st_size
        state = self._ask("POST", "", {"name": path.name, "size": size, "sha256": sha256(path)})
        self.id = state["id"]
        there = {part["number"]: part["sha256"] for part in state.get("parts", ())}
        part_size: int = state["part_size"]
        if there:
            self.report(f"{len(there)} of {-(-size // part_size)} parts are there already")
        with path.open("rb") as file:
            for number in range(-(-size // part_size)):
                content = file.read(part_size)
                if number not in there:
                    self._ask("PUT", f"/{self.id}/parts/{number}", content)
        return self.wait(self._ask("POST", f"/{self.id}/complete"))

    def wait(self, state: dict[str, Any], working: frozenset[str] = WORKING) -> dict[str, Any]:
        """How far the upload is once it is in none of these states."""
        while state["state"] in working:
            time.sleep(_LOOK_SECONDS)
            # It was being completed by a request whose answer was lost.
            state = self._ask("POST", f"/{self.id}/complete") if state["state"] == "arriving" else self.state()
        return state

    def state(self) -> dict[str, Any]:
        """How far the upload is."""
        return self._ask("GET", f"/{self.id}")

    def read_again(self, choices: dict[str, Any]) -> dict[str, Any]:
        """Have it read as these choices say."""
        return self.wait(self._ask("POST", f"/{self.id}/read-again", choices))

    def check_report(self) -> dict[str, Any]:
        """What the check has found."""
        return self._ask("GET", f"/{self.id}/report")

    def confirm(self, confirmation: dict[str, Any]) -> dict[str, Any]:
        """Have it loaded. Returns how far it is once its values are tried."""
        return self.wait(self._ask("POST", f"/{self.id}/confirm", confirmation))

    def _ask(self, method: str, path: str, body: dict[str, Any] | bytes | None = None) -> dict[str, Any]:
        """The answer to a request, which is signed anew and sent again while the service is away."""
        url = f"{self.service.rstrip('/')}/api/v1/uploads/{quote(self.dataset, safe='')}{path}"
        content = body if isinstance(body, bytes) else orjson.dumps(body) if body is not None else b""
        kind = "application/octet-stream" if isinstance(body, bytes) else "application/json" if body is not None else ""
        reason = ""
        for pause in (0, *_PAUSES):
            if pause:
                self.report(f"{reason}; trying again in {pause} seconds")
                time.sleep(pause)
            try:
                response, sender = signed_send(
                    self.session, method, url, self.credentials, content=content, content_type=kind
                )
            except requests.RequestException as error:
                reason = f"no response ({error})"
                continue
            if response.status_code in _TRANSIENT:
                reason = f"{response.status_code} {response.reason}"
                continue
            return _verified(response, sender)
        raise Away(f"{url} cannot be reached: {reason}")


def _verified(response: requests.Response, sender: Any) -> dict[str, Any]:
    """The body of an answer, if its signature is right. Raises Refused or NotVerified."""
    if header := response.headers.get("Server-Authorization"):
        try:
            sender.accept_response(
                header, content=response.content, content_type=response.headers.get("Content-Type", "")
            )
        except HawkFail as error:
            raise NotVerified(f"the signature of the answer is wrong: {error}") from error
    if not response.ok:
        try:
            told = orjson.loads(response.content)["error"]
        except (orjson.JSONDecodeError, KeyError, TypeError):
            told = response.text[:300]
        raise Refused(f"{response.status_code} {response.reason}: {told}")
    answer: dict[str, Any] = orjson.loads(response.content) if response.content else {}
    return answer
