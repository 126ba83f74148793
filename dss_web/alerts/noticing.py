"""What is wrong now -> incidents (`operations.alert`) that begin and end, and the messages that are due about them.

An incident is one row however often a load is tried, and whichever worker looks: they look one after the other.
"""

from collections.abc import Iterable
from datetime import timedelta
from typing import Any, Final, cast

from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone
from psycopg import Connection

from dss_web.registry.models import Alert, AlertMessage
from dss_web.registry.problems import Finding, dataset_problems, service_problems, stood_still
from dss_web.shared.contract import AlertChannel, AlertEvent, Problem

# What comes and goes is one incident: a retry that has begun, or a daemon that is restarted, is no end.
QUIET: Final = timedelta(minutes=2)
# Open incidents are written this often, and not at each look.
_SEEN_EVERY: Final = timedelta(seconds=45)
# A reason may quote a whole line of a file.
MOST_CHARACTERS: Final = 1000
# What ends by itself when a daemon that starts along with the worker has begun.
_OF_THE_DAEMON: Final = frozenset({Problem.NO_DAEMON, Problem.STUCK})
_LOCK: Final = "SELECT pg_try_advisory_xact_lock(hashtextextended('alerts', 0))"


def channels() -> list[AlertChannel]:
    """How operators are told, by the settings."""
    dss = settings.DSS
    return [
        *([AlertChannel.MAIL] if dss.alert_mail and dss.dss_mail_url else []),
        *([AlertChannel.WEBHOOK] if dss.dss_alert_webhook_url else []),
    ]


@transaction.atomic
def notice() -> None:
    """Begin incidents for what is wrong and was not, and end those of what is right again."""
    with connection.cursor() as cursor:
        cursor.execute(_LOCK)
        if cursor.fetchone() != (True,):
            return  # another worker is looking
    found = wrong_now()
    is_starting = stood_still(_connection())
    now = timezone.now()
    for alert in Alert.objects.filter(over_at=None):
        finding = found.pop((alert.dataset, alert.kind), None)
        if finding:
            reason = finding.why[:MOST_CHARACTERS]
            if reason != alert.reason or now - alert.seen_at > _SEEN_EVERY:
                alert.reason, alert.seen_at = reason, now
                alert.save(update_fields=["reason", "seen_at"])
        elif alert.accepted_at or now - alert.seen_at > QUIET:
            alert.over_at = now
            alert.save(update_fields=["over_at"])
            told = AlertMessage.objects.filter(alert=alert, event=AlertEvent.BEGAN)
            _announce(alert, AlertEvent.OVER, told.values_list("channel", flat=True))
    for finding in found.values():
        if is_starting and finding.problem in _OF_THE_DAEMON:
            continue
        alert = Alert.objects.create(
            dataset=finding.dataset,
            kind=finding.problem,
            since=finding.since,
            reason=finding.why[:MOST_CHARACTERS],
        )
        _announce(alert, AlertEvent.BEGAN, channels())


def wrong_now() -> dict[tuple[str, str], Finding]:
    """What is wrong, by dataset and kind. Where the daemon is silent every dataset stands still: that is one alert."""
    connected = _connection()
    service = service_problems(connected)
    daemon_is_silent = any(finding.problem == Problem.NO_DAEMON for finding in service)
    return {
        (finding.dataset, str(finding.problem)): finding
        for finding in [*service, *dataset_problems(connected)]
        if not (daemon_is_silent and finding.problem == Problem.STUCK)
    }


def _connection() -> Connection[Any]:
    connection.ensure_connection()
    # Django's connection is one of psycopg's.
    return cast("Connection[Any]", connection.connection)


def _announce(alert: Alert, event: AlertEvent, to: Iterable[str]) -> None:
    AlertMessage.objects.bulk_create([AlertMessage(alert=alert, event=event, channel=channel) for channel in to])
