"""Used nonces in `operations.hawk_nonce`: an `INSERT` that succeeds once."""

import logging
import threading
import time
from typing import Final

import psycopg

from dss_web.database.prepared import Prepared

log = logging.getLogger("dss_web.hawk")

CLEAN_EVERY_SECONDS: Final = 60
# So few that the request which deletes them is not held up: 2 ms. More than one a request, so that clean-up keeps up.
CLEAN_AT_ONCE: Final = 1000

_use = Prepared(
    "dss_use_nonce",
    """
    INSERT INTO operations.hawk_nonce (client_id, nonce, timestamp, expires_at)
    VALUES ($1, $2, $3, now() + make_interval(secs => $4))
    ON CONFLICT DO NOTHING
    """,
)
# Rows that another process is deleting already are left to it.
_forget = Prepared(
    "dss_forget_nonces",
    """
    DELETE FROM operations.hawk_nonce WHERE ctid = ANY (ARRAY(
        SELECT ctid FROM operations.hawk_nonce WHERE expires_at < now() LIMIT $1 FOR UPDATE SKIP LOCKED
    ))
    """,
)

_cleaning = threading.Lock()
_clean_at = 0.0


def use(identifier: str, digest: str, timestamp: int, lifetime: int) -> bool:
    """Use a nonce up; False if it was used before. Committed, and on the disk, at once.

    Raises psycopg.Error when Postgres is out of reach, or busy for 2 seconds.
    """
    inserted = _use(identifier, digest, timestamp, lifetime).rowcount
    _forget_expired()
    return inserted == 1


def _forget_expired() -> None:
    """Delete expired nonces, once a minute for each process, and at the next request again while there are more."""
    global _clean_at  # noqa: PLW0603 when it is due next is all that it says
    with _cleaning:
        if time.monotonic() < _clean_at:
            return
        _clean_at = time.monotonic() + CLEAN_EVERY_SECONDS
    try:
        if _forget(CLEAN_AT_ONCE).rowcount == CLEAN_AT_ONCE:
            _clean_at = 0.0
    except psycopg.Error as error:
        # The nonce itself is remembered, and what is left over is deleted a minute later.
        log.warning("could not delete expired nonces", exc_info=error)
