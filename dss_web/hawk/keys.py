"""The keys of HAWK clients, made, rotated, revoked and encrypted: the one place that writes them.

A client has at most two live keys: the one that it is about to leave, and the one to which it goes. A secret is shown
by whoever makes it, once; at rest it is encrypted by the keys of the setting DSS_HAWK_ENCRYPTION_KEYS.
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

LIVE_AT_MOST: Final = 2


class NoSuchClient(Exception):
    """There is no client of this id."""


class TooManyKeys(Exception):
    """The client has as many live keys as it may have: `keys`."""

    def __init__(self, keys: list[HawkKey]) -> None:
        super().__init__(f"{len(keys)} live keys")
        self.keys = keys


class Undecryptable(Exception):
    """None of the keys in the settings decrypts the secret."""


@dataclass(frozen=True)
class IssuedKey:
    """A new key, and its secret in clear: to be shown now or never. `kept` are the client's other live keys."""

    key: HawkKey
    secret: str
    kept: list[HawkKey]


def random_secret() -> str:
    """256 random bits in characters that any shell and any header takes."""
    return secrets.token_urlsafe(32)


@transaction.atomic
def replace_keys(identifier: str, secret: str, expires_at: datetime | None = None) -> None:
    """Make `secret` the one live key of a client. A live key that has this secret already stays as it is."""
    client = _locked(identifier)
    same = [key.pk for key in client.keys.live() if _holds(key, secret)][:1]
    client.keys.filter(pk__in=same).update(expires_at=expires_at)
    revoke(client.keys.exclude(pk__in=same))
    if not same:
        _add(client, secret, expires_at)


@transaction.atomic
def rotate_key(identifier: str, keep_old_until: datetime, expires_at: datetime | None = None) -> IssuedKey:
    """Give a client a new key; the live one that it has ends at `keep_old_until`, or when it was to end if earlier.

    A client without a live key gets one. Raises NoSuchClient, and TooManyKeys where a rotation is still under way.
    """
    client = _locked(identifier)
    secret = random_secret()
    key = _add(client, secret, expires_at)
    # Of a date and NULL, which is never, LEAST is the date.
    client.keys.live().exclude(pk=key.pk).update(expires_at=Least("expires_at", keep_old_until))
    return IssuedKey(key, secret, list(client.keys.live().exclude(pk=key.pk)))


def revoke(keys: HawkKeys) -> int:
    """End these keys now, in all processes, and for good: their secrets are deleted. How many were ended."""
    return keys.filter(revoked_at=None).update(revoked_at=Now(), secret="")


@transaction.atomic
def reencrypt() -> tuple[int, list[HawkKey]]:
    """Encrypt all secrets by the first key of the settings: how many there are, and which could not be decrypted."""
    lost = []
    keys = HawkKey.objects.select_for_update().filter(revoked_at=None).order_by("pk")
    for key in keys:
        try:
            key.secret = _cipher().rotate(key.secret).decode()
        except InvalidToken:
            lost.append(key)
        else:
            key.save(update_fields=["secret"])
    return len(keys) - len(lost), lost


def encrypt(secret: str) -> str:
    """What is stored of a secret."""
    return _cipher().encrypt(secret.encode()).decode()


def decrypt(stored: str) -> bytes:
    """The secret of which this is stored. Raises Undecryptable."""
    try:
        return _cipher().decrypt(stored)
    except InvalidToken as error:
        raise Undecryptable from error


def _holds(key: HawkKey, secret: str) -> bool:
    try:
        return decrypt(key.secret) == secret.encode()
    except Undecryptable:
        return False


@cache
def _cipher() -> MultiFernet:
    return cipher_of(web_settings().dss_hawk_encryption_keys)


def _locked(identifier: str) -> HawkClient:
    """The client, whose keys nobody else changes until the transaction ends."""
    client = HawkClient.objects.select_for_update().filter(pk=identifier).first()
    if client is None:
        raise NoSuchClient(identifier)
    return client


def _add(client: HawkClient, secret: str, expires_at: datetime | None) -> HawkKey:
    """The one place where a key begins. The client is locked, so that the count still holds when it is stored."""
    live = list(client.keys.live())
    if len(live) >= LIVE_AT_MOST:
        raise TooManyKeys(live)
    return client.keys.create(secret=encrypt(secret), expires_at=expires_at)
