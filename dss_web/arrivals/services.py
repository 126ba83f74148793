"""What happens to a file that comes in parts: it is begun, its parts come, it is completed or cancelled.

Any process may take any part, also twice or two at once. Who completes a file holds its row meanwhile.
"""

import logging
import uuid

from django.conf import settings
from django.db import IntegrityError, OperationalError, transaction
from django.db.models.functions import Now

from dss_web.arrivals import parts
from dss_web.arrivals.announced import Announced
from dss_web.arrivals.errors import BeingCompleted, Closed, Gone, Incomplete, NotTaken
from dss_web.registry.models import Arrival, ArrivedPart, UploadFile, UploadPipeline
from dss_web.shared.contract import UploadState
from dss_web.uploads import file_storage
from dss_web.uploads import services as uploads
from dss_web.uploads.acting import Actor
from dss_web.uploads.errors import AlreadyMoved
from dss_web.uploads.lifecycle import why_closed
from dss_web.uploads.receiving import MEBIBYTE

log = logging.getLogger(__name__)

_GONE = "This upload has ended: it was cancelled, or nothing came for a day. Begin it again."


def begin(pipeline: UploadPipeline, file: Announced, sender: Actor) -> Arrival:
    """A file that is expected from now on, or the one that this sender has begun in the same words. Raises Closed."""
    if why := why_closed(pipeline):
        raise Closed(why)
    words = {
        "pipeline": pipeline,
        "sent_by_id": sender.user_id,
        "original_name": file.name,
        "size": file.size,
        "digest": file.digest,
        "modified": file.modified,
    }
    # One that could not be completed, since the storage was away, has a version already.
    begun = Arrival.objects.filter(version__state=UploadState.UPLOADING, **words).first()
    if begun is None:
        part_size = settings.DSS.dss_upload_part_megabytes * MEBIBYTE
        begun, is_new = Arrival.objects.get_or_create(
            version=None, **words, defaults={"part_size": part_size, "sent_by": sender.email}
        )
        log.info("%s %s %s to %s", sender.user_id, "begins" if is_new else "goes on with", begun.id, pipeline)
    return begun


def find(pipeline: UploadPipeline, arrival_id: uuid.UUID, sender: Actor) -> Arrival:
    """The file of this id that this sender has begun. Raises Gone."""
    found = Arrival.objects.select_related("pipeline", "version")
    arrival = found.filter(id=arrival_id, pipeline=pipeline, sent_by_id=sender.user_id).first()
    if arrival is None:
        raise Gone(_GONE)
    return arrival


def digests_of(arrival: Arrival) -> dict[int, str]:
    """The SHA-256 of each part that is here, by its number."""
    return dict(arrival.parts.values_list("number", "digest"))


def is_complete(arrival: Arrival) -> bool:
    """Whether its version has its bytes. One that was given up without them can be completed all the same."""
    version = arrival.version
    waiting = (UploadState.UPLOADING, UploadState.FAILED)
    return version is not None and (version.state not in waiting or version.size is not None)


def put_part(arrival: Arrival, number: int, content: bytearray, digest: str, announced_digest: str = "") -> None:
    """Keep a part, in the place of one that came before; `digest` is its SHA-256, `announced_digest` what it should be.

    The same part again changes nothing, also once the file is complete. Raises NotTaken, Closed, Gone, or
    StorageUnavailable. What came damaged leaves what was there.
    """
    if number >= arrival.parts_count:
        raise NotTaken(f"The file has {arrival.parts_count:,} parts, numbered from 0: there is no part {number}.")
    if len(content) != arrival.size_of(number):
        raise NotTaken(f"Part {number} has {len(content):,} bytes. {arrival.size_of(number):,} were expected.")
    if announced_digest and announced_digest != digest:
        raise NotTaken(
            f"Part {number} came damaged: its SHA-256 is {digest}, and {announced_digest} was announced. Send it again."
        )
    if ArrivedPart.objects.filter(arrival=arrival, number=number, digest=digest).exists():
        return
    if is_complete(arrival):
        raise Closed("The file is complete, so no other part of it is taken any more.")
    parts.put(arrival, number, content)
    try:
        with transaction.atomic():
            if not Arrival.objects.filter(id=arrival.id).update(touched_at=Now()):
                raise Gone(_GONE)
            ArrivedPart.objects.update_or_create(arrival=arrival, number=number, defaults={"digest": digest})
    except (Gone, IntegrityError) as error:
        # It was cancelled between, and nothing else would remove what has just been written.
        parts.remove(arrival)
        raise Gone(_GONE) from error


