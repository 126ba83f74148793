"""A client and its live keys, in one statement. Nothing is cached, so that a key ends in all processes at once."""

from dataclasses import dataclass

from dss_web.database.prepared import Prepared

# One row for each live key, one without a key for a client that has none, and no row for an unknown id. The key that
# was used last comes first: each further one that has to be tried costs the time of a MAC. One column says whether its
# use was recorded within the last minute, so that a busy client does not write with every request. The last has the
# schemas of the datasets that the client was granted: that of an uploaded dataset has its name.
_find = Prepared(
    "dss_find_client",
    """
    SELECT client.scope, key.id, key.secret, coalesce(key.last_used_at > now() - interval '1 minute', false),
        ARRAY(
            SELECT coalesce((SELECT schema_name FROM operations.dataset WHERE key = granted.dataset), granted.dataset)
            FROM operations.dataset_grant AS granted WHERE kind = 'client' AND grantee = client.id
        )
    FROM hawk_users client
    LEFT JOIN operations.hawk_key key
        ON key.client_id = client.id
        AND key.revoked_at IS NULL AND (key.expires_at IS NULL OR key.expires_at > now())
    WHERE client.id = $1
    ORDER BY key.last_used_at DESC NULLS LAST, key.id DESC
    """,
)
# A row that another request updates, or that an administrator changes, is skipped rather than waited for.
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
    """A live key: `encrypted_secret` as in the database, and whether its use was recorded within the last minute."""

    number: int
    encrypted_secret: str
    is_use_recorded: bool


@dataclass(frozen=True)
class Client:
    """A client of the API: its scopes, the live keys with which it may sign, and the schemas that it was granted."""

    id: str
    scopes: tuple[str, ...]
    keys: tuple[Key, ...] = ()
    granted: frozenset[str] = frozenset()


def find_client(identifier: str) -> Client | None:
    """The client of this id, None if there is none.

    Raises psycopg.Error if Postgres is out of reach, or takes longer than 2 seconds.
    """
    rows = _find(identifier).fetchall()
    if not rows:
        return None
    keys = tuple(Key(number, secret, recorded) for _, number, secret, recorded, _ in rows if number is not None)
    return Client(identifier, tuple(rows[0][0] or ()), keys, frozenset(rows[0][4]))


def record_use(key: Key) -> None:
    """Record that a key was used now, at most once a minute."""
    if not key.is_use_recorded:
        _record_use(key.number)
