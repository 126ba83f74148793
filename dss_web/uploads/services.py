"""Every change of an upload. A state is left only from the state in which it was found, so no race is lost."""

import logging
import uuid
from collections.abc import Sequence

from django.db import IntegrityError, transaction
from django.utils import timezone

from dss_web.accounts.models import DatasetMember, MemberRole, User
from dss_web.registry.models import DataFile, DataflowRun, UploadCheck, UploadFile, UploadPipeline
from dss_web.shared.contract import DataflowState, TaskKind, UploadState
from dss_web.shared.csv import Choices, Reading
from dss_web.shared.object_store import Written
from dss_web.uploads import checking, file_storage
from dss_web.uploads.acting import Actor, acting, index, note
from dss_web.uploads.errors import AlreadyMoved, BaseChanged, DatasetBusy, DatasetClosed
from dss_web.uploads.file_names import shown_name
from dss_web.uploads.lifecycle import why_closed
from dss_web.uploads.load_plan import LoadPlan, merge_columns, merged_reading
from dss_web.uploads.selectors import current_version
from dss_web.uploads.tasks import request_task, withdraw_task

log = logging.getLogger(__name__)

# From a person's confirmation until the table holds the rows.
LOADING_STATES = (UploadState.VERIFIED, UploadState.PROCESSING_DSS)
# In which nothing is loaded yet. While a file arrives, its sender can simply stop.
CANCELLABLE_STATES = (UploadState.UPLOADED, *LOADING_STATES)
# From which the kept file can be checked again.
ENDED_STATES = (UploadState.FAILED, UploadState.CANCELLED)


class NameTaken(Exception):
    """Somebody else has just created this dataset."""


def create_dataset(organisation: str, dataset: str, person: User) -> UploadPipeline:
    """A dataset to upload to, owned by the person. Its names are those that the form made of what they typed.

    Raises NameTaken.
    """
    try:
        with acting(person, "create dataset"):
            pipeline = UploadPipeline.objects.create(
                organisation=organisation, dataset=dataset, slug=f"{organisation}-{dataset}"
            )
            DatasetMember.objects.create(
                pipeline=pipeline,
                email=person.email.lower(),
                person=person,
                role=MemberRole.OWNER,
                given_by=person.email,
            )
            index(pipeline)
            return pipeline
    except IntegrityError as error:
        raise NameTaken from error


def begin_upload(pipeline: UploadPipeline, original_name: str, person: Actor) -> UploadFile:
    """A version whose file is still to come: `uploading`. Its `data_file_url` is where the storage shall have it."""
    file_id = uuid.uuid4()
    with acting(person, "upload"):
        return UploadFile.objects.create(
            id=file_id,
            pipeline=pipeline,
            data_file_url=file_storage.upload_path(pipeline.organisation, pipeline.dataset, str(file_id)),
            original_name=shown_name(original_name),
            uploaded_by=person.email,
            state=UploadState.UPLOADING,
        )


def finish_upload(version: UploadFile, written: Written, person: Actor) -> None:
    """Say that the storage has the whole file of a version, which is `uploaded` then, and have it checked.

    Raises AlreadyMoved where it was cancelled or deleted meanwhile.
    """
    with acting(person, "upload"):
        _move(
            version.id,
            # A storage that took too long for the time-out has the file all the same.
            [UploadState.UPLOADING, UploadState.FAILED],
            UploadState.UPLOADED,
            size=written.size,
            digest=written.digest,
            error_message=None,
        )
        version.refresh_from_db()
        request_task(version, TaskKind.CHECK, person)
    log.info("%s uploaded %s to %s", person.user_id, version.id, version.pipeline)


NOT_STORED = (
    "The file could not be stored. This is a fault of the service, not of your file. Try again in a few minutes."
)


def fail_upload(version: UploadFile, person: Actor, why: str = NOT_STORED) -> None:
    """Say that the storage did not take the file of a version, or that it is not the one that was announced."""
    with acting(person, "upload"):
        _move(version.id, UploadState.UPLOADING, UploadState.FAILED, error_message=why)


