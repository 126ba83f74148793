"""A file for its dataset: sent in parts, resumed after a break, followed through its check."""

import json
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

from .connection import Connection
from .download import sha256

_LOOK_SECONDS: Final = 1.0
# In which nobody has to do anything but wait.
WORKING: Final = frozenset({"arriving", "checking"})


@dataclass
class Upload:
    """A file on its way to a dataset. `service` is the service's base URL, `id` the upload's once it has begun.

    Its answers are those of the API: `state`, `info` and so on. Every method raises Refused, NotVerified or
    Unreachable; what has arrived by then is kept for a day.
    """

    connection: Connection
    service: str
    dataset: str
    id: str = ""

    def send(self, path: Path) -> dict[str, Any]:
        """Send what has not arrived yet, and complete the file. Returns how far it is. Raises OSError, too.

        An interrupted call can be repeated: the same file goes on where it was.
        """
        size = path.stat().st_size
        state = self._ask("POST", "", {"name": path.name, "size": size, "sha256": sha256(path)})
        self.id = state["id"]
        there = {part["number"]: part["sha256"] for part in state.get("parts", ())}
        part_size: int = state["part_size"]
        if there:
            self.connection.report(f"{len(there)} of {-(-size // part_size)} parts are there already")
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
        """The answer to a request, which is signed again and sent again while the service is away."""
        url = f"{self.service.rstrip('/')}/api/v1/uploads/{quote(self.dataset, safe='')}{path}"
        content = body if isinstance(body, bytes) else json.dumps(body).encode() if body is not None else b""
        kind = "application/octet-stream" if isinstance(body, bytes) else "application/json" if body is not None else ""
        response = self.connection.send(method, url, content=content, content_type=kind)
        answer: dict[str, Any] = response.json() if response.content else {}
        return answer
