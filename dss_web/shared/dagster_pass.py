"""What the web app says of a person to the Dagster UI, by a proxy: their role there, signed and short-lived.

The proxy asks the web app with each request (`/operations/authorise/`), and hands on the header that it gets. The
Dagster UI believes what is signed with the key that both have: not the proxy, nor whoever else reaches its port.
"""

import hmac
import time
from enum import IntEnum
from typing import Final

HEADER: Final = "X-DSS-Dagster-Pass"
# Long enough for a request that waits in a queue, and for clocks that differ.
VALID_SECONDS: Final = 60
# As for DSS_METRICS_TOKEN: what can be guessed is refused.
KEY_PATTERN: Final = r"^([!-~]{16,})?$"
KEY_DESCRIPTION: Final = (
    "Key with which the web app tells the Dagster UI who somebody is, at least 16 characters. With it the Dagster UI "
    "answers only people who come by a proxy that asks the web app. Keep it secret."
)


class DagsterRole(IntEnum):
    """What a person may do in the Dagster UI; each may do what those before it may."""

    NONE = 0
    VIEWER = 1
    OPERATOR = 2


def issue(key: str, role: DagsterRole) -> str:
    """A pass that is valid from now on: `role.time.signature`, ASCII. `time` is in seconds since 1970."""
    claim = f"{role.name.lower()}.{int(time.time())}"
    return f"{claim}.{_signature(key, claim)}"


def role_of(key: str, text: str) -> DagsterRole:
    """The role that a pass gives; NONE if it is forged, too old, or no pass at all."""
    claim, _, signature = text.rpartition(".")
    if not hmac.compare_digest(signature.encode(), _signature(key, claim).encode()):
        return DagsterRole.NONE
    role, _, issued = claim.partition(".")
    is_valid = abs(time.time() - int(issued)) <= VALID_SECONDS
    return DagsterRole[role.upper()] if is_valid else DagsterRole.NONE


def _signature(key: str, claim: str) -> str:
    return hmac.digest(key.encode(), claim.encode(), "sha256").hex()
