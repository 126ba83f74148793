"""The memory of used nonces, shared by all processes: in Postgres, or in Redis where DSS_HAWK_NONCE_URL names one."""

import hashlib
from typing import Final

import psycopg
from redis import RedisError

from dss_web.configuration import web_settings
from dss_web.hawk import nonces_in_postgres, nonces_in_redis

# Beyond twice the skew, for clocks that differ among the web app's own machines.
MARGIN_SECONDS: Final = 60


class TransientError(Exception):
    """The memory of nonces does not answer."""


def use(identifier: str, nonce: str, timestamp: int) -> bool:
    """Use a client's nonce up; False if it was used before with this timestamp. One atomic step, in the store.

    What is stored is the nonce's SHA-256, since a nonce may be longer than an index holds. Raises TransientError.
    """
    settings = web_settings()
    use_in_store = nonces_in_redis.use if settings.dss_hawk_nonce_url else nonces_in_postgres.use
    digest = hashlib.sha256(nonce.encode()).hexdigest()
    lifetime = 2 * settings.dss_hawk_timestamp_skew_in_seconds + MARGIN_SECONDS
    try:
        return use_in_store(identifier, digest, timestamp, lifetime)
    except (psycopg.Error, RedisError) as error:
        raise TransientError(f"could not remember a nonce: {error}") from error
