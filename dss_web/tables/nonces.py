"""The memory of nonces, shared by all processes: an `INSERT` that succeeds once."""

import hashlib
import threading
import time
from typing import Final

from django.db import connection

from dss_web.configuration import web_settings

CLEAN_EVERY_SECONDS: Final = 60
# Beyond twice the skew, for clocks that differ among the web app's own machines.
MARGIN_SECONDS: Final = 60

_USE = """
    INSERT INTO operations.hawk_nonce (client_id, nonce, timestamp, expires_at)
    VALUES (%s, %s, %s, now() + make_interval(secs => %s))
    ON CONFLICT DO NOTHING
"""
# Rows that another process is deleting already are left to it.
_FORGET = """
    DELETE FROM operations.hawk_nonce WHERE ctid = ANY (ARRAY(
        SELECT ctid FROM operations.hawk_nonce WHERE expires_at < now() LIMIT 10000 FOR UPDATE SKIP LOCKED
    ))
"""

_cleaning = threading.Lock()
_cleaned_at = time.monotonic()


def use(client_id: str, nonce: str, timestamp: int) -> bool:
    """Use a client's nonce up; False if it was used before. One statement, committed at once.

    What is stored is the nonce's SHA-256, since a nonce may be longer than an index holds. Raises
    django.db.Error when Postgres is out of reach.
    """
    digest = hashlib.sha256(nonce.encode()).hexdigest()
    lifetime = 2 * web_settings().dss_hawk_timestamp_skew_in_seconds + MARGIN_SECONDS
    with connection.cursor() as cursor:
        cursor.execute(_USE, [client_id, digest, timestamp, lifetime])
        fresh: bool = cursor.rowcount == 1
        if _is_time_to_clean():
            cursor.execute(_FORGET)
    return fresh


def _is_time_to_clean() -> bool:
    global _cleaned_at  # noqa: PLW0603 once a minute for each process is all that it says
    with _cleaning:
        due = time.monotonic() - _cleaned_at > CLEAN_EVERY_SECONDS
        if due:
            _cleaned_at = time.monotonic()
    return due