def can_read_again(version: UploadFile) -> bool:
    """Whether its file can be read in another way: it waits for its confirmation, or could not be read at all."""
    if version.state == UploadState.UPLOADED:
        return True
    if version.state != UploadState.FAILED or version.size is None:
        return False
    check = UploadCheck.objects.filter(version=version).first()
    return not (check.is_readable if check else version.column_names)


def read_again(version: UploadFile, choices: Choices, person: Actor) -> None:
    """Have the kept file read as a person says; what they chose of its columns stays. Raises AlreadyMoved."""
    with acting(person, TaskKind.READ_AGAIN):
        locked = UploadFile.objects.select_for_update().get(id=version.id)
        if not can_read_again(locked):
            raise AlreadyMoved(f"upload {version.id} is {locked.state}")
        _move(version.id, locked.state, UploadState.UPLOADED, error_message=None)
        request_task(locked, TaskKind.READ_AGAIN, person, checking.as_arguments(choices))
    log.info("%s reads %s of %s again", person.user_id, version.id, version.pipeline)


def request_confirmation(version: UploadFile, chosen: Reading, plan: LoadPlan, person: Actor) -> None:
    """Have every value of a version tried as the person chose, and then the version loaded.

    Where the rows that are there stay, it is not loaded yet: the person sees first what it does to them.

    Raises AlreadyMoved, DatasetBusy or DatasetClosed, as `confirm_version`, which is called at the end.
    """
    with acting(person, TaskKind.CONFIRM):
        _refuse_if_occupied(version)
        locked = UploadFile.objects.select_for_update().get(id=version.id)
        if locked.state != UploadState.UPLOADED:
            raise AlreadyMoved(f"upload {version.id} is {locked.state}")
        request_task(locked, TaskKind.CONFIRM, person, {"reading": chosen.as_json(), "plan": plan.as_json()})


def confirm_version(version: UploadFile, chosen: Reading, plan: LoadPlan, person: Actor) -> None:
    """Hand a version over to be loaded, read as the person chose, with what they want of the rows that are there.

    Raises AlreadyMoved if it is no longer waiting for this, DatasetBusy, DatasetClosed, or BaseChanged where another
    version is in use than the one with which the person has compared it.
    """
    with acting(person, TaskKind.CONFIRM):
        before = current_version(_refuse_if_occupied(version))
        if plan.base != (str(before.id) if before else ""):
            raise BaseChanged(f"{version.pipeline} has another version in use than {plan.base or 'none'}")
        types = {column.name: column.type for column in chosen.columns}
        if plan.keeps_rows and before:
            types = dict(merge_columns(before, chosen).types)
            chosen = merged_reading(before, chosen)
        _begin_loading(
            version,
            [UploadState.UPLOADED],
            reading=chosen.as_json(),
            column_names=list(types),
            column_types=[str(kind) for kind in types.values()],
            mode=plan.mode,
            key_columns=list(plan.key),
            based_on=before.id if plan.keeps_rows and before else None,
            left_out=plan.left_out,
            added=None,
            changed=None,
        )
    log.info("%s confirmed %s of %s: %s", person.user_id, version.id, version.pipeline, plan.mode)


def can_restore(version: UploadFile) -> bool:
    """Whether a version was loaded before, and so needs no check of its columns."""
    return version.state == UploadState.COMPLETED or (
        version.state == UploadState.CANCELLED and version.loaded_at is not None
    )


def restore_version(version: UploadFile, person: User) -> None:
    """Hand a version that was loaded before over to be loaded again. Raises AlreadyMoved or DatasetBusy.

    Also one whose restoration was cancelled.
    """
    if not can_restore(version):
        raise AlreadyMoved(f"upload {version.id} is {version.state}")
    with acting(person, "restore"):
        _begin_loading(version, [UploadState.COMPLETED, UploadState.CANCELLED])
    log.info("%s restored %s of %s", person.user_id, version.id, version.pipeline)


