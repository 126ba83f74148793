"""The pages of the check: what was found in a file, how it is read instead, and the confirmation."""

import logging
import uuid
from collections.abc import Iterator
from dataclasses import replace
from http import HTTPStatus

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, JsonResponse, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from dss_web.accounts.access import kept_form, kept_over_login
from dss_web.accounts.models import User
from dss_web.accounts.rights import Right, requires
from dss_web.registry.models import UploadCheck, UploadFile
from dss_web.shared.contract import UploadState
from dss_web.shared.csv import Choices, Reading
from dss_web.uploads import file_storage, services
from dss_web.uploads.bad_values import as_csv, columns_to_try, find_bad_values
from dss_web.uploads.check_page import CheckPage
from dss_web.uploads.checking import as_loaded, keep_choices
from dss_web.uploads.errors import AlreadyMoved
from dss_web.uploads.lifecycle import set_note
from dss_web.uploads.reading_form import ReadingForm
from dss_web.uploads.titles import TYPE_EXAMPLES
from dss_web.uploads.version_views import begin, show_failed
from dss_web.uploads.views import follow, person_of, version_of

log = logging.getLogger(__name__)


@kept_over_login
@requires(Right.UPLOAD)
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def verify(request: HttpRequest, slug: str, file_id: uuid.UUID) -> HttpResponse:
    """What was found in the file of a version that waits for its confirmation, and the form to confirm it."""
    version = version_of(slug, file_id)
    if version.state != UploadState.UPLOADED or version.is_being_checked:
        return redirect("uploaded", slug, file_id)
    check = UploadCheck.objects.filter(version=version).first()
    if check is None or not check.is_readable:
        return _check_first(version, person_of(request))
    kept = kept_form(request)
    if request.method == "POST":
        return _confirm(request, version, check)
    page = CheckPage(version, check, kept)
    page.tell_outcome()
    return _show(request, page, is_kept=kept is not None)


def _confirm(request: HttpRequest, version: UploadFile, check: UploadCheck) -> HttpResponse:
    """Load a version as its person chose, once all of its values are tried that may not do."""
    page = CheckPage(version, check, sent := _sent(request))
    validated = page.validate(sent)
    if page.chosen:
        keep_choices(version, *page.chosen)
    if validated is None:
        return _show(request, page)
    set_note(version, page.note, person_of(request))
    chosen, plan = validated
    if not plan.keeps_rows and not columns_to_try(page.found, chosen):
        plan = replace(plan, left_out=0)
        return begin(request, version, lambda person: services.confirm_version(version, chosen, plan, person))
    answer = begin(request, version, lambda person: services.request_confirmation(version, chosen, plan, person))
    if answer.status_code != HTTPStatus.FOUND:
        return answer
    return _answer(request, version, sent=sent)


def _check_first(version: UploadFile, person: User) -> HttpResponse:
    try:
        services.check_unless_done(version, person)
    except AlreadyMoved as error:
        log.info("Version %s is not checked: %s", version.id, error)
    return follow(version)


def _answer(request: HttpRequest, version: UploadFile, **sent: dict[str, str]) -> HttpResponse:
    """What has become of a task that was just asked for: why it was refused, beside what was sent, or the next page."""
    answer = follow(version)
    if version.state != UploadState.UPLOADED or version.is_being_checked:
        return answer
    page = CheckPage(version, UploadCheck.objects.get(version=version), **sent)
    page.tell_outcome()
    return _show(request, page) if page.errors else answer


@requires(Right.UPLOAD)
@never_cache
@require_POST
def read_file_again(request: HttpRequest, slug: str, file_id: uuid.UUID) -> HttpResponse:
    """Read the file as the person says, and show what it looks like then; or why it cannot be read so."""
    version = version_of(slug, file_id)
    check = UploadCheck.objects.filter(version=version).first()
    if check is None or version.is_being_checked or not services.can_read_again(version):
        return redirect("uploaded", slug, file_id)
    sent = _sent(request)
    page = CheckPage(version, check, sent_reading=sent) if check.is_readable else None
    form = page.reading_form if page else ReadingForm(check, {}, sent)
    try:
        choices = Choices() if "detect" in sent else form.choices(sent)
        services.read_again(version, choices, person_of(request))
    except ValueError as error:
        field, problem = error.args
        if page is None:
            return show_failed(request, version, form, [(field, problem)])
        page.refuse_reading([(field, problem)])
        return _show(request, page)
    except AlreadyMoved as error:
        log.info("Version %s is not read again: %s", version.id, error)
        return redirect("uploaded", slug, file_id)
    return _answer(request, version, sent_reading=sent)


def _show(request: HttpRequest, page: CheckPage, *, is_kept: bool = False) -> HttpResponse:
    context = {**page.context(), "is_kept": is_kept}
    return render(request, "uploads/verify.html", context, status=422 if page.errors else 200)


@requires(Right.UPLOAD)
@never_cache
@require_safe
def bad_values(request: HttpRequest, slug: str, file_id: uuid.UUID) -> HttpResponseBase:
    """All values that are not of the types that were chosen last, as CSV: the reason, then the whole row."""
    version = version_of(slug, file_id)
    check = _check_or_404(version)
    found, chosen = Reading.from_json(check.reading), as_loaded(version, check)
    titles = [""] * (found.width or 0)
    for column in found.columns:
        titles[column.position : column.position + 1] = [column.title]

    def lines() -> Iterator[str]:
        # The mark by which Excel knows UTF-8.
        yield "\ufeff"
        with file_storage.open_file(version.data_file_url) as file:
            yield from as_csv(find_bad_values(file, found, chosen), titles, TYPE_EXAMPLES)

    response = StreamingHttpResponse(lines(), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{slug}-values-to-correct.csv"'
    return response


@requires(Right.UPLOAD)
@never_cache
@require_safe
def report(request: HttpRequest, slug: str, file_id: uuid.UUID) -> HttpResponse:
    """What the check has found, as a page to keep, for who only wanted to know."""
    version = version_of(slug, file_id)
    check = _check_or_404(version)
    context = {
        **CheckPage(version, check).context(),
        "can_cancel": version.state == UploadState.UPLOADED,
    }
    return render(request, "uploads/report.html", context)


@requires(Right.UPLOAD)
@never_cache
@require_safe
def report_as_json(request: HttpRequest, slug: str, file_id: uuid.UUID) -> HttpResponse:
    """The same as JSON."""
    version = version_of(slug, file_id)
    check = _check_or_404(version)
    response = JsonResponse(CheckPage(version, check).report(), json_dumps_params={"ensure_ascii": False, "indent": 1})
    response["Content-Disposition"] = f'attachment; filename="{slug}-check.json"'
    return response


def _check_or_404(version: UploadFile) -> UploadCheck:
    check = UploadCheck.objects.filter(version=version).first()
    if check is None or not check.is_readable:
        raise Http404(f"upload {version.id} has not been read")
    return check


def _sent(request: HttpRequest) -> dict[str, str]:
    return {name: str(value) for name, value in request.POST.items()}
