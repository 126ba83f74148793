"""Due messages -> the mail server and the webhook, one message in one transaction.

Each is sent at least once, and once unless the process dies between the receiver's yes and the commit: then a second
one has the same Message-ID, or the same webhook-id.
"""

import logging
import smtplib
from datetime import timedelta
from typing import Final
from urllib.parse import urlsplit

from django.conf import settings
from django.core.mail import EmailMessage
from django.db import transaction
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from dss_web.alerts import webhook
from dss_web.alerts.wording import body, words
from dss_web.registry.models import Alert, AlertMessage
from dss_web.shared.contract import AlertChannel, AlertEvent

log = logging.getLogger(__name__)

# After each failure twice as long, from half a minute to an hour. So many attempts take a day, after which nobody is
# helped by a message: the metric dss_alert_messages_untold shows that some were not sent.
_FIRST_PAUSE: Final = timedelta(seconds=30)
_LONGEST_PAUSE: Final = timedelta(hours=1)
MOST_ATTEMPTS: Final = 30


def send_due() -> int:
    """Send all messages that are due. Returns how many were settled or put off."""
    count = 0
    while _send_next():
        count += 1
    return count


@transaction.atomic
def _send_next() -> bool:
    """Settle one message, which no other process takes meanwhile. False if none is due."""
    due = AlertMessage.objects.filter(settled_at=None, next_attempt_at__lte=timezone.now())
    # That it is over is told after that it began.
    first = AlertMessage.objects.filter(alert=OuterRef("alert"), channel=OuterRef("channel"), event=AlertEvent.BEGAN)
    in_turn = due.filter(Q(event=AlertEvent.BEGAN) | ~Exists(first.filter(settled_at=None))).order_by("id")
    message = in_turn.select_for_update(skip_locked=True).first()
    if message is None:
        return False
    message.attempts += 1
    try:
        message.outcome = _send(message)
    except (OSError, smtplib.SMTPException, webhook.Refused) as error:
        # Other errors name addresses, which neither log nor table need.
        reason = str(error) if isinstance(error, webhook.Refused) else type(error).__name__
        log.warning("the message %s could not be sent by %s: %s", message.pk, message.channel, reason)
        pause = min(_FIRST_PAUSE * 2 ** (message.attempts - 1), _LONGEST_PAUSE)
        message.next_attempt_at = timezone.now() + pause
        message.outcome = reason
        if message.attempts >= MOST_ATTEMPTS:
            message.outcome = f"given up: {reason}"
            message.settled_at = timezone.now()
    else:
        message.settled_at = timezone.now()
    message.save()
    return True


def _send(message: AlertMessage) -> str:
    """Send a message, or leave it; which of the two, in a word for the table."""
    alert = message.alert
    told = AlertMessage.objects.filter(alert=alert, channel=message.channel, event=AlertEvent.BEGAN, outcome="sent")
    if message.event == AlertEvent.OVER and not told.exists():
        return "its beginning was not told"
    return send(alert, message.event, message.channel)


def send(alert: Alert, event: str, channel: str) -> str:
    """Send what is to be said of an incident by one channel."""
    dss = settings.DSS
    if channel == AlertChannel.MAIL:
        if not (dss.alert_mail and dss.dss_mail_url):
            return "no mail is sent any more"
        _mail(alert, event, dss.alert_mail)
    else:
        if not dss.dss_alert_webhook_url:
            return "there is no webhook any more"
        identifier = f"alert-{alert.pk}-{event}"
        webhook.send(dss.dss_alert_webhook_url, dss.alert_webhook_secrets, identifier, body(alert, event))
    return "sent"


def _mail(alert: Alert, event: str, to: list[str]) -> None:
    host = urlsplit(settings.DSS.dss_web_url).hostname
    began = f"<alert-{alert.pk}-{AlertEvent.BEGAN}@{host}>"
    headers = {"Message-ID": began, "Auto-Submitted": "auto-generated"}
    if event == AlertEvent.OVER:
        # Mail programs show both as one conversation.
        headers |= {"Message-ID": f"<alert-{alert.pk}-{event}@{host}>", "In-Reply-To": began, "References": began}
    subject, text = words(alert, event)
    EmailMessage(subject, text, to=to, headers=headers).send()
