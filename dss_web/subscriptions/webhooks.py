"""Programs that follow a dataset: their addresses and secrets, and what is sent to them, signed as alerts are.

Owners enter addresses, so that they may not lead to what only this network reaches: each connection is looked at when
it is made (`dss_web.shared.public_hosts`), but for the hosts that a setting names.
"""

import base64
import secrets
from functools import cache
from typing import Any, Final
from urllib.parse import urlsplit

import requests
from cryptography.fernet import InvalidToken, MultiFernet
from django.conf import settings
from django.db import IntegrityError, transaction

from dss_web.accounts.models import User
from dss_web.alerts import webhook
from dss_web.configuration import web_settings
from dss_web.encryption import cipher_of
from dss_web.outbox import NotTaken
from dss_web.registry.models import CatalogueEntry, DatasetEvent, UploadEvent
from dss_web.shared.public_hosts import NotPublic, PublicAdapter, host_of
from dss_web.subscriptions.letters import summary, title_of
from dss_web.subscriptions.models import Subscription, SubscriptionMessage

# Whoever needs more lets one of them hand messages on.
MOST: Final = 5


class TooMany(Exception):
    """A dataset has as many addresses as it may have."""


class AlreadyThere(Exception):
    """The address gets messages about the dataset already."""


@transaction.atomic
def add(dataset: str, url: str, person: User) -> str:
    """Send messages about `organisation.dataset` to an address. Returns the secret that signs them, this once.

    Raises TooMany and AlreadyThere.
    """
    if Subscription.objects.filter(dataset=dataset).exclude(url="").count() >= MOST:
        raise TooMany
    secret = f"whsec_{base64.b64encode(secrets.token_bytes(32)).decode()}"
    try:
        with transaction.atomic():
            Subscription.objects.create(
                dataset=dataset, url=url, secret=_cipher().encrypt(secret.encode()).decode(), made_by=person.email
            )
    except IntegrityError as error:
        raise AlreadyThere from error
    _note(dataset, person, "add a webhook", url)
    return secret


@transaction.atomic
def remove(subscription: Subscription, person: User) -> None:
    """Send nothing more to an address, what is due already included."""
    if Subscription.objects.filter(pk=subscription.pk).delete()[0]:
        _note(subscription.dataset, person, "remove a webhook", subscription.url)


def send(message: SubscriptionMessage, event: DatasetEvent, entry: CatalogueEntry) -> str:
    """Send a message; how it ended, in a word for the table. Raises NotTaken, or OSError."""
    subscription = message.subscription
    try:
        secret = _cipher().decrypt(subscription.secret).decode()
    except InvalidToken as error:
        raise NotTaken("its secret cannot be decrypted") from error
    key = base64.b64decode(secret.removeprefix("whsec_"))
    with requests.Session() as session:
        session.mount("https://", PublicAdapter(_named_with(subscription.url)))
        try:
            webhook.send(subscription.url, [key], f"dataset-event-{message.pk}", body(event, entry), session)
        except NotPublic as error:
            raise NotTaken("the address is not public") from error
    return "sent"


def body(event: DatasetEvent, entry: CatalogueEntry) -> dict[str, Any]:
    """What a program is sent: the event with its details, but for the columns of the table, which the API has."""
    subject, text = summary(event, title_of(entry))
    return {
        "type": f"dataset.{event.kind}",
        "timestamp": event.happened_at,
        "data": {
            "id": event.pk,
            "dataset": event.dataset,
            "summary": subject,
            "text": text,
            "link": settings.DSS.dss_web_url + entry.get_absolute_url(),
            **{name: event.details[name] for name in ("removed", "retyped", "added") if name in event.details},
        },
    }


def reencrypt() -> int:
    """Encrypt all secrets with the first key of the settings; how many they were. Raises InvalidToken."""
    count = 0
    with transaction.atomic():
        for subscription in Subscription.objects.select_for_update().exclude(secret=""):
            subscription.secret = _cipher().rotate(subscription.secret).decode()
            subscription.save(update_fields=["secret"])
            count += 1
    return count


def named_hosts() -> frozenset[str]:
    """The hosts of this network that may be reached."""
    return frozenset(host.strip().lower() for host in settings.DSS.dss_webhook_hosts.split(",") if host.strip())


def _named_with(url: str) -> list[tuple[str, int]]:
    return [host_of(url)] if (urlsplit(url).hostname or "").lower() in named_hosts() else []


def _note(dataset: str, person: User, action: str, url: str) -> None:
    # An address may hold a key: its host says whose it is.
    UploadEvent.objects.create(
        person=person.email,
        person_id=person.user_id,
        action=action,
        dataset=dataset,
        after={"host": urlsplit(url).hostname},
    )


@cache
def _cipher() -> MultiFernet:
    return cipher_of(web_settings().dss_hawk_encryption_keys)
