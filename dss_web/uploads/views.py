"""The upload pages. Each reads, asks a service or a selector, and shows."""

import logging
import uuid
from pathlib import Path
from typing import cast

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from dss_web.accounts.models import User
from dss_web.http.request_context import context_of
from dss_web.registry.models import UploadFile, UploadPipeline
from dss_web.shared.contract import ColumnType, UploadState
from dss_web.shared.csv import InvalidCsv, Severity
from dss_web.uploads import selectors, services
from dss_web.uploads.errors import StorageUnavailable
from dss_web.uploads.explanations import explain
from dss_web.uploads.forms import DatasetForm, UploadForm, VerifyForm
from dss_web.uploads.titles import DELIMITER_TITLES, ENCODING_TITLES, TYPE_TITLES

log = logging.getLogger(__name__)


@login_not_required
@require_safe
def start(request: HttpRequest) -> HttpResponse:
    """What the service is for, and where to begin."""
    return render(request, "uploads/start.html")


@never_cache
@require_safe
def list_datasets(request: HttpRequest) -> HttpResponse:
    """All datasets that people upload, by name."""
    return render(request, "uploads/datasets.html", {"datasets": selectors.list_datasets()})


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def create_dataset(request: HttpRequest) -> HttpResponse:
    """The form for the names of a new dataset."""
    form = DatasetForm(request.POST or None)
    if form.is_valid():
        names = form.cleaned_data
        try:
            pipeline = services.create_dataset(names["organisation"], names["dataset"])
        except services.NameTaken:
            form.add_error(
                "dataset", "Somebody else has just created this dataset. Go back to the list of datasets to find it."
            )
        else:
            return redirect("dataset-created", pipeline.slug)
    return render(request, "uploads/create.html", {"form": form}, status=422 if form.errors else 200)


@never_cache
@require_safe
def dataset_created(request: HttpRequest, slug: str) -> HttpResponse:
    """What comes next after a dataset has been created."""
    return render(request, "uploads/created.html", {"pipeline": get_object_or_404(UploadPipeline, slug=slug)})


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def dataset(request: HttpRequest, slug: str) -> HttpResponse:
    """A dataset, its versions, and the form to upload a new one."""
    pipeline = get_object_or_404(UploadPipeline, slug=slug)
    form = UploadForm(request.POST, request.FILES) if request.method == "POST" else UploadForm()
    status = 200
    if request.method == "POST":
        status = 422
        limit = settings.DSS.dss_upload_limit_megabytes
        if context_of(request).is_over_upload_limit:
            form.errors.clear()
            form.refuse([f"The file is larger than {limit} MB. Split it, or ask {settings.DSS.dss_access_contact}."])
        elif form.is_valid():
            upload = form.cleaned_data["file"]
            try:
                version = services.receive_file(
                    pipeline, Path(upload.temporary_file_path()), upload.name, _person(request)
                )
            except InvalidCsv as error:
                form.refuse(explain(error))
            except StorageUnavailable as error:
                return _storage_unavailable(request, error)
            else:
                return redirect("verify", slug, version.id)
    current = selectors.current_version(pipeline)
    context = {
        "form": form,
        "pipeline": pipeline,
        "versions": pipeline.files.all(),
        "current": current,
        "limit": settings.DSS.dss_upload_limit_megabytes,
    }
    return render(request, "uploads/dataset.html", context, status=status)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def verify(request: HttpRequest, slug: str, file_id: uuid.UUID) -> HttpResponse:
    """The columns of a version that waits for its confirmation, and the form to confirm them."""
    version = _version(slug, file_id)
    if version.state != UploadState.UPLOADED:
        return redirect("uploaded", slug, file_id)
    form = VerifyForm(version, request.POST if request.method == "POST" else None)
    try:
        if form.is_valid():
            form.refuse(selectors.invalid_values(version, form.types()))
            if form.is_valid():
                return _confirm(request, version, form)
        columns = selectors.shown_columns(version)
    except StorageUnavailable as error:
        return _storage_unavailable(request, error)
    changes = selectors.compare_columns(version)
    context = {
        "form": form,
        "version": version,
        "columns": [(column, form[f"type-{column.position}"]) for column in columns],
        "renamed": [column for column in columns if column.is_renamed],
        "changes": changes,
        "retyped": [(name, _type_title(old), _type_title(new)) for name, old, new in changes.retyped],
        "encoding": ENCODING_TITLES.get(version.encoding, version.encoding),
        "separator": DELIMITER_TITLES.get(version.delimiter, version.delimiter),
        "questions": selectors.findings_of(version, Severity.ASK),
        "told": selectors.findings_of(version, Severity.TELL),
    }
    return render(request, "uploads/verify.html", context, status=422 if form.errors else 200)