def complete(arrival: Arrival, sender: Actor) -> UploadFile:
    """Put the parts together into a version; the same one, if it was done before.

    Raises Incomplete, Closed, NotTaken (the file is not what was announced), BeingCompleted, Gone, StorageUnavailable.
    """
    try:
        # The row of the version is there before the bytes: whatever ends this process, they belong to something.
        with transaction.atomic():
            held = _hold(arrival)
            if held.version is None:
                _require_all(held)
                held.version = uploads.begin_upload(held.pipeline, held.original_name, sender)
                held.save(update_fields=["version"])
        with transaction.atomic():
            held = _hold(arrival)
            version = held.version
            if version is None or is_complete(held):
                return _version(held)
            problem = _put_together(held, version, sender)
    except Incomplete as error:
        ArrivedPart.objects.filter(arrival=arrival, number__in=error.missing).delete()
        raise
    except AlreadyMoved as error:
        raise Closed("This upload was withdrawn before it was complete. Begin it again.") from error
    except OperationalError as error:
        if getattr(error.__cause__, "sqlstate", "") != "55P03":  # lock_not_available
            raise
        raise BeingCompleted from error
    if problem:
        cancel(arrival)
        raise problem
    parts.remove(arrival)
    log.info("%s completed %s of %s", sender.user_id, version.id, arrival.pipeline)
    return _version(held)


def cancel(arrival: Arrival) -> None:
    """Forget a file and its parts, if it is not complete. Raises StorageUnavailable, after which it can be repeated."""
    parts.remove(arrival)
    Arrival.objects.filter(id=arrival.id).delete()
    log.info("%s, which %s began, is cancelled", arrival.id, arrival.sent_by_id)


def _hold(arrival: Arrival) -> Arrival:
    """The row, which nobody else holds until the transaction ends. Parts may go on coming: their keys point at it."""
    held = Arrival.objects.select_for_update(nowait=True, no_key=True).filter(id=arrival.id).first()
    if held is None:
        raise Gone(_GONE)
    return held


def _require_all(arrival: Arrival) -> None:
    if why := why_closed(arrival.pipeline):
        raise Closed(why)
    here = digests_of(arrival)
    if missing := [number for number in range(arrival.parts_count) if number not in here]:
        raise Incomplete(missing)


def _put_together(arrival: Arrival, version: UploadFile, sender: Actor) -> NotTaken | None:
    """Store the whole and finish the version. Returns why its bytes are not what was announced.

    Raises Incomplete where the storage has lost a part, which can then be sent again.
    """
    here = digests_of(arrival)
    try:
        written = file_storage.put_stream(
            version.data_file_url, parts.read(arrival, [here.get(number, "") for number in range(arrival.parts_count)])
        )
    except parts.PartLost as lost:
        raise Incomplete([lost.number]) from lost
    if arrival.digest and written.digest != arrival.digest:
        problem = (
            f"The file that arrived is not the one that was announced: its SHA-256 is {written.digest}, and "
            f"{arrival.digest} was announced. It may have changed while it was sent. Send it again."
        )
        uploads.fail_upload(version, sender, problem)
        file_storage.delete(version.data_file_url)
        return NotTaken(problem)
    uploads.finish_upload(version, written, sender)
    return None


def _version(arrival: Arrival) -> UploadFile:
    return UploadFile.objects.select_related("pipeline").get(arrival=arrival)
