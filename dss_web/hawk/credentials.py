"""A client and its live keys, in one statement. Nothing is remembered, so that a key ends in all processes at once."""

from dataclasses import dataclass

from dss_web.database.prepared import Prepared

# A key's last use is written down at most once a minute. The key in use comes first: each further one that has to be
# tried costs the time of a MAC.
_find = Prepared(
    "dss_find_client",
    """
    SELECT client.scope, key.id, key.secret, coalesce(key.last_used_at > now() - interval '1 minute', false)
    FROM hawk_users client
    LEFT JOIN operations.hawk_key key
        ON key.client_id = client.id
        AND key.revoked_at IS NULL AND (key.expires_at IS NULL OR key.expires_at > now())
    WHERE client.id = $1
    ORDER BY key.last_used_at DESC NULLS LAST, key.id DESC
    """,
)
# Whoever writes the same at the moment, or changes the key, is not waited for.
_record_use = Prepared(
    "dss_record_use",
    """
    UPDATE operations.hawk_key SET last_used_at = now() WHERE id = (
        SELECT id FROM operations.hawk_key WHERE id = $1 FOR NO KEY UPDATE SKIP LOCKED
    )
    """,
)


@dataclass(frozen=True)
class Key:
    """A live key: `stored` is its encrypted secret."""

    number: int
    stored: str
    used_this_minute: bool


@dataclass(frozen=True)
class Client:
    """Who sent the request: its scopes, and the keys with which it may have signed."""

    id: str
    scopes: tuple[str, ...]
    keys: tuple[Key, ...] = ()


def find_client(identifier: str) -> Client | None:
    """The client of this id. Raises psycopg.Error when Postgres is out of reach, or busy for 2 seconds."""
    rows = _find(identifier).fetchall()
    if not rows:
        return None
    keys = tuple(Key(number, stored, recent) for _, number, stored, recent in rows if number is not None)
    return Client(identifier, tuple(rows[0][0] or ()), keys)


def record_use(key: Key) -> None:
    """Note that a key has been used, unless that was noted within the last minute."""
    if not key.used_this_minute:
        _record_use(key.number)
