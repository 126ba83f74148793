"""The store of used nonces, shared by all processes: Postgres, or the Redis of DSS_HAWK_NONCE_URL."""

import hashlib
from typing import Final

import psycopg
from redis import RedisError

from dss_web.configuration import web_settings
from dss_web.hawk import nonces_in_postgres, nonces_in_redis

# In addition to twice the skew, because the clocks of the web app's own machines differ too.
MARGIN_SECONDS: Final = 60


class TransientError(Exception):
    """The store of nonces is out of reach."""


def use(identifier: str, nonce: str, timestamp: int) -> bool:
    """Use up a client's nonce, in one atomic step of the store. False if it was used before with this timestamp.

    The nonce's SHA-256 is stored, since a nonce may be longer than an index entry. Raises TransientError.
    """
    settings = web_settings()
    use_in_store = nonces_in_redis.use if settings.dss_hawk_nonce_url else nonces_in_postgres.use
    digest = hashlib.sha256(nonce.encode()).hexdigest()
    lifetime = 2 * settings.dss_hawk_timestamp_skew_in_seconds + MARGIN_SECONDS
    try:
        return use_in_store(identifier, digest, timestamp, lifetime)
    except (psycopg.Error, RedisError) as error:
        raise TransientError(f"could not store a nonce: {error}") from error
