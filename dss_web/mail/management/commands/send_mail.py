"""`manage.py send_mail`: tell people what became of their uploads, once. `manage.py work` does so all the time."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from dss_web.mail.events import notice
from dss_web.mail.sending import send_due


class Command(BaseCommand):
    """Sends the mail that is due. Several may run at the same time."""

    help = "Send mail about uploads that are done, have failed, or wait for an answer: what is due now."

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.DSS.dss_mail_url:
            raise CommandError("There is no mail server: set DSS_MAIL_URL, for example to console:")
        notice()
        send_due()