def cancel_version(version: UploadFile, person: Actor) -> None:
    """Withdraw a version. Once this has returned, nothing of it is loaded, whatever works on it meanwhile.

    Raises AlreadyMoved where its rows are loaded already. The load changes the same row in the transaction of its rows
    (`dss_assets/uploads/load.py`), and only from a state that this one ends: one of the two finds that it is too late.
    """
    with acting(person, "cancel"):
        _move(version.id, CANCELLABLE_STATES, UploadState.CANCELLED, error_message=None)
        withdraw_task(version)
    log.info("%s cancelled %s of %s", person.user_id, version.id, version.pipeline)


def can_check_again(version: UploadFile) -> bool:
    """Whether a version has ended and its file is kept, so that its columns can be confirmed once more."""
    return version.state in ENDED_STATES and version.size is not None


def check_again(version: UploadFile, person: Actor) -> None:
    """Let the columns of a version that failed or was cancelled be confirmed once more. Raises AlreadyMoved."""
    if not can_check_again(version):
        raise AlreadyMoved(f"upload {version.id} is {version.state}, or its file is not kept")
    with acting(person, "check again"):
        _move(version.id, ENDED_STATES, UploadState.UPLOADED, error_message=None, started_processing_at=None)
        _check_unless_done(version, person)
    log.info("%s checks %s of %s again", person.user_id, version.id, version.pipeline)


def check_unless_done(version: UploadFile, person: Actor) -> None:
    """Have a version checked of which nothing is known: it may be of an earlier release. Raises AlreadyMoved."""
    with acting(person, TaskKind.CHECK):
        locked = UploadFile.objects.select_for_update().get(id=version.id)
        if locked.state != UploadState.UPLOADED:
            raise AlreadyMoved(f"upload {version.id} is {locked.state}")
        _check_unless_done(locked, person)


def _check_unless_done(version: UploadFile, person: Actor) -> None:
    """Within `acting`, whose transaction holds the version's row. What the person said of the file still holds."""
    before = UploadCheck.objects.filter(version=version).first()
    if before is None or not before.is_readable:
        request_task(version, TaskKind.CHECK, person, before.choices if before else {})


def copy_again(version: UploadFile, person: User) -> None:
    """Let data-flow be asked at once for a version whose copy has failed, and not at its next attempt."""
    failed = DataFile.objects.filter(
        source=str(version.pipeline), file_name=str(version.id), dataflow_run__state=DataflowState.FAILED
    )
    # A run that data-flow may have made, or not, is asked for once more under the same id: not another one.
    unanswered = DataflowRun.objects.filter(
        datafile__source=str(version.pipeline), datafile__file_name=str(version.id), state=DataflowState.REQUESTED
    ).exclude(error_message="")
    with transaction.atomic():
        if failed.update(dataflow_run=None) + unanswered.update(next_attempt_at=timezone.now()):
            UploadFile.objects.filter(id=version.id, state=UploadState.PROCESSING_DATAFLOW).update(error_message=None)
            note(version, person, "copy again")


def _begin_loading(version: UploadFile, old: Sequence[UploadState], **changes: object) -> None:
    """Within `acting`, whose transaction holds the dataset's row to its end."""
    _refuse_if_occupied(version)
    _move(
        version.id,
        old,
        UploadState.VERIFIED,
        started_processing_at=timezone.now(),
        processed_at=None,
        error_message=None,
        **changes,
    )


def _refuse_if_occupied(version: UploadFile) -> UploadPipeline:
    """The dataset of a version into which nothing else is loaded, until the transaction ends."""
    # One person after the other, for each dataset: what the next lines find still holds at the commit.
    pipeline = UploadPipeline.objects.select_for_update().get(id=version.pipeline_id)
    if why := why_closed(pipeline):
        raise DatasetClosed(why)
    other = (
        UploadFile.objects.filter(pipeline_id=version.pipeline_id, state__in=LOADING_STATES)
        .exclude(id=version.id)
        .first()
    )
    if other is not None:
        raise DatasetBusy(other)
    return pipeline


def _move(file_id: uuid.UUID, old: str | Sequence[UploadState], new: UploadState, **changes: object) -> None:
    states = [old] if isinstance(old, str) else old
    if not UploadFile.objects.filter(id=file_id, state__in=states).update(state=new, **changes):
        raise AlreadyMoved(f"upload {file_id} is no longer {' or '.join(states)}")
