"""`manage.py work`: check uploads behind the requests, and send mail."""

from functools import partial
from typing import Any

import psycopg
from django.conf import settings
from django.core.management.base import BaseCommand

from dss_web.gc_tuning import freeze_loaded_objects
from dss_web.mail.events import notice
from dss_web.mail.sending import send_due
from dss_web.shared.liveness import SERVER_OPTIONS, client_parameters
from dss_web.uploads.task_runs import run_task
from dss_web.worker.supervisor import Supervisor


def send_mail() -> None:
    """Tell people what became of their uploads."""
    notice()
    send_due()


class Command(BaseCommand):
    """Works until it is stopped. Several may run at the same time."""

    help = "Check uploaded files and send the mail that is due, until it is stopped."
    # They would connect to the database through Django, which the processes that are forked must not inherit.
    requires_system_checks = ()

    def handle(self, *args: Any, **options: Any) -> None:
        connect = partial(
            psycopg.connect,
            settings.DSS.dss_database_url,
            autocommit=True,
            application_name="dss-worker",
            connect_timeout=5,
            options=SERVER_OPTIONS,
            **client_parameters(untaken_seconds=10),
        )
        freeze_loaded_objects()
        Supervisor(connect, run_task, send_mail if settings.DSS.dss_mail_url else None).run()
