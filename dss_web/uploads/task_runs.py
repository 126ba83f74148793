"""A task -> what becomes of its version. Each runs in a process of its own, to its end or to the loss of its claim."""

import logging
import os
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Final

from django.db.models.functions import Now

from dss_web.database import request_connection
from dss_web.registry.models import UploadCheck, UploadFile, UploadTask
from dss_web.shared.contract import TaskKind, TaskOutcome, UploadState
from dss_web.shared.csv import InvalidCsv, Reading, inspect_csv
from dss_web.uploads import checking, file_storage, services, task_queue
from dss_web.uploads.acting import Requester, acting
from dss_web.uploads.errors import AlreadyMoved, BaseChanged, DatasetBusy, DatasetClosed
from dss_web.uploads.explanations import explain
from dss_web.uploads.load_plan import LoadPlan
from dss_web.uploads.trying import try_plan

log = logging.getLogger(__name__)

# Often enough for a bar that moves, and cheap.
_SECONDS_BETWEEN_NOTES: Final = 0.5

NOT_CHECKED: Final = (
    "The file could not be checked, which is a problem of the service and not of your file. The file is kept: check it "
    "again in a few minutes."
)


class ClaimLost(Exception):
    """The task has been withdrawn, or another worker has it: what this one has found is worth nothing."""


def run_task(claim: task_queue.Claim) -> None:
    """Do what a claimed task says. Raises StorageUnavailable and whatever else lets it be tried again."""
    found = UploadTask.objects.select_related("version__pipeline").filter(claim=claim.claim)
    task = found.first()
    if task is None:
        return
    run = _give_up if task.attempts > task_queue.MOST_ATTEMPTS else _RUNS[TaskKind(task.kind)]
    try:
        run(task)
    except ClaimLost:
        log.info("The task of upload %s was withdrawn or is another worker's", claim.version_id)
    except AlreadyMoved as error:
        log.info("The task of upload %s is no longer needed: %s", claim.version_id, error)
        found.update(outcome=TaskOutcome.WITHDRAWN, claim=None, finished_at=Now())


def _check(task: UploadTask) -> None:
    """Find out how the file is read, by what the person has said of it."""
    version, choices = task.version, checking.choices_from(task.arguments)
    with file_storage.open_file(version.data_file_url, _noted(task.claim)) as file:
        try:
            csv_file = inspect_csv(file, choices)
        except InvalidCsv as error:
            _refuse_file(task, error, checking.sheets_after(file, error))
            return
    with _finished(task, TaskOutcome.DONE):
        checking.record(version, csv_file, choices)
    log.info("Upload %s of %s has %s rows", version.id, version.pipeline, csv_file.rows)


def _refuse_file(task: UploadTask, error: InvalidCsv, sheets: list[str]) -> None:
    """What could be read before stays as it was; otherwise the version fails, with its reasons and its file kept."""
    # Not the error itself, which has values of the file.
    kinds = ", ".join(f"{finding.kind} (line {finding.line})" for finding in error.findings)
    log.info("Upload %s of %s cannot be read: %s", task.version_id, task.version.pipeline, kinds)
    paragraphs = explain(error)
    with _finished(task, TaskOutcome.REFUSED, paragraphs=paragraphs):
        if not checking.is_readable(task.version):
            _fail(task.version, "\n".join(paragraphs))
            checking.record_refused(task.version, error, sheets, checking.choices_from(task.arguments))


def _confirm(task: UploadTask) -> None:
    """Try every value as its person has chosen, and hand the version over to be loaded if all of them do.

    Where the rows that are there stay, its person sees first what it does to them.
    """
    version, chosen = task.version, Reading.from_json(task.arguments["reading"])
    plan = LoadPlan.from_json(task.arguments["plan"])
    found = Reading.from_json(UploadCheck.objects.get(version=version).reading)
    tried = try_plan(version, found, chosen, plan, _noted(task.claim))
    if tried.bad or tried.problems:
        problems = tried.bad.as_json() if tried.bad else {"merge": list(tried.problems)}
        with _finished(task, TaskOutcome.REFUSED, **problems):
            pass
        return
    try:
        with _finished(task, TaskOutcome.DONE):
            if tried.plan.keeps_rows:
                checking.keep_choices(version, chosen, tried.plan)
            else:
                services.confirm_version(version, chosen, tried.plan, _person(task))
    except (DatasetBusy, DatasetClosed, BaseChanged) as error:
        with _finished(task, TaskOutcome.REFUSED, paragraphs=[error.sentence]):
            pass


def _give_up(task: UploadTask) -> None:
    log.error("%s of upload %s was given up: see the log of its %s attempts", task.kind, task.version_id, task.attempts)
    with _finished(task, TaskOutcome.GIVEN_UP, paragraphs=[NOT_CHECKED]):
        if not checking.is_readable(task.version):
            _fail(task.version, NOT_CHECKED)


_RUNS: Final[dict[TaskKind, Callable[[UploadTask], None]]] = {
    TaskKind.CHECK: _check,
    TaskKind.READ_AGAIN: _check,
    TaskKind.CONFIRM: _confirm,
}


@contextmanager
def _finished(task: UploadTask, outcome: TaskOutcome, **problems: Any) -> Iterator[None]:
    """A transaction that changes the version as its person, and ends the task, if it still is this worker's.

    The version is changed first, as a cancellation does: neither waits for the other's second row.
    """
    with acting(_person(task), task.kind):
        yield
        mine = UploadTask.objects.filter(claim=task.claim, outcome="")
        if not mine.update(outcome=outcome, problems=problems, claim=None, finished_at=Now()):
            raise ClaimLost


def _person(task: UploadTask) -> Requester:
    return Requester(task.person, task.person_id)


def _fail(version: UploadFile, why: str) -> None:
    waiting = UploadFile.objects.filter(id=version.id, state=UploadState.UPLOADED)
    if not waiting.update(state=UploadState.FAILED, error_message=why):
        raise AlreadyMoved(f"upload {version.id} is no longer {UploadState.UPLOADED}")


def _noted(claim: uuid.UUID | None) -> Callable[[int], None]:
    """What is told the position in the file after each part that is read. Raises ClaimLost."""
    worker, last = os.getppid(), time.monotonic()

    def note(position: int) -> None:
        nonlocal last
        if claim is None or time.monotonic() - last < _SECONDS_BETWEEN_NOTES:
            return
        last = time.monotonic()
        # The worker says that this process lives: once it is gone, another takes the task.
        if os.getppid() != worker or not task_queue.note_bytes(request_connection(), claim, position):
            raise ClaimLost

    return note
