"""Due messages -> the mail server and the webhook. One that is sent twice has the same Message-ID or webhook-id."""

from datetime import timedelta
from typing import Final

from django.conf import settings
from django.db.models import Exists, OuterRef, Q, QuerySet

from dss_web.alerts import webhook
from dss_web.alerts.wording import body, words
from dss_web.outbox import Patience, message_id, send_mail, settle_all
from dss_web.registry.models import Alert, AlertMessage
from dss_web.shared.contract import AlertChannel, AlertEvent

# So many attempts take a day, after which nobody is helped by a message. The metric dss_alert_messages_untold shows
# that some were not sent.
_PATIENCE: Final = Patience(first=timedelta(seconds=30), longest=timedelta(hours=1), attempts=30)


def send_due() -> int:
    """Send all messages that are due. Returns how many were settled or put off."""
    return settle_all(_in_turn, _send, _PATIENCE)


def _in_turn() -> QuerySet[AlertMessage]:
    """The messages, but for those that an incident is over of which nobody was told yet that it began."""
    first = AlertMessage.objects.filter(alert=OuterRef("alert"), channel=OuterRef("channel"), event=AlertEvent.BEGAN)
    return AlertMessage.objects.filter(Q(event=AlertEvent.BEGAN) | ~Exists(first.filter(settled_at=None))).order_by(
        "id"
    )


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
    # Mail programs show both as one conversation.
    began = message_id(f"alert-{alert.pk}-{AlertEvent.BEGAN}")
    thread = {"In-Reply-To": began, "References": began} if event == AlertEvent.OVER else {}
    send_mail(f"alert-{alert.pk}-{event}", to, words(alert, event), thread)
