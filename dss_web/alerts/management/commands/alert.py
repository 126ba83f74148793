"""`manage.py alert`: look once for what is wrong, and tell operators. `manage.py work` does so all the time."""

from datetime import datetime
from smtplib import SMTPException
from typing import Any

from django.core.management.base import CommandError, CommandParser
from django.utils import timezone

from dss_web.alerts.noticing import channels, notice, wrong_now
from dss_web.alerts.sending import send, send_due
from dss_web.alerts.webhook import Refused
from dss_web.operator_command import OperatorCommand
from dss_web.registry.models import Alert
from dss_web.shared.contract import AlertEvent, Problem


class Command(OperatorCommand):
    """A platform's scheduler may run it: it then notices as well that no worker runs. Several may run at once."""

    help = "Look once for what is wrong with datasets and processes, and send the alerts that are due."

    def add_arguments(self, parser: CommandParser) -> None:
        """`--try`."""
        parser.add_argument(
            "--try", action="store_true", dest="is_trial", help="send a message of each kind of channel, about nothing"
        )

    def handle(self, *args: Any, is_trial: bool, **options: Any) -> None:
        if not is_trial:
            self._look()
            return
        if not channels():
            raise CommandError(
                "Nobody would be told: set DSS_ALERT_MAIL with DSS_MAIL_URL, or DSS_ALERT_WEBHOOK_URL with its secret."
            )
        alert = Alert(
            pk=0,
            kind=Problem.NO_WORKER,
            dataset="",
            reason="This is a trial by `manage.py alert --try`: nothing is wrong.",
            since=timezone.now(),
            noticed_at=timezone.now(),
        )
        for channel in channels():
            try:
                send(alert, AlertEvent.BEGAN, channel)
            except (OSError, SMTPException, Refused) as error:
                raise CommandError(f"It could not be sent by {channel}: {error}") from error
            self.stdout.write(f"sent by {channel}")

    def _look(self) -> None:
        if channels():
            notice()
            send_due()
            for alert in Alert.objects.filter(over_at=None).order_by("since"):
                self.stdout.write(f"{alert} since {_minute(alert.since)}: {alert.reason}")
            return
        # An incident that this process noticed would be old news to the worker, and nobody would be told of it.
        for finding in wrong_now().values():
            what = f"{finding.dataset or 'the service'}: {finding.problem}"
            self.stdout.write(f"{what} since {_minute(finding.since)}: {finding.why}")
        self.stderr.write(
            "Nobody was told, since neither DSS_ALERT_MAIL nor DSS_ALERT_WEBHOOK_URL is set here. A worker that has "
            "them does so."
        )


def _minute(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M} UTC"
