"""`manage.py send_mail`: tell people what became of their uploads."""

import logging
import time
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import Error as DatabaseError
from django.db import connections

from dss_web.mail.events import notice
from dss_web.mail.sending import send_due

log = logging.getLogger(__name__)


class Command(BaseCommand):
    """Sends the mail that is due, once or again and again. Several may run at the same time."""

    help = "Send mail about uploads that are done, have failed, or wait for an answer."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--every", type=float, metavar="SECONDS", help="look again after so many seconds, until it is stopped"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.DSS.dss_mail_url:
            raise CommandError("There is no mail server: set DSS_MAIL_URL, for example to console:")
        while True:
            try:
                notice()
                send_due()
            except DatabaseError as error:
                if options["every"] is None:
                    raise
                log.warning("mail waits for the database: %s", type(error).__name__)
            if options["every"] is None:
                return
            connections.close_all()
            time.sleep(options["every"])
