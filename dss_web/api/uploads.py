"""Uploads of clients: the same parts, the same check and the same confirmation as on the pages."""

import codecs
import uuid
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

import orjson
from django.http import HttpRequest, HttpResponse
from ninja import PathEx
from ninja.params import P

from dss_web.api.upload_bodies import AnnouncedFile, Confirmation, ReadingChoices
from dss_web.api.upload_state import find_upload, find_version, pipeline_of, sender_of, told
from dss_web.arrivals import services as arrivals
from dss_web.arrivals.announced import announced
from dss_web.arrivals.body import PartBody
from dss_web.arrivals.errors import BeingCompleted, Closed, NotTaken
from dss_web.http.request_context import context_of
from dss_web.http.responses import json_response
from dss_web.registry.models import Arrival, UploadCheck, UploadFile
from dss_web.shared.contract import LoadMode
from dss_web.shared.csv import Choices, Reading
from dss_web.uploads import services, tasks
from dss_web.uploads.bad_values import columns_to_try
from dss_web.uploads.check_page import CheckPage
from dss_web.uploads.checking import keep_choices
from dss_web.uploads.errors import AlreadyMoved, BaseChanged, DatasetBusy, DatasetClosed
from dss_web.uploads.load_plan import LoadPlan
from dss_web.uploads.reading_fields import fields_of

DatasetName = PathEx[str, P(description="The dataset: `organisation.dataset`.", example="dbt.export_wins")]
UploadId = PathEx[
    uuid.UUID, P(description="The upload's `id`, or its `version`.", example="0f8a6c1e-5b7d-4f0e-9a2b-3c4d5e6f7a8b")
]
PartNumber = PathEx[int, P(description="The part's number, from 0.", example=0, ge=0, le=2**31 - 1)]

_MOVED: Final = "The upload is not waiting for this, or something is being done with it already: ask how far it is."
_RETYPED: Final = (
    "With the rows of the file, the type of these columns becomes wider for their readers: {}. Send `accept_changes`."
)
_CHECKING: Final = "The file is not checked yet, or cannot be read: ask how far the upload is."


def begin_upload(request: HttpRequest, dataset: DatasetName, file: AnnouncedFile) -> HttpResponse:
    """Announce a file."""
    words = announced(file.name, file.size, file.sha256.lower())
    return _answer(arrivals.begin(pipeline_of(dataset), words, sender_of(request)))


def get_upload(request: HttpRequest, dataset: DatasetName, upload_id: UploadId) -> HttpResponse:
    """How far an upload is."""
    return _answer(find_upload(request, dataset, upload_id), upload_id)


def put_part(request: HttpRequest, dataset: DatasetName, upload_id: UploadId, number: PartNumber) -> HttpResponse:
    """Keep a part, whose hash was verified with the signature."""
    arrival = arrivals.find(pipeline_of(dataset), upload_id, sender_of(request))
    body = context_of(request).payload
    if not isinstance(body, PartBody):
        raise NotTaken("The request has no part in its body.")
    body.read_all()
    arrivals.put_part(arrival, number, body.content, body.digest)
    return HttpResponse(status=204)


def complete_upload(request: HttpRequest, dataset: DatasetName, upload_id: UploadId) -> HttpResponse:
    """All parts are there: the file is checked."""
    sender = sender_of(request)
    arrival = arrivals.find(pipeline_of(dataset), upload_id, sender)
    try:
        version = arrivals.complete(arrival, sender)
    except BeingCompleted:
        return _answer(arrival, status=202)
    return _waited_for(version, upload_id)


def cancel_upload(request: HttpRequest, dataset: DatasetName, upload_id: UploadId) -> HttpResponse:
    """Withdraw an upload, whether it has arrived or not."""
    found = find_upload(request, dataset, upload_id)
    if isinstance(found, Arrival):
        arrivals.cancel(found)
    else:
        try:
            services.cancel_version(found, sender_of(request))
        except AlreadyMoved as error:
            raise Closed("The rows are loaded already, or the upload has ended: it cannot be cancelled.") from error
    return HttpResponse(status=204)


def get_upload_report(request: HttpRequest, dataset: DatasetName, upload_id: UploadId) -> HttpResponse:
    """What the check has found, as the page offers it to keep."""
    page = _page(find_version(request, dataset, upload_id))
    questions = [
        {"name": question.name, "text": question.text, "options": [option.value for option in question.options]}
        for question in (*page.reading_form.questions, *page.reading_form.to_accept)
    ]
    content = orjson.dumps({**page.report(), "questions": questions})
    return HttpResponse(content, content_type="application/json")


