"""The pages about going back: a version in full, two versions compared, downloads, and what becomes of a dataset."""

import logging
import uuid

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from dss_web.accounts.rights import Right, requires, rights_on
from dss_web.exports.export_query import Formulas
from dss_web.http.errors import ApiError
from dss_web.registry.models import UploadFile, UploadPipeline
from dss_web.registry.reads import record_download
from dss_web.shared.contract import ColumnType, DeletionState
from dss_web.uploads import downloads, lifecycle, selectors, services, statuses
from dss_web.uploads.about import QUESTIONS
from dss_web.uploads.comparison import compare, table_of
from dss_web.uploads.errors import StorageUnavailable
from dss_web.uploads.lifecycle_forms import CompareForm, DeleteForm, NoteForm
from dss_web.uploads.rebuilding import files_to_load, versions_with_rows_of
from dss_web.uploads.titles import TYPE_TITLES
from dss_web.uploads.views import person_of, storage_unavailable, version_of

log = logging.getLogger(__name__)


@never_cache
@require_safe
def version(request: HttpRequest, slug: str, file_id: uuid.UUID) -> HttpResponse:
    """A version in full: who uploaded what when, its columns, and what can be done with it."""
    found = version_of(slug, file_id)
    return _show_version(request, found, NoteForm({"note": found.note}))


@requires(Right.UPLOAD)
@never_cache
@require_POST
def note(request: HttpRequest, slug: str, file_id: uuid.UUID) -> HttpResponse:
    """Say something about a version."""
    found, form = version_of(slug, file_id), NoteForm(request.POST)
    if not form.is_valid():
        return _show_version(request, found, form)
    lifecycle.set_note(found, form.cleaned_data["note"], person_of(request))
    return redirect("version", slug, file_id)


def _show_version(request: HttpRequest, found: UploadFile, form: NoteForm) -> HttpResponse:
    rights = rights_on(person_of(request), found.pipeline)
    current = selectors.current_version(found.pipeline)
    columns = zip(found.column_names or [], found.column_types or [], strict=True)
    context = {
        "version": found,
        "current": current,
        "tag": statuses.version_tag(found, current, selectors.copied_version(found.pipeline)),
        "columns": [(name, TYPE_TITLES[ColumnType(kind)]) for name, kind in columns],
        "table": table_of(found),
        "files": files_to_load(found),
        "base": selectors.base_of(found),
        "can_restore": rights.may_upload and services.can_restore(found) and found != current,
        "rights": rights,
        "others": found.pipeline.files.exclude(id=found.id).exclude(column_names=None),
        "form": form,
    }
    return render(request, "uploads/version.html", context, status=422 if form.errors else 200)


@never_cache
@require_safe
def comparison(request: HttpRequest, slug: str) -> HttpResponse:
    """Two versions of a dataset beside each other, which the person chooses."""
    pipeline = get_object_or_404(UploadPipeline, slug=slug)
    form = CompareForm(pipeline, request.GET or None)
    found = compare(form.cleaned_data["before"], form.cleaned_data["after"]) if form.is_valid() else None
    context = {"pipeline": pipeline, "form": form, "comparison": found}
    return render(request, "uploads/compare.html", context, status=422 if form.errors else 200)


@never_cache
@require_safe
def original(request: HttpRequest, slug: str, file_id: uuid.UUID) -> HttpResponseBase:
    """The bytes of a version as they came."""
    found = version_of(slug, file_id)
    try:
        response = downloads.original(found)
        _record_download(request, found)
        return response
    except StorageUnavailable as error:
        return storage_unavailable(request, error)


@never_cache
@require_safe
def clean(request: HttpRequest, slug: str, file_id: uuid.UUID) -> HttpResponseBase:
    """The rows of a version as they were loaded; formulas are escaped, unless the person asks for `?formulas=keep`."""
    formulas = Formulas.KEEP if request.GET.get("formulas") == Formulas.KEEP else Formulas.ESCAPE
    found = version_of(slug, file_id)
    table = table_of(found)
    if table is None:
        return render(request, "uploads/not_kept.html", {"version": found}, status=404)
    try:
        response = downloads.clean(request, found, table, formulas)
        _record_download(request, found)
        return response
    except ApiError as error:
        log.warning("%s of %s could not be sent: %s", file_id, slug, error)
        return render(request, "uploads/not_kept.html", {"version": found}, status=error.status)


def _record_download(request: HttpRequest, version: UploadFile) -> None:
    if request.method != "HEAD":
        record_download(str(version.pipeline), "L0", person_of(request).email)


@requires(Right.OWN)
@never_cache
@require_safe
def manage(request: HttpRequest, slug: str) -> HttpResponse:
    """What is said about a dataset, the archive, and the way to its deletion."""
    pipeline = get_object_or_404(UploadPipeline, slug=slug)
    answers = [(question, question.said(pipeline)) for question in QUESTIONS]
    rights = rights_on(person_of(request), pipeline)
    return render(request, "uploads/manage.html", {"pipeline": pipeline, "rights": rights, "about": answers})


@requires(Right.OWN)
@never_cache
@require_POST
def archive(request: HttpRequest, slug: str) -> HttpResponse:
    """Archive a dataset, or take it out of the archive again."""
    pipeline = get_object_or_404(UploadPipeline, slug=slug)
    if pipeline.archived_at:
        lifecycle.take_out_of_archive(pipeline, person_of(request))
    else:
        lifecycle.archive(pipeline, person_of(request))
    return redirect("dataset", slug)


@requires(Right.OWN)
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def delete(request: HttpRequest, slug: str, file_id: uuid.UUID | None = None) -> HttpResponse:
    """Asks in words whether a version, or the whole dataset, is to be deleted for good; its name has to be typed."""
    pipeline = get_object_or_404(UploadPipeline, slug=slug)
    found = version_of(slug, file_id) if file_id else None
    why_not = lifecycle.why_not_deleted(pipeline, found)
    form = DeleteForm(pipeline, request.POST if request.method == "POST" else None)
    if form.is_valid() and not why_not:
        return redirect("deletion", lifecycle.request_deletion(pipeline, found, person_of(request)).id)
    context = {
        "pipeline": pipeline,
        "version": found,
        "form": form,
        "why_not": why_not,
        "versions": pipeline.files.count(),
        "taken_over": versions_with_rows_of(found) if found else [],
        "current": selectors.current_version(pipeline),
        "requested": lifecycle.requested_deletion(pipeline),
    }
    status = 422 if form.errors else 409 if why_not and request.method == "POST" else 200
    return render(request, "uploads/delete.html", context, status=status)


@never_cache
@require_safe
def deletion(request: HttpRequest, deletion_id: int) -> HttpResponse:
    """The record of a deletion, or that it is under way."""
    found = get_object_or_404(selectors.list_deletions(person_of(request)), id=deletion_id)
    pipeline = UploadPipeline.objects.filter(organisation=found.organisation, dataset=found.dataset).first()
    context = {"deletion": found, "pipeline": pipeline, "is_waiting": found.state == DeletionState.REQUESTED}
    return render(request, "uploads/deletion.html", context)


@never_cache
@require_safe
def deletions(request: HttpRequest) -> HttpResponse:
    """The records of all deletions of which the person may know."""
    return render(request, "uploads/deletions.html", {"deletions": selectors.list_deletions(person_of(request))})
