"""Used nonces in Redis: a `SET` that succeeds once, and expires by itself.

That Redis must not evict (`maxmemory-policy noeviction`); one that loses its memory lets requests of the last minute
or two in for a second time.
"""

import hashlib
from functools import cache
from typing import Final

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from dss_web.configuration import web_settings

TIMEOUT_SECONDS: Final = 1


def use(identifier: str, digest: str, timestamp: int, lifetime: int) -> bool:
    """Use a nonce up; False if it was used before. Raises redis.RedisError when Redis is out of reach."""
    # No attribute of a header holds a newline, so that different nonces have different names.
    name = hashlib.sha256(f"{identifier}\n{timestamp}\n{digest}".encode()).hexdigest()
    return bool(_redis().set(f"dss:hawk:nonce:{name}", b"", nx=True, ex=lifetime))


@cache
def _redis() -> redis.Redis:
    return redis.Redis.from_url(
        web_settings().dss_hawk_nonce_url or "",
        socket_connect_timeout=TIMEOUT_SECONDS,
        socket_timeout=TIMEOUT_SECONDS,
        # A `SET` whose answer was lost may have been done: tried again, it would take the client for an attacker.
        retry=Retry(NoBackoff(), 0),
    )