def read_upload_again(
    request: HttpRequest, dataset: DatasetName, upload_id: UploadId, choices: ReadingChoices
) -> HttpResponse:
    """Answer questions about the file, or correct what was detected of it."""
    version = find_version(request, dataset, upload_id)
    try:
        encoding = choices.encoding and codecs.lookup(choices.encoding).name
    except (LookupError, ValueError) as error:
        raise NotTaken("There is no encoding of that name.") from error
    said = Choices(**{**choices.model_dump(), "encoding": encoding})
    try:
        services.read_again(version, said, sender_of(request))
    except AlreadyMoved as error:
        raise Closed(_MOVED) from error
    return _waited_for(version, upload_id)


def confirm_upload(
    request: HttpRequest, dataset: DatasetName, upload_id: UploadId, confirmation: Confirmation
) -> HttpResponse:
    """Load a version, as its check proposes it or as the client says."""
    version, sender = find_version(request, dataset, upload_id), sender_of(request)
    page = _page(version)
    sent = fields_of(page.found, page.check.facts, _reading(confirmation.reading) or page.shown)
    sent |= _what_happens_to_the_rows(confirmation, sent)
    sent |= {f"accept-{kind.removeprefix('accept-')}": "yes" for kind in confirmation.accept}
    if confirmation.accept_changes:
        sent["accept-changes"] = "yes"
    page = CheckPage(version, page.check, sent)
    validated = page.validate(sent)
    if validated is None:
        raise NotTaken("\n".join(_in_words(page)))
    chosen, plan = validated
    counted = _as_counted(page.check, chosen, plan)
    if counted and page.merged and page.merged.retyped and not confirmation.accept_changes:
        raise NotTaken(_RETYPED.format(", ".join(name for name, _, _ in page.merged.retyped)))
    keep_choices(version, chosen, counted or plan)
    try:
        if counted is None and (plan.keeps_rows or columns_to_try(page.found, chosen)):
            services.request_confirmation(version, chosen, plan, sender)
        else:
            services.confirm_version(version, chosen, counted or replace(plan, left_out=0), sender)
    except AlreadyMoved as error:
        raise Closed(_MOVED) from error
    except (BaseChanged, DatasetBusy, DatasetClosed) as error:
        raise Closed(error.sentence) from error
    return _waited_for(version, upload_id)


def _what_happens_to_the_rows(confirmation: Confirmation, sent: Mapping[str, str]) -> dict[str, str]:
    """The fields of the question about it, as `load_choice` has them. Raises NotTaken."""
    if (confirmation.mode is LoadMode.UPDATE) is not bool(confirmation.key):
        raise NotTaken("`update` takes a `key`, the names of the columns by which a row is known; others take none.")
    numbers = {name: field.removeprefix("name-") for field, name in sent.items() if field.startswith("name-")}
    if unknown := [name for name in confirmation.key if name not in numbers]:
        raise NotTaken(f"The key names {unknown[0]}, and the file has no column of that name.")
    return {
        "mode": confirmation.mode,
        "leave-out-rows": str(confirmation.leave_out_rows),
        **{f"key-{numbers[name]}": "yes" for name in confirmation.key},
    }


def _as_counted(check: UploadCheck, chosen: Reading, plan: LoadPlan) -> LoadPlan | None:
    """The same plan with the numbers that the client was told; None where it keeps no rows, or is another one."""
    if not check.plan or not check.chosen or Reading.from_json(check.chosen) != chosen:
        return None
    counted = LoadPlan.from_json(check.plan)
    return counted if counted.numbers and replace(counted, numbers=None) == plan else None


def _reading(stored: Mapping[str, Any] | None) -> Reading | None:
    try:
        return Reading.from_json(stored) if stored is not None else None
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise NotTaken("`reading` is not as the report has it: take that one, and change its columns.") from error


def _in_words(page: CheckPage) -> list[str]:
    """What is missing, as a client can mend it."""
    looked_at = {f"id_{one.name}": f"{one.text} Send {one.name} in `accept`." for one in page.reading_form.to_accept}
    asked = {f"id_{one.name}": f"{one.text} Answer {one.name} by read-again." for one in page.reading_form.questions}
    changes = {"id_accept-changes": "This version changes the one in use for its readers. Send `accept_changes`."}
    words = looked_at | asked | changes
    return [words.get(field, problem) for field, problem in page.errors]


def _page(version: UploadFile) -> CheckPage:
    check = UploadCheck.objects.filter(version=version).first()
    if check is None or not check.is_readable or version.is_being_checked:
        raise Closed(_CHECKING)
    return CheckPage(version, check)


def _waited_for(version: UploadFile, upload_id: uuid.UUID) -> HttpResponse:
    """How far a version is once what was asked for is done, or a second has passed."""
    tasks.wait_for_task(version)
    return _answer(version, upload_id)


def _answer(found: Arrival | UploadFile, upload_id: uuid.UUID | None = None, status: int = 200) -> HttpResponse:
    response = json_response(told(found, upload_id or found.id), status)
    response["Cache-Control"] = "no-store"
    return response
