"""An incident -> what is said of it. Nothing of an upload's contents, and no person: mail and webhooks go anywhere."""

from datetime import datetime
from typing import Any, Final, NamedTuple
from urllib.parse import urlencode

from django.conf import settings
from django.urls import reverse
from django.utils import timezone

from dss_web.registry.models import Alert
from dss_web.shared.contract import AlertEvent, Problem

_SUBJECTS: Final = {
    Problem.LATE: "{dataset} is late",
    Problem.FAILING: "{dataset} is failing",
    Problem.STUCK: "{dataset} is stuck",
    Problem.SHRUNK: "{dataset} has shrunk",
    Problem.CHANGED_COLUMNS: "{dataset} has changed columns",
    Problem.NO_WORKER: "No worker runs",
    Problem.NO_DAEMON: "The Dagster daemon does not run",
}


class Words(NamedTuple):
    """The subject and text of a mail."""

    subject: str
    text: str


def words(alert: Alert, event: str) -> Words:
    """What a mail about an incident says."""
    what = subject(alert)
    lines = [f"{what}, since {_moment(alert.since)}.", alert.reason]
    if event == AlertEvent.OVER and alert.over_at:
        how = "An administrator has taken note of it" if alert.accepted_at else "It is over"
        lines = [f"{how}, since {_moment(alert.over_at)}: {what}.", f"It had been so since {_moment(alert.since)}."]
        what = f"Over: {what}"
    lines += [f"Where to look: {link(alert)}", f"What to do: {runbook(alert.kind)}"]
    return Words(f"[Data Store Service] {what}", "\n\n".join(filter(None, lines)) + "\n")


def body(alert: Alert, event: str) -> dict[str, Any]:
    """What a webhook is sent about an incident."""
    return {
        "type": f"alert.{event}",
        "timestamp": alert.over_at if event == AlertEvent.OVER else alert.noticed_at,
        "data": {
            "id": alert.pk,
            "kind": alert.kind,
            "dataset": alert.dataset or None,
            "summary": subject(alert),
            "reason": alert.reason,
            "since": alert.since,
            "over": alert.over_at if event == AlertEvent.OVER else None,
            "link": link(alert),
            "runbook": runbook(alert.kind),
        },
    }


def subject(alert: Alert) -> str:
    """What is wrong, in a few words."""
    return _SUBJECTS[Problem(alert.kind)].format(dataset=alert.dataset).replace("\n", " ")


def link(alert: Alert) -> str:
    """The page of the administration that shows more of it."""
    page = f"{settings.DSS.dss_web_url}{reverse('admin:registry_alert_changelist')}"
    return f"{page}?{urlencode({'q': alert.dataset})}" if alert.dataset else page


def runbook(kind: str) -> str:
    """The section of the runbook about a kind of incident."""
    return f"{settings.DSS.dss_runbook_url or 'docs/runbook.md'}#{kind.replace(' ', '-')}"


def _moment(at: datetime) -> str:
    return timezone.localtime(at).strftime("%-d %B %Y at %H:%M")
