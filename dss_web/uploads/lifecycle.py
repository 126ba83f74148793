"""What becomes of a whole dataset: the archive and back, and the request to delete it or a version."""

import logging

from django.db import IntegrityError, transaction
from django.utils import timezone

from dss_web.accounts.models import User
from dss_web.registry.models import Deletion, UploadEvent, UploadFile, UploadPipeline
from dss_web.shared.contract import DeletionState, UploadState
from dss_web.uploads import selectors
from dss_web.uploads.acting import Actor, acting, index

log = logging.getLogger(__name__)

# In which something of a version is on its way, which a deletion would miss.
_ON_ITS_WAY = (UploadState.UPLOADING, UploadState.VERIFIED, UploadState.PROCESSING_DSS)


def why_closed(pipeline: UploadPipeline) -> str:
    """Why nothing can be loaded into a dataset, in a sentence for the person; '' if it can."""
    if requested_deletion(pipeline):
        return "This dataset, or a version of it, is being deleted. Nothing can be loaded until that is done."
    if pipeline.archived_at:
        return "This dataset is archived. Take it out of the archive to load data into it."
    if awaits_personal_data(pipeline):
        return "Before its first file, somebody has to say whether this dataset may hold personal data."
    return ""


def awaits_personal_data(pipeline: UploadPipeline) -> bool:
    """Whether somebody has to say, before the first file, whether a dataset may hold personal data.

    Whoever brings the file knows it, and later nobody can tell. Datasets that were filled before this was asked go on.
    """
    return pipeline.may_hold_personal_data is None and not pipeline.files.exists()


def requested_deletion(pipeline: UploadPipeline) -> Deletion | None:
    """What of a dataset is to be deleted, and is not yet."""
    return Deletion.objects.filter(
        organisation=pipeline.organisation, dataset=pipeline.dataset, state=DeletionState.REQUESTED
    ).first()


def archive(pipeline: UploadPipeline, person: User) -> None:
    """Close a dataset for uploads, and take it out of the list. Its rows can still be read."""
    if pipeline.archived_at is None:
        _change(pipeline, person, "archive", archived_at=timezone.now())


def take_out_of_archive(pipeline: UploadPipeline, person: User) -> None:
    """Open a dataset for uploads again."""
    if pipeline.archived_at:
        _change(pipeline, person, "take out of the archive", archived_at=None)


def set_note(version: UploadFile, note: str, person: Actor) -> None:
    """Say something about a version, in the place of what was said before."""
    if note != version.note:
        with acting(person, "note"):
            UploadFile.objects.filter(id=version.id).update(note=note)
        version.note = note


def _change(pipeline: UploadPipeline, person: User, action: str, **values: object) -> None:
    with transaction.atomic():
        before = {name: _told(getattr(pipeline, name)) for name in values}
        UploadPipeline.objects.filter(id=pipeline.id).update(**values)
        after = {name: _told(value) for name, value in values.items()}
        _note(pipeline, person, action, before=before, after=after)
        index(pipeline)
    log.info("%s: %s, by %s", pipeline, action, person.user_id)


def _told(value: object) -> str | None:
    return None if value is None else str(value)


def why_not_deleted(pipeline: UploadPipeline, version: UploadFile | None) -> str:
    """Why a version, or the whole dataset, cannot be deleted now, in a sentence for the person; '' if it can."""
    if pipeline.files.filter(state__in=_ON_ITS_WAY).exists():
        return "A version of this dataset is being uploaded or loaded. Wait for it to finish, or cancel it first."
    if version is None:
        return ""
    if version == selectors.current_version(pipeline):
        return "This version is in use. Restore or upload another version first, or delete the whole dataset."
    if version == selectors.copied_version(pipeline):
        return (
            "The rows of this version are still in Data Workspace. It can be deleted once the version in use has been "
            "copied there."
        )
    return ""


def request_deletion(pipeline: UploadPipeline, version: UploadFile | None, person: User) -> Deletion:
    """Ask for a version, or the whole dataset where it is None, to be deleted for good; the record of it.

    The assets half does it (`dss_assets/deletion.py`). Until then nothing is loaded into the dataset.
    """
    asked = {
        "organisation": pipeline.organisation,
        "dataset": pipeline.dataset,
        "version": version.id if version else None,
        "state": DeletionState.REQUESTED,
    }
    try:
        with transaction.atomic():
            # As for a load: of both, one finds that the other came first.
            UploadPipeline.objects.select_for_update().get(id=pipeline.id)
            deletion = Deletion.objects.create(**asked, requested_by=person.email, requested_by_id=person.user_id)
            _note(pipeline, person, "ask for deletion", version)
    except IntegrityError:
        return Deletion.objects.get(**asked)
    log.info("%s asked for the deletion of %s", person.user_id, deletion)
    return deletion


def _note(
    pipeline: UploadPipeline,
    person: User,
    action: str,
    version: UploadFile | None = None,
    before: dict[str, str | None] | None = None,
    after: dict[str, str | None] | None = None,
) -> None:
    UploadEvent.objects.create(
        person=person.email,
        person_id=person.user_id,
        action=action,
        dataset=str(pipeline),
        version=version.id if version else None,
        before=before,
        after=after,
    )
