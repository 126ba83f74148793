"""What is to be done with a file behind the request: asked for, waited for, withdrawn.

`task_queue` hands it to a worker, and `task_runs` does it.
"""

import time
from collections.abc import Mapping
from typing import Any, Final

from django.db import connection
from django.db.models.functions import Now

from dss_web.registry.models import UploadFile, UploadTask
from dss_web.shared.contract import TaskKind, TaskOutcome
from dss_web.uploads.acting import Actor
from dss_web.uploads.errors import AlreadyMoved
from dss_web.uploads.task_queue import TELL

# A request waits so long for its task. Most files have 1 MB or less, and are checked in a tenth of it: their people
# never see that somebody else does the work.
WAIT_SECONDS: Final = 1.0
# Each look reads one row by its key.
_PAUSE_SECONDS: Final = 0.03


def request_task(
    version: UploadFile, kind: TaskKind, person: Actor, arguments: Mapping[str, Any] | None = None
) -> None:
    """Have something done with the file of a version, for this person.

    Within `acting`, whose transaction holds the version's row: a worker hears of it once that has committed. Raises
    AlreadyMoved where something is being done with it already.
    """
    if UploadTask.objects.filter(version=version, outcome="").exists():
        raise AlreadyMoved(f"something is being done with upload {version.id} already")
    UploadTask.objects.update_or_create(
        version=version,
        defaults={
            "kind": kind,
            "arguments": dict(arguments or {}),
            "person": person.email,
            "person_id": person.user_id,
            "requested_at": Now(),
            "due_at": Now(),
            "attempts": 0,
            "claim": None,
            "started_at": None,
            "heartbeat_at": None,
            "bytes_done": 0,
            "bytes_total": version.size or 0,
            "outcome": "",
            "problems": {},
            "finished_at": None,
        },
    )
    with connection.cursor() as cursor:
        cursor.execute(TELL)


def withdraw_task(version: UploadFile) -> None:
    """Close what is open of a version. Whoever works on it finds out within seconds, and changes nothing any more."""
    UploadTask.objects.filter(version=version, outcome="").update(
        outcome=TaskOutcome.WITHDRAWN, claim=None, finished_at=Now()
    )


def wait_for_task(version: UploadFile) -> UploadTask | None:
    """The last task of a version, once it is done or a second has passed. `version` and its `task` are read again."""
    deadline = time.monotonic() + WAIT_SECONDS
    while (task := UploadTask.objects.filter(version=version).first()) and task.is_open:
        if time.monotonic() >= deadline:
            break
        time.sleep(_PAUSE_SECONDS)
    version.refresh_from_db()
    if task:
        version.task = task
    return task
