"""Used nonces in `operations.hawk_nonce`: an `INSERT` that succeeds once."""

import logging
import threading
import time
from typing import Final

import psycopg

from dss_web.database.prepared import Prepared

log = logging.getLogger("dss_web.hawk")

# Expired nonces do no harm but to the disk.
CLEAN_UP_SECONDS: Final = 60
# Few enough to delay the request that deletes them by only 2 ms; more than the one that each request adds.
CLEAN_UP_ROWS: Final = 1000

# ON CONFLICT on the primary key (client, nonce, timestamp): of several at once, one inserts a row. This is what keeps a
# request from being accepted twice.
_insert = Prepared(
    "dss_use_nonce",
    """
    INSERT INTO operations.hawk_nonce (client_id, nonce, timestamp, expires_at)
    VALUES ($1, $2, $3, now() + make_interval(secs => $4))
    ON CONFLICT DO NOTHING
    """,
)
# Rows that another process is deleting are skipped rather than waited for.
_delete_expired = Prepared(
    "dss_delete_expired_nonces",
    """
    DELETE FROM operations.hawk_nonce WHERE ctid = ANY (ARRAY(
        SELECT ctid FROM operations.hawk_nonce WHERE expires_at < now() LIMIT $1 FOR UPDATE SKIP LOCKED
    ))
    """,
)

_clean_up_lock = threading.Lock()
_next_clean_up = 0.0


def use(identifier: str, digest: str, timestamp: int, lifetime: int) -> bool:
    """Use up a nonce, which is kept for `lifetime` seconds. False if it was used before. On disk when it returns.

    Raises psycopg.Error if Postgres is out of reach, or takes longer than 2 seconds.
    """
    inserted = _insert(identifier, digest, timestamp, lifetime).rowcount
    _clean_up()
    return inserted == 1


def _clean_up() -> None:
    """Delete expired nonces, once a minute for each process, and with the next request again if there are more."""
    global _next_clean_up  # noqa: PLW0603 one for the process
    with _clean_up_lock:
        if time.monotonic() < _next_clean_up:
            return
        _next_clean_up = time.monotonic() + CLEAN_UP_SECONDS
    try:
        if _delete_expired(CLEAN_UP_ROWS).rowcount == CLEAN_UP_ROWS:
            _next_clean_up = 0.0
    except psycopg.Error as error:
        # The nonce itself is stored, and the expired ones are deleted a minute later.
        log.warning("could not delete expired nonces", exc_info=error)
