"""Who follows which datasets, and which events are to be sent to whom."""

from datetime import timedelta
from typing import Any, Final

from django.db.models import QuerySet
from django.utils import timezone
from psycopg import Connection

from dss_web.accounts.models import User
from dss_web.accounts.visibility import visible_to
from dss_web.registry.dataset_events import LATEST
from dss_web.registry.models import CatalogueEntry
from dss_web.subscriptions.models import Subscription

# What SSO said of somebody is no longer believed where they have not signed in for so long: they may have left.
KNOWN_FOR: Final = timedelta(days=90)

# It relies on the constraint by which two processes that look at once make one message. What happened before somebody
# followed is no news to them.
_NOTICE: Final = """
    INSERT INTO operations.subscription_message (subscription_id, event_id)
    SELECT subscription.id, event.id
    FROM operations.dataset_event AS event JOIN operations.subscription USING (dataset)
    WHERE event.noticed_at > now() - %s::interval AND event.noticed_at > subscription.followed_at
    ORDER BY event.id ON CONFLICT DO NOTHING
"""


def follow(dataset: str, person: User) -> None:
    """Send a person mail about `organisation.dataset` from now on."""
    Subscription.objects.get_or_create(dataset=dataset, person=person)


def unfollow(dataset: str, person: User) -> None:
    """Send a person no more mail about a dataset, what is due already included."""
    Subscription.objects.filter(dataset=dataset, person=person).delete()


def followed_by(person: User) -> QuerySet[CatalogueEntry]:
    """The datasets that a person follows and may see."""
    followed = Subscription.objects.filter(person=person).values("dataset")
    return CatalogueEntry.objects.filter(visible_to(person), key__in=followed, withdrawn_at=None)


def is_still_known(person: User) -> bool:
    """Whether a person may come in by what SSO has said of them not too long ago."""
    read_at = person.profile_read_at
    return person.is_active and person.may_come_in and read_at is not None and read_at > timezone.now() - KNOWN_FOR


def notice(connection: Connection[Any]) -> None:
    """Make the messages that are due and not there yet."""
    connection.execute(_NOTICE, [LATEST])
