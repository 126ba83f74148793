"""A HAWK client that costs little itself: one connection that is kept open, answers verified and not parsed."""

import http.client
import io
import logging
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from tests.parts.service import Client

# It would format each answer for a debug line, and warns of answers' nonces.
logging.getLogger("mohawk").setLevel(logging.ERROR)


@dataclass
class Reader:
    """Reads as the client does, faster."""

    client: Client
    connection: http.client.HTTPConnection = field(init=False)

    def __post_init__(self) -> None:
        self.connection = http.client.HTTPConnection(urlsplit(self.client.url).netloc)

    def get(self, path: str, expected: int = 200, **headers: str) -> bytes:
        """The body of a signed GET, its signature verified."""
        sender = self.client.sign(self.client.url + path)
        self.connection.request("GET", path, headers={"Authorization": sender.request_header, **headers})
        answer = self.connection.getresponse()
        body = answer.read()
        assert answer.status == expected, (answer.status, body[:1000])
        sender.accept_response(
            answer.headers["Server-Authorization"],
            content=io.BytesIO(body),
            content_type=answer.headers.get("Content-Type", ""),
        )
        return body
