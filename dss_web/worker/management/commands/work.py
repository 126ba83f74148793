"""`manage.py work`: check uploads behind the requests, and send mail."""

from typing import Any

import psycopg
from django.conf import settings
from django.core.management.base import BaseCommand

from dss_web.gc_tuning import freeze_loaded_objects
from dss_web.mail.events import notice
from dss_web.mail.sending import send_due
from dss_web.shared.liveness import SESSION, client_parameters
from dss_web.uploads.task_runs import run_task
from dss_web.worker.supervisor import Supervisor


def send_mail() -> None:
    """Tell people what became of their uploads."""
    notice()
    send_due()


def _connect() -> psycopg.Connection[Any]:
    """The connection on which a worker takes tasks, and hears that there are some."""
    connection = psycopg.connect(
        settings.DSS.dss_database_url,
        autocommit=True,
        application_name="dss-worker",
        connect_timeout=5,
        **client_parameters(untaken_seconds=10),
    )
    connection.execute(SESSION.encode())
    return connection


class Command(BaseCommand):
    """Works until it is stopped. Several may run at the same time."""

    help = "Check uploaded files and send the mail that is due, until it is stopped."
    # They would connect to the database through Django, which the processes that are forked must not inherit.
    requires_system_checks = ()

    def handle(self, *args: Any, **options: Any) -> None:
        freeze_loaded_objects()
        Supervisor(_connect, run_task, send_mail if settings.DSS.dss_mail_url else None).run()
