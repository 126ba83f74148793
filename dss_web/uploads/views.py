"""The pages of datasets: the list of them, a new one, and the upload of a file. Each reads, asks, and shows."""

import logging
import uuid
from pathlib import Path
from typing import cast

from django.conf import settings
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from dss_web.accounts.access import kept_form, kept_over_login
from dss_web.accounts.models import User
from dss_web.accounts.rights import Right, requires, rights_on
from dss_web.accounts.visibility import visible_to
from dss_web.http.request_context import context_of
from dss_web.registry.models import UploadFile, UploadPipeline
from dss_web.shared.contract import UploadState
from dss_web.uploads import file_storage, selectors, services, statuses, tasks
from dss_web.uploads.about import QUESTIONS
from dss_web.uploads.errors import StorageUnavailable
from dss_web.uploads.forms import DatasetForm, UploadForm
from dss_web.uploads.lifecycle import awaits_personal_data, why_closed
from dss_web.uploads.names import reasons_not_copied

log = logging.getLogger(__name__)

# A page of each is looked through by a person, and quick to make beside a thousand others.
LISTED_DATASETS = 50
LISTED_VERSIONS = 25


@never_cache
@require_safe
def list_datasets(request: HttpRequest) -> HttpResponse:
    """The datasets that people upload and that the person may see, by name; with `?archived` the archived ones."""
    is_archive = "archived" in request.GET
    datasets = selectors.list_datasets().filter(visible_to(person_of(request)))
    context = {
        "datasets": Paginator(datasets.filter(archived_at__isnull=not is_archive), LISTED_DATASETS).get_page(
            request.GET.get("page")
        ),
        "is_archive": is_archive,
        "archived": datasets.exclude(archived_at=None).count(),
    }
    return render(request, "uploads/datasets.html", context)


@never_cache
@require_safe
def signed_in(request: HttpRequest) -> HttpResponse:
    """Where a login in a new tab ends: the person goes back to the tab with their form."""
    return render(request, "uploads/signed_in.html")


@kept_over_login
@requires(Right.CREATE)
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def create_dataset(request: HttpRequest) -> HttpResponse:
    """The form for the names of a new dataset."""
    kept = kept_form(request)
    form = DatasetForm(person_of(request), request.POST or None, initial=kept)
    if form.is_valid():
        names = form.cleaned_data
        try:
            pipeline = services.create_dataset(names["organisation"], names["dataset"], person_of(request))
        except services.NameTaken:
            form.add_error(
                "dataset", "Somebody else has just created this dataset. Go back to the list of datasets to find it."
            )
        else:
            return redirect("dataset-created", pipeline.slug)
    context = {"form": form, "is_kept": kept is not None}
    return render(request, "uploads/create.html", context, status=422 if form.errors else 200)


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
        if why := why_closed(pipeline):
            form.errors.clear()
            form.refuse([why])
        elif context_of(request).is_over_upload_limit:
            form.errors.clear()
            form.refuse([f"The file is larger than {limit} MB. Split it, or ask {settings.DSS.contact}."])
        elif form.is_valid():
            upload = form.cleaned_data["file"]
            return _receive(request, pipeline, Path(upload.temporary_file_path()), upload.name)
    current, copied = selectors.current_version(pipeline), selectors.copied_version(pipeline)
    rights = rights_on(person_of(request), pipeline)
    listed = Paginator(pipeline.files.select_related("task"), LISTED_VERSIONS).get_page(request.GET.get("page"))
    context = {
        "form": form,
        "pipeline": pipeline,
        "listed": listed,
        "rights": rights,
        "versions": [
            (
                version,
                statuses.version_tag(version, current, copied),
                _actions(version, current, may_upload=rights.may_upload),
            )
            for version in listed
        ],
        "current": current,
        "copied": copied,
        "reasons_not_copied": reasons_not_copied(pipeline.organisation, pipeline.dataset),
        "limit": settings.DSS.dss_upload_limit_megabytes,
        "why_closed": why_closed(pipeline),
        "must_be_set_up": awaits_personal_data(pipeline),
        "about": [(question, question.said(pipeline)) for question in QUESTIONS],
        "described_columns": pipeline.column_descriptions.count(),
    }
    return render(request, "uploads/dataset.html", context, status=status)


def _receive(request: HttpRequest, pipeline: UploadPipeline, path: Path, name: str) -> HttpResponse:
    """Store a file as it came, have it checked, and lead to what has become of it so far."""
    person = person_of(request)
    version = services.begin_upload(pipeline, name, person)
    try:
        written = file_storage.put_file(version.data_file_url, path)
    except StorageUnavailable as error:
        services.fail_upload(version, person)
        return storage_unavailable(request, error)
    services.finish_upload(version, written, person)
    return follow(version)


def follow(version: UploadFile) -> HttpResponse:
    """Wait a second for what is done with a file behind the request, and lead to what has become of it."""
    tasks.wait_for_task(version)
    state = UploadState(version.state)
    is_asked = state == UploadState.UPLOADED and not version.is_being_checked
    page = "failed" if state == UploadState.FAILED else selectors.next_question(version) if is_asked else "uploaded"
    return redirect(page, version.pipeline.slug, version.id)


def _actions(version: UploadFile, current: UploadFile | None, *, may_upload: bool) -> set[str]:
    """What the list of versions offers for one of them, by the names of URLs."""
    changes = {
        "verify": version.state == UploadState.UPLOADED and not version.is_being_checked,
        "cancel": version.state in services.CANCELLABLE_STATES,
        "restore": services.can_restore(version) and version != current,
    }
    offered = {name for name, is_offered in changes.items() if is_offered and may_upload}
    if version.state == UploadState.FAILED:
        offered.add("failed")
    if version.state != UploadState.UPLOADING and not offered - {"cancel"}:
        offered.add("uploaded")
    return offered


def person_of(request: HttpRequest) -> User:
    """Who sent a request. The access middleware lets nobody else this far."""
    return cast(User, request.user)


def version_of(slug: str, file_id: uuid.UUID) -> UploadFile:
    """The version of an id with its dataset, if it is one of the dataset that `slug` names. Raises Http404."""
    return get_object_or_404(UploadFile.objects.select_related("pipeline", "task"), id=file_id, pipeline__slug=slug)


def storage_unavailable(request: HttpRequest, error: StorageUnavailable) -> HttpResponse:
    """The page that says that it is not the file's fault."""
    log.error("%s", error)
    return render(request, "uploads/storage_unavailable.html", status=503)
