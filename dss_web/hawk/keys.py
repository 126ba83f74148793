"""Makes, rotates, revokes and encrypts the keys of HAWK clients: the one place that writes them.

A client has at most two live keys: during a rotation, the old one and the new one. A secret is shown once, when it is
made; at rest it is encrypted with the keys of the setting DSS_HAWK_ENCRYPTION_KEYS.
"""

import secrets
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Final

from cryptography.fernet import InvalidToken, MultiFernet
from django.db import transaction
from django.db.models.functions import Least, Now

from dss_web.configuration import web_settings
from dss_web.encryption import cipher_of
from dss_web.hawk.models import HawkClient, HawkKey, HawkKeys

# Enough to change from one to the other without an outage. Each further key costs a refused request a MAC.
MAX_LIVE_KEYS: Final = 2


class NoSuchClient(Exception):
    """There is no client with this id."""


class TooManyKeys(Exception):
    """The client has as many live keys as it may have, which are `keys`."""

    def __init__(self, keys: list[HawkKey]) -> None:
        super().__init__(f"{len(keys)} live keys")
        self.keys = keys


class Undecryptable(Exception):
    """None of the keys in the settings decrypts the secret."""


@dataclass(frozen=True)
class IssuedKey:
    """A new key with its secret in clear, which cannot be shown later. `kept` are the client's other live keys."""

    key: HawkKey
    secret: str
    kept: list[HawkKey]


def random_secret() -> str:
    """256 random bits, in characters that need no quoting in shells and headers."""
    secret = secrets.token_urlsafe(32)
    # Behind `--key`, a first hyphen makes an option of it.
    return random_secret() if secret.startswith("-") else secret


@transaction.atomic
def replace_keys(identifier: str, secret: str, expires_at: datetime | None = None) -> None:
    """Make `secret` the only live key of a client. If a live key has this secret already, it is kept.

    Raises NoSuchClient.
    """
    client = _locked_client(identifier)
    kept = [key.pk for key in client.keys.live() if _has_secret(key, secret)][:1]
    client.keys.filter(pk__in=kept).update(expires_at=expires_at)
    revoke(client.keys.exclude(pk__in=kept))
    if not kept:
        _add(client, secret, expires_at)


@transaction.atomic
def issue_first_key(identifier: str) -> IssuedKey:
    """Give a client that has none its key. Raises NoSuchClient, or TooManyKeys."""
    secret = random_secret()
    return IssuedKey(_add(_locked_client(identifier), secret, None), secret, [])


@transaction.atomic
def rotate_key(identifier: str, keep_old_until: datetime, expires_at: datetime | None = None) -> IssuedKey:
    """Give a client a new key. Its old one expires at `keep_old_until`, or at its own date if that is earlier.

    Raises NoSuchClient, and TooManyKeys if the rotation before has not ended.
    """
    client = _locked_client(identifier)
    secret = random_secret()
    key = _add(client, secret, expires_at)
    # LEAST of a date and NULL, which means never, is the date.
    client.keys.live().exclude(pk=key.pk).update(expires_at=Least("expires_at", keep_old_until))
    return IssuedKey(key, secret, list(client.keys.live().exclude(pk=key.pk)))


def revoke(keys: HawkKeys) -> int:
    """Revoke these keys now, in all processes and for good: their secrets are deleted. Returns how many."""
    return keys.filter(revoked_at=None).update(revoked_at=Now(), secret="")


@transaction.atomic
def reencrypt() -> tuple[int, list[HawkKey]]:
    """Encrypt all secrets with the first key of the settings.

    Returns how many were encrypted, and the keys that no key of the settings decrypts, which stay as they are.
    """
    undecryptable = []
    keys = HawkKey.objects.select_for_update().filter(revoked_at=None).order_by("pk")
    for key in keys:
        try:
            key.secret = _cipher().rotate(key.secret).decode()
        except InvalidToken:
            undecryptable.append(key)
        else:
            key.save(update_fields=["secret"])
    return len(keys) - len(undecryptable), undecryptable


def encrypt(secret: str) -> str:
    """A secret as it is stored."""
    return _cipher().encrypt(secret.encode()).decode()


def decrypt(encrypted_secret: str) -> bytes:
    """The secret in clear. Raises Undecryptable."""
    try:
        return _cipher().decrypt(encrypted_secret)
    except InvalidToken as error:
        raise Undecryptable from error


def _has_secret(key: HawkKey, secret: str) -> bool:
    try:
        return decrypt(key.secret) == secret.encode()
    except Undecryptable:
        return False


@cache
def _cipher() -> MultiFernet:
    return cipher_of(web_settings().dss_hawk_encryption_keys)


def _locked_client(identifier: str) -> HawkClient:
    """The client, whose row is locked: nobody else changes its keys until the transaction ends."""
    client = HawkClient.objects.select_for_update().filter(pk=identifier).first()
    if client is None:
        raise NoSuchClient(identifier)
    return client


def _add(client: HawkClient, secret: str, expires_at: datetime | None) -> HawkKey:
    """Add a key to a client whose row is locked, so that the count is still true when the key is stored."""
    live = list(client.keys.live())
    if len(live) >= MAX_LIVE_KEYS:
        raise TooManyKeys(live)
    return client.keys.create(secret=encrypt(secret), expires_at=expires_at)
