"""`manage.py work`: check uploads behind the requests, send mail, and tell operators what is wrong."""

from pathlib import Path
from typing import Any, Final

import psycopg
from django.conf import settings
from django.core.management.base import BaseCommand

from dss_web.alerts.noticing import notice as notice_problems
from dss_web.alerts.sending import send_due as send_alerts
from dss_web.database.own import own_connection
from dss_web.gc_tuning import freeze_loaded_objects
from dss_web.mail.events import notice as notice_letters
from dss_web.mail.sending import send_due as send_letters
from dss_web.outbox import is_due
from dss_web.registry.catalogue_index import refresh
from dss_web.registry.dataset_events import notice as notice_events
from dss_web.shared.contract import LETTER, SUBSCRIPTION_MESSAGE
from dss_web.subscriptions.following import notice as notice_followers
from dss_web.subscriptions.sending import send_due as send_news
from dss_web.uploads.task_runs import run_task
from dss_web.worker.supervisor import Errand, Supervisor

MAIL_SECONDS: Final = 15.0
# Nothing that is told is so urgent that a look more often were worth its 100 ms. What is loaded meanwhile has its state
# of before in lists of datasets, and its new rows everywhere else.
LOOK_SECONDS: Final = 30.0


def mail_is_due(connection: psycopg.Connection[Any]) -> bool:
    """Whether people are to be told what became of their uploads."""
    notice_letters(connection)
    return is_due(connection, LETTER)


def news_is_due(connection: psycopg.Connection[Any]) -> bool:
    """Whether people and programs are to be told what has happened to datasets that they follow."""
    notice_followers(connection)
    return is_due(connection, SUBSCRIPTION_MESSAGE)


def look_at_datasets() -> None:
    """Write down what lists, the search and followers have to know, and tell operators what is wrong or right again."""
    with connect() as connection:
        refresh(connection)
        notice_problems()
        # After both, on which it stands.
        notice_events(connection)
    send_alerts()


def connect() -> psycopg.Connection[Any]:
    """The connection on which a worker takes tasks, outside of Django. Raises psycopg.OperationalError."""
    return own_connection("dss-worker", connect_seconds=5)


class Command(BaseCommand):
    """Works until it is stopped. Several may run at the same time."""

    help = "Check uploaded files, send the mail that is due and alert operators, until it is stopped."
    # They would connect to the database through Django, which the processes that are forked must not inherit.
    requires_system_checks = ()

    def handle(self, *args: Any, **options: Any) -> None:
        freeze_loaded_objects()
        # Of its own: a mail server or a program that is slow delays no other.
        errands = [Errand(look_at_datasets, LOOK_SECONDS), Errand(send_news, LOOK_SECONDS, news_is_due)]
        if settings.DSS.dss_mail_url:
            errands.append(Errand(send_letters, MAIL_SECONDS, mail_is_due))
        beat_file = settings.DSS.dss_worker_beat_file
        Supervisor(connect, run_task, errands, Path(beat_file) if beat_file else None).run()
