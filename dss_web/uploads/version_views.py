"""The pages of one version: how far it is, and what its person can do about it. `check_views` has those before."""

import logging
import uuid
from collections.abc import Callable, Sequence
from http import HTTPStatus

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from dss_web.accounts.models import User
from dss_web.accounts.rights import DatasetRights, Right, requires, rights_on
from dss_web.registry.models import UploadCheck, UploadFile
from dss_web.shared.contract import UploadState
from dss_web.uploads import selectors, services, statuses
from dss_web.uploads.comparison import compare
from dss_web.uploads.errors import AlreadyMoved, BaseChanged, DatasetBusy, DatasetClosed
from dss_web.uploads.names import reasons_not_copied
from dss_web.uploads.reading_form import ReadingForm
from dss_web.uploads.rebuilding import files_to_load
from dss_web.uploads.views import follow, person_of, version_of

log = logging.getLogger(__name__)

# Each state that has a page of its own besides the one that shows progress.
_PAGES = {UploadState.COMPLETED: "uploads/done.html", UploadState.CANCELLED: "uploads/cancelled.html"}


@requires(Right.UPLOAD)
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def restore(request: HttpRequest, slug: str, file_id: uuid.UUID) -> HttpResponse:
    """Asks whether an older version should replace the current one, and replaces it."""
    version = version_of(slug, file_id)
    if not services.can_restore(version):
        return redirect("uploaded", slug, file_id)
    files = files_to_load(version)
    if request.method == "POST" and files is not None:
        return begin(request, version, lambda person: services.restore_version(version, person))
    current = selectors.current_version(version.pipeline)
    context = {
        "version": version,
        "current": current,
        "comparison": compare(current, version) if current and current != version else None,
        "files": files,
    }
    return render(request, "uploads/restore.html", context, status=409 if request.method == "POST" else 200)


def begin(request: HttpRequest, version: UploadFile, confirm: Callable[[User], None]) -> HttpResponse:
    """Let a version be loaded, and show how far it is; or that another one is being loaded."""
    try:
        confirm(person_of(request))
    except DatasetBusy as busy:
        return render(request, "uploads/busy.html", {"version": version, "other": busy.other}, status=409)
    except DatasetClosed as closed:
        return render(request, "uploads/closed.html", {"version": version, "why": closed.why}, status=409)
    except BaseChanged as error:
        log.info("Not confirmed: %s", error)
        return render(request, "uploads/base_changed.html", {"version": version}, status=409)
    except AlreadyMoved as error:
        log.info("A second request changed nothing: %s", error)
    return redirect("uploaded", version.pipeline.slug, version.id)


@requires(Right.UPLOAD)
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def cancel(request: HttpRequest, slug: str, file_id: uuid.UUID) -> HttpResponse:
    """Asks whether a version should not be loaded after all, and withdraws it."""
    version = version_of(slug, file_id)
    if request.method != "POST":
        if version.state not in services.CANCELLABLE_STATES:
            return redirect("uploaded", slug, file_id)
        return render(request, "uploads/cancel.html", {"version": version})
    try:
        services.cancel_version(version, person_of(request))
    except AlreadyMoved:
        version.refresh_from_db()
        if version.state != UploadState.CANCELLED:
            return render(request, "uploads/too_late.html", {"version": version}, status=409)
    return redirect("uploaded", slug, file_id)


@requires(Right.UPLOAD)
@never_cache
@require_POST
def check_again(request: HttpRequest, slug: str, file_id: uuid.UUID) -> HttpResponse:
    """Lead a version that failed or was cancelled back to the check of its columns, with the file that is kept."""
    version = version_of(slug, file_id)
    try:
        services.check_again(version, person_of(request))
    except AlreadyMoved as error:
        log.info("Not checked again: %s", error)
        return redirect("uploaded", slug, file_id)
    return follow(version)


@requires(Right.UPLOAD)
@never_cache
@require_POST
def copy_again(request: HttpRequest, slug: str, file_id: uuid.UUID) -> HttpResponse:
    """Have data-flow asked at once for a version whose copy has failed."""
    version = version_of(slug, file_id)
    services.copy_again(version, person_of(request))
    return redirect("uploaded", slug, file_id)


@never_cache
@require_safe
def uploaded(request: HttpRequest, slug: str, file_id: uuid.UUID) -> HttpResponse:
    """How far a version is, or that it is done."""
    version = version_of(slug, file_id)
    rights = _rights(request, version)
    if version.state == UploadState.UPLOADED and rights.may_upload and not version.is_being_checked:
        return redirect(selectors.next_question(version), slug, file_id)
    if version.state == UploadState.FAILED:
        return redirect("failed", slug, file_id)
    state = UploadState(version.state)
    is_loaded = state == UploadState.PROCESSING_DATAFLOW
    context = {
        "version": version,
        "rights": rights,
        "steps": statuses.steps(version),
        "is_loaded": is_loaded,
        "copying": statuses.copying(version) if is_loaded else None,
        "can_be_copied": not reasons_not_copied(version.pipeline.organisation, version.pipeline.dataset),
        "can_cancel": rights.may_upload and state in services.CANCELLABLE_STATES,
        "can_check_again": rights.may_upload and services.can_check_again(version),
        "can_restore": rights.may_upload and services.can_restore(version),
        "is_in_data_workspace": statuses.is_in_data_workspace(version),
        **_progress(version),
    }
    return render(request, _PAGES.get(state, "uploads/progress.html"), context)


@never_cache
@require_safe
def failed(request: HttpRequest, slug: str, file_id: uuid.UUID) -> HttpResponse:
    """Why a version could not be loaded."""
    version = version_of(slug, file_id)
    if version.state != UploadState.FAILED:
        return redirect("uploaded", slug, file_id)
    check = UploadCheck.objects.filter(version=version).first()
    form = ReadingForm(check, {}) if check and services.can_read_again(version) else None
    return show_failed(request, version, form)


def show_failed(
    request: HttpRequest, version: UploadFile, form: ReadingForm | None, errors: Sequence[tuple[str, str]] = ()
) -> HttpResponse:
    """The page of a version that has failed. `form` reads a file in another way that could not be read at all."""
    rights = _rights(request, version)
    context = {
        "version": version,
        "rights": rights,
        "errors": errors,
        "reading_errors": errors,
        "reading_form": form,
        "can_check_again": rights.may_upload and services.can_check_again(version),
    }
    return render(request, "uploads/failed.html", context, status=HTTPStatus.UNPROCESSABLE_ENTITY if errors else 200)


@never_cache
@require_safe
def progress(request: HttpRequest, file_id: uuid.UUID) -> JsonResponse:
    """`{"state", "progress", "info"}`: the state's name or `checking`, a percentage, and words for the person."""
    versions = UploadFile.objects.select_related("pipeline", "task")
    return JsonResponse(_progress(get_object_or_404(versions, id=file_id)))


def _progress(version: UploadFile) -> dict[str, str | int]:
    return {
        # Of what a page shows another page is shown once this changes.
        "state": "checking" if version.is_being_checked else version.state,
        "progress": statuses.percentage(version),
        "info": statuses.progress_info(version),
    }


def _rights(request: HttpRequest, version: UploadFile) -> DatasetRights:
    return rights_on(person_of(request), version.pipeline)
