"""Due mail -> the mail server. A letter that is sent twice has the same Message-ID."""

from datetime import timedelta
from typing import Final

from dss_web.accounts.models import User
from dss_web.accounts.visibility import may_see
from dss_web.mail.letters import words
from dss_web.mail.models import Letter
from dss_web.outbox import Patience, send_mail, settle_all
from dss_web.registry.models import UploadEvent, UploadFile

# An hour's outage of the mail server delays mail by as much. Whoever has not been reached after so many attempts, which
# take a day, will look at the page.
_PATIENCE: Final = Patience(first=timedelta(minutes=1), longest=timedelta(hours=2), attempts=18)


def send_due() -> int:
    """Send all mail that is due, a letter at a time. Returns how many letters were settled or put off."""
    return settle_all(lambda: Letter.objects.order_by("event_id"), _send, _PATIENCE)


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
    if not may_see(person, event.dataset):
        return "its person may not see the dataset"
    if not person.wants_mail:
        return "its person wants no mail"
    send_mail(f"upload-event-{event.pk}", [person.email], words(event, version))
    return "sent"
