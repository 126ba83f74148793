"""Due mail -> the mail server, one letter in one transaction.

Each event is mailed at least once, and once unless the process dies in the moment between the mail server's yes and the
commit: no mail server offers both. A second mail then has the same Message-ID, by which mail programs show one.
"""

import logging
import smtplib
from datetime import timedelta
from typing import Final
from urllib.parse import urlsplit

from django.conf import settings
from django.core.mail import EmailMessage
from django.db import transaction
from django.utils import timezone

from dss_web.accounts.models import User
from dss_web.mail.letters import words
from dss_web.mail.models import Letter
from dss_web.registry.models import UploadEvent, UploadFile

log = logging.getLogger(__name__)

# After each failure twice as long, from a minute to two hours: an hour's outage of the mail server delays mail by as
# much. Whoever has not been reached after so many attempts, which take a day, will look at the page.
_FIRST_PAUSE: Final = timedelta(minutes=1)
_LONGEST_PAUSE: Final = timedelta(hours=2)
MOST_ATTEMPTS: Final = 18


def send_due() -> int:
    """Send all mail that is due, a letter at a time. Returns how many letters were settled or put off."""
    count = 0
    while _send_next():
        count += 1
    return count


@transaction.atomic
def _send_next() -> bool:
    """Settle one letter, which no other process takes meanwhile. False if none is due."""
    due = Letter.objects.filter(settled_at=None, next_attempt_at__lte=timezone.now()).order_by("event_id")
    letter = due.select_for_update(skip_locked=True).first()
    if letter is None:
        return False
    letter.attempts += 1
    try:
        letter.outcome = _send(letter)
    except (OSError, smtplib.SMTPException) as error:
        # An SMTP error names the address, which the log need not.
        log.warning("mail about event %s could not be sent (%s)", letter.event_id, type(error).__name__)
        pause = min(_FIRST_PAUSE * 2 ** (letter.attempts - 1), _LONGEST_PAUSE)
        letter.next_attempt_at = timezone.now() + pause
        letter.outcome = type(error).__name__
        if letter.attempts >= MOST_ATTEMPTS:
            letter.settled_at = timezone.now()
    else:
        letter.settled_at = timezone.now()
    letter.save()
    return True


def _send(letter: Letter) -> str:
    """Send a letter, or leave it; which of the two, in a word for the table."""
    event = UploadEvent.objects.get(pk=letter.event_id)
    found = UploadFile.objects.select_related("pipeline").filter(pk=event.version) if event.version else None
    version = found.first() if found else None
    if version is None:
        return "the version is gone"
    if (event.after or {}).get("state") != version.state:
        return "no longer true"
    # Of several people who have had the email, one after the other, the one who has it now was here last.
    person = User.objects.filter(email__iexact=version.uploaded_by).order_by("last_login").last()
    if person is None or not person.is_active or not person.may_come_in:
        return "its person has no access"
    if not person.wants_mail:
        return "its person wants no mail"
    subject, text = words(event, version)
    host = urlsplit(settings.DSS.dss_web_url).hostname
    EmailMessage(
        subject,
        text,
        to=[person.email],
        headers={"Message-ID": f"<upload-event-{event.pk}@{host}>", "Auto-Submitted": "auto-generated"},
    ).send()
    return "sent"
