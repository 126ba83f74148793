"""An upload of a client → how far it is."""

import uuid

from django.http import HttpRequest

from dss_web.api.hawk_auth import client_of
from dss_web.api.upload_bodies import BadValueFound, PartThere, RowChanges, Upload
from dss_web.arrivals import services as arrivals
from dss_web.arrivals.errors import Gone
from dss_web.registry.models import Arrival, UploadCheck, UploadFile, UploadPipeline
from dss_web.shared.contract import UploadState
from dss_web.uploads import statuses
from dss_web.uploads.acting import Requester
from dss_web.uploads.check_page import CheckPage
from dss_web.uploads.load_plan import LoadPlan


def sender_of(request: HttpRequest) -> Requester:
    """The client that signed a request, as the trail of events and the pages name it."""
    identifier = client_of(request).id
    return Requester(f"HAWK client {identifier}", f"client:{identifier}")


def pipeline_of(dataset: str) -> UploadPipeline:
    """The dataset `organisation.dataset`. Raises Gone."""
    organisation, _, name = dataset.partition(".")
    pipeline = UploadPipeline.objects.filter(organisation=organisation, dataset=name).first()
    if pipeline is None:
        raise Gone(f"There is no dataset {dataset} to which people upload.")
    return pipeline


def find_upload(request: HttpRequest, dataset: str, upload_id: uuid.UUID) -> Arrival | UploadFile:
    """The client's own upload of this id: the version, once its bytes are there. Raises Gone."""
    pipeline, sender = pipeline_of(dataset), sender_of(request)
    own = pipeline.files.select_related("pipeline", "task").filter(uploaded_by=sender.email)
    version = own.filter(id=upload_id).first() or own.filter(arrival=upload_id).first()
    if version is not None and (version.state != UploadState.UPLOADING):
        return version
    return arrivals.find(pipeline, upload_id, sender)


def find_version(request: HttpRequest, dataset: str, upload_id: uuid.UUID) -> UploadFile:
    """The same, of which all must have arrived. Raises Gone."""
    found = find_upload(request, dataset, upload_id)
    if isinstance(found, Arrival):
        raise Gone("The file of this upload is not complete yet: send all of its parts, and complete it.")
    return found


def told(found: Arrival | UploadFile, upload_id: uuid.UUID) -> Upload:
    """How far an upload is, under the id by which it was asked for."""
    return _arriving(found) if isinstance(found, Arrival) else _version(found, upload_id)


def _arriving(arrival: Arrival) -> Upload:
    parts = [PartThere(number=number, sha256=digest) for number, digest in arrivals.digests_of(arrival).items()]
    return Upload(
        id=str(arrival.id),
        state="arriving",
        info=f"{len(parts):,} of {arrival.parts_count:,} parts have arrived",
        progress=100 * len(parts) // arrival.parts_count,
        part_size=arrival.part_size,
        parts=parts,
    )


def _version(version: UploadFile, upload_id: uuid.UUID) -> Upload:
    upload = Upload(
        id=str(upload_id),
        version=str(version.id),
        state="checking" if version.is_being_checked else version.state,
        info=statuses.progress_info(version),
        progress=statuses.percentage(version),
        rows=version.rows,
    )
    check = UploadCheck.objects.filter(version=version).first()
    if version.state == UploadState.UPLOADED and not version.is_being_checked and check and check.is_readable:
        page = CheckPage(version, check)
        page.tell_outcome()
        upload.problems = [problem for _, problem in page.errors]
        if page.bad:
            upload.bad_values = [
                BadValueFound(line=bad.line, column=bad.name, value=bad.value, expected=str(bad.expected))
                for bad in page.bad.first
            ]
            upload.bad_rows = page.bad.rows
        upload.changes = _changes(check)
    return upload


def _changes(check: UploadCheck) -> RowChanges | None:
    numbers = LoadPlan.from_json(check.plan).numbers if check.plan else None
    if numbers is None:
        return None
    return RowChanges(
        added=numbers.added,
        changed=numbers.changed,
        left=numbers.left,
        same=numbers.same,
        rows_after=numbers.after,
    )
