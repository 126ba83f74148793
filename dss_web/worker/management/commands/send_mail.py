"""`manage.py send_mail`: tell people what became of their uploads and of datasets that they follow, once.

`manage.py work` does so all the time.
"""

from typing import Any

from django.conf import settings
from django.core.management.base import CommandError

from dss_web.mail.sending import send_due as send_letters
from dss_web.operator_command import OperatorCommand
from dss_web.subscriptions.sending import send_due as send_news
from dss_web.worker.management.commands.work import connect, mail_is_due, news_is_due


class Command(OperatorCommand):
    """Sends the mail that is due. Several may run at the same time."""

    help = "Send mail about uploads, and to followers of datasets: what is due now."

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.DSS.dss_mail_url:
            raise CommandError("There is no mail server: set DSS_MAIL_URL, for example to console:")
        with connect() as connection:
            if mail_is_due(connection):
                send_letters()
            if news_is_due(connection):
                send_news()
