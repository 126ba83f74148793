"""A message -> the address of a program, an operator's or a follower's, signed as Standard Webhooks has it.

There are libraries for its receivers. The signature is HMAC-SHA256 over `id.timestamp.body`. docs/operate.md says it
for whoever receives.
https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md (seen 2026-11-26)
"""

import base64
import hashlib
import hmac
import time
from typing import Any, Final

import orjson
import requests

from dss_web.outbox import NotTaken

# Whoever takes longer has the message again later.
_TIMEOUT_SECONDS: Final = (5, 10)


class Refused(NotTaken):
    """The receiver answered otherwise than by 2xx; the text is its status."""


def send(
    url: str, secrets: list[bytes], identifier: str, body: dict[str, Any], session: requests.Session | None = None
) -> None:
    """Send a message. `identifier` is the same at each attempt, by which the receiver knows what it has already.

    Raises Refused, or OSError where the receiver is out of reach. Redirects are refused: whoever has given the address
    means no other. `session` says which addresses may be reached; without it all.
    """
    content = orjson.dumps(body)
    timestamp = str(int(time.time()))
    headers = {
        "Content-Type": "application/json",
        "User-Agent": "data-store-service",
        "webhook-id": identifier,
        "webhook-timestamp": timestamp,
        "webhook-signature": " ".join(signature(secret, identifier, timestamp, content) for secret in secrets),
    }
    post = session.post if session else requests.post
    answer = post(url, data=content, headers=headers, timeout=_TIMEOUT_SECONDS, allow_redirects=False, stream=True)
    with answer:
        if not 200 <= answer.status_code < 300:
            raise Refused(f"HTTP {answer.status_code}")


def signature(secret: bytes, identifier: str, timestamp: str, content: bytes) -> str:
    """The signature of a message by one secret."""
    signed = hmac.new(secret, f"{identifier}.{timestamp}.".encode() + content, hashlib.sha256).digest()
    return f"v1,{base64.b64encode(signed).decode()}"
