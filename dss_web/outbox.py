"""Rows about what is to be sent -> sent, one in one transaction, and tried again later where nobody takes it.

Each is sent at least once, and once unless the process dies in the moment between the receiver's yes and the commit: no
mail server offers both. A second one has the same id, by which its receiver knows what it has already.
"""

import logging
import smtplib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, Protocol, TypeVar
from urllib.parse import urlsplit

from django.conf import settings
from django.core.mail import EmailMessage
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from psycopg import Connection, sql

from dss_web.shared.contract import Table

log = logging.getLogger(__name__)


class NotTaken(Exception):
    """Whoever should take it said no. The text is for the log and the table: it names no address."""


class Sendable(Protocol):
    """A row about one thing to be sent. `settled_at` is when it was sent, left or given up, and `outcome` which."""

    attempts: int
    next_attempt_at: datetime
    settled_at: datetime | None
    outcome: str

    def save(self) -> None:
        """Write the row."""


Row = TypeVar("Row", bound=Any)

_IS_DUE: Final = sql.SQL("SELECT EXISTS (SELECT FROM {} WHERE settled_at IS NULL AND next_attempt_at <= now())")


@dataclass(frozen=True, slots=True)
class Patience:
    """After each failure twice as long, from the `first` pause to the `longest`, until so many attempts have failed."""

    first: timedelta
    longest: timedelta
    attempts: int


def is_due(connection: Connection[Any], table: Table) -> bool:
    """Whether a table of rows about what is to be sent has one that may be sent now."""
    return connection.execute(_IS_DUE.format(sql.Identifier(*table))).fetchone() == (True,)


def message_id(name: str) -> str:
    """The Message-ID of a mail about something of this name, however often it is sent."""
    return f"<{name}@{urlsplit(settings.DSS.dss_web_url).hostname}>"


def send_mail(name: str, to: Sequence[str], words: tuple[str, str], headers: Mapping[str, str] | None = None) -> None:
    """Send `words`, a subject and a text, as a mail of this name that no program answers.

    Raises OSError or SMTPException.
    """
    told = {"Message-ID": message_id(name), "Auto-Submitted": "auto-generated", **(headers or {})}
    EmailMessage(*words, to=to, headers=told).send()


def settle_all(due: Callable[[], QuerySet[Row]], send: Callable[[Row], str], patience: Patience) -> int:
    """Send what is due, in its order. Returns how many rows were settled or put off.

    `due` are the rows that may be sent now. `send` sends one or leaves it, and returns which, in a word for the table;
    it raises NotTaken, OSError or SMTPException where nobody takes it.
    """
    count = 0
    while _settle_next(due(), send, patience):
        count += 1
    return count


@transaction.atomic
def _settle_next(due: QuerySet[Row], send: Callable[[Row], str], patience: Patience) -> bool:
    """Settle one row, which no other process takes meanwhile. False if none is due."""
    ready = due.filter(settled_at=None, next_attempt_at__lte=timezone.now())
    row = ready.select_for_update(skip_locked=True).first()
    if row is None:
        return False
    entry: Sendable = row
    entry.attempts += 1
    try:
        entry.outcome = send(row)
    except (OSError, smtplib.SMTPException, NotTaken) as error:
        # The errors of others name addresses, which neither log nor table need.
        entry.outcome = str(error) if isinstance(error, NotTaken) else type(error).__name__
        log.warning("%s could not be sent: %s", row, entry.outcome)
        entry.next_attempt_at = timezone.now() + min(patience.first * 2 ** (entry.attempts - 1), patience.longest)
        if entry.attempts >= patience.attempts:
            entry.outcome = f"given up: {entry.outcome}"
            entry.settled_at = timezone.now()
    else:
        entry.settled_at = timezone.now()
    entry.save()
    return True
