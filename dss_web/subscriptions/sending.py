"""Due messages -> the mail server, to people who may still see the dataset, and the addresses of programs.

One that is sent twice has the same Message-ID or webhook-id.
"""

from datetime import timedelta
from typing import Final

from django.conf import settings

from dss_web.accounts.visibility import may_see
from dss_web.outbox import Patience, send_mail, settle_all
from dss_web.registry.models import CatalogueEntry, DatasetEvent
from dss_web.subscriptions import webhooks
from dss_web.subscriptions.following import is_still_known
from dss_web.subscriptions.letters import letter
from dss_web.subscriptions.models import SubscriptionMessage

# As for mail about uploads: so many attempts take a day.
_PATIENCE: Final = Patience(first=timedelta(minutes=1), longest=timedelta(hours=2), attempts=18)


def send_due() -> int:
    """Send all that is due to followers. Returns how many messages were settled or put off."""
    return settle_all(lambda: SubscriptionMessage.objects.order_by("event_id", "id"), _send, _PATIENCE)


def _send(message: SubscriptionMessage) -> str:
    """Send a message, or leave it; which of the two, in a word for the table."""
    event = DatasetEvent.objects.filter(pk=message.event_id).first()
    entry = CatalogueEntry.objects.filter(key=event.dataset, withdrawn_at=None).first() if event else None
    if event is None or entry is None:
        return "the dataset is gone"
    if not (person := message.subscription.person):
        return webhooks.send(message, event, entry)
    if not settings.DSS.dss_mail_url:
        return "there is no mail server"
    if not is_still_known(person):
        return "its person has no access"
    if not may_see(person, event.dataset):
        return "its person may not see the dataset"
    leave = f"<{settings.DSS.dss_web_url}{entry.get_absolute_url()}follow/>"
    send_mail(f"subscription-{message.pk}", [person.email], letter(event, entry), {"List-Unsubscribe": leave})
    return "sent"
