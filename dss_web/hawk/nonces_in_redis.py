"""Used nonces in Redis: a `SET` that succeeds once, and expires by itself.

The Redis must not evict (`maxmemory-policy noeviction`). If it loses its data, requests of the last minute or two can
be replayed.
"""

import hashlib
from functools import cache
from typing import Final

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from dss_web.configuration import web_settings

# A Redis in the same network takes a millisecond; a request is refused rather than kept waiting.
TIMEOUT_SECONDS: Final = 1


def use(identifier: str, digest: str, timestamp: int, lifetime: int) -> bool:
    """Use up a nonce, which is kept for `lifetime` seconds. False if it was used before. Raises redis.RedisError."""
    # No attribute of a header can hold a newline, so different nonces have different names.
    name = hashlib.sha256(f"{identifier}\n{timestamp}\n{digest}".encode()).hexdigest()
    return bool(_redis().set(f"dss:hawk:nonce:{name}", b"", nx=True, ex=lifetime))


@cache
def _redis() -> redis.Redis:
    return redis.Redis.from_url(
        web_settings().dss_hawk_nonce_url or "",
        socket_connect_timeout=TIMEOUT_SECONDS,
        socket_timeout=TIMEOUT_SECONDS,
        # A `SET` whose reply was lost may have succeeded: sent again, it would make a replay of a valid request.
        retry=Retry(NoBackoff(), 0),
    )