def _confirm(request: HttpRequest, version: UploadFile, form: VerifyForm) -> HttpResponse:
    try:
        services.confirm_version(version, form.types(), _person(request))
    except services.DatasetBusy as busy:
        return _busy(request, version, busy.other)
    except services.AlreadyMoved:
        log.info("A second confirmation of %s changed nothing", version.id)
    return redirect("uploaded", version.pipeline.slug, version.id)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def restore(request: HttpRequest, slug: str, file_id: uuid.UUID) -> HttpResponse:
    """Asks whether an older version should replace the current one, and replaces it."""
    version = _version(slug, file_id)
    if version.state != UploadState.COMPLETED:
        return redirect("uploaded", slug, file_id)
    if request.method != "POST":
        current = selectors.current_version(version.pipeline)
        return render(request, "uploads/restore.html", {"version": version, "current": current})
    try:
        services.restore_version(version, _person(request))
    except services.DatasetBusy as busy:
        return _busy(request, version, busy.other)
    except services.AlreadyMoved:
        log.info("A second restoration of %s changed nothing", version.id)
    return redirect("uploaded", slug, file_id)


@never_cache
@require_safe
def uploaded(request: HttpRequest, slug: str, file_id: uuid.UUID) -> HttpResponse:
    """How far a version is, or that it is done."""
    version = _version(slug, file_id)
    if version.state == UploadState.UPLOADED:
        return redirect("verify", slug, file_id)
    if version.state == UploadState.FAILED:
        return redirect("failed", slug, file_id)
    template = "uploads/done.html" if version.state == UploadState.COMPLETED else "uploads/progress.html"
    return render(request, template, {"version": version, **_progress(version)})


@never_cache
@require_safe
def failed(request: HttpRequest, slug: str, file_id: uuid.UUID) -> HttpResponse:
    """Why a version could not be loaded."""
    version = _version(slug, file_id)
    if version.state != UploadState.FAILED:
        return redirect("uploaded", slug, file_id)
    return render(request, "uploads/failed.html", {"version": version})


@never_cache
@require_safe
def progress(request: HttpRequest, file_id: uuid.UUID) -> JsonResponse:
    """`{"state", "progress", "info"}`: the state's name, a percentage, and words for the person."""
    return JsonResponse(_progress(get_object_or_404(UploadFile, id=file_id)))


def _progress(version: UploadFile) -> dict[str, str | int]:
    state = UploadState(version.state)
    return {
        "state": state.value,
        "progress": selectors.PROGRESS[state],
        "info": version.error_message or selectors.PROGRESS_INFO[state],
    }


def _type_title(kind: str) -> str:
    return TYPE_TITLES[ColumnType(kind)]


def _version(slug: str, file_id: uuid.UUID) -> UploadFile:
    return get_object_or_404(UploadFile.objects.select_related("pipeline"), id=file_id, pipeline__slug=slug)


def _person(request: HttpRequest) -> User:
    # The access middleware lets nobody else this far.
    return cast(User, request.user)


def _busy(request: HttpRequest, version: UploadFile, other: UploadFile) -> HttpResponse:
    return render(request, "uploads/busy.html", {"version": version, "other": other}, status=409)


def _storage_unavailable(request: HttpRequest, error: StorageUnavailable) -> HttpResponse:
    log.error("%s", error)
    return render(request, "uploads/storage_unavailable.html", status=503)
