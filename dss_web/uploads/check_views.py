"""The pages of the check: what was found in a file, how it is read instead, and the confirmation."""

import logging
import uuid
from collections.abc import Iterator

from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from dss_web.accounts.access import kept_form, kept_over_login
from dss_web.accounts.rights import Right, requires
from dss_web.registry.models import UploadCheck
from dss_web.shared.contract import UploadState
from dss_web.shared.csv import Choices, InvalidCsv, Reading
from dss_web.uploads import file_storage, services
from dss_web.uploads.bad_values import as_csv, find_bad_values
from dss_web.uploads.check_page import CheckPage
from dss_web.uploads.checking import as_loaded, check_of, keep_choices, read_again
from dss_web.uploads.errors import AlreadyMoved, StorageUnavailable
from dss_web.uploads.explanations import explain
from dss_web.uploads.titles import TYPE_EXAMPLES
from dss_web.uploads.trying import try_plan
from dss_web.uploads.version_views import begin
from dss_web.uploads.views import person_of, storage_unavailable, version_of

log = logging.getLogger(__name__)


@kept_over_login
@requires(Right.UPLOAD)
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def verify(request: HttpRequest, slug: str, file_id: uuid.UUID) -> HttpResponse:
    """What was found in the file of a version that waits for its confirmation, and the form to confirm it."""
    version = version_of(slug, file_id)
    if version.state != UploadState.UPLOADED:
        return redirect("uploaded", slug, file_id)
    kept = kept_form(request)
    sent = _sent(request) if request.method == "POST" else None
    try:
        check = check_of(version)
        page = CheckPage(version, check, sent if sent is not None else kept)
        validated = page.validate(sent) if sent is not None else None
        if page.chosen:
            keep_choices(version, *page.chosen)
        if validated:
            chosen, plan = validated
            tried = try_plan(version, page.found, chosen, plan)
            if tried.bad:
                page.refuse(tried.bad, plan.left_out)
            elif tried.problems:
                page.refuse_merge(tried.problems)
            elif tried.plan.keeps_rows:
                keep_choices(version, chosen, tried.plan)
                return redirect("load-plan", slug, file_id)
            else:
                return begin(request, version, lambda person: services.confirm_version(version, chosen, plan, person))
    except StorageUnavailable as error:
        return storage_unavailable(request, error)
    except (InvalidCsv, AlreadyMoved) as error:
        log.info("Version %s cannot be checked: %s", version.id, error)
        return redirect("dataset", slug)
    return _show(request, page, is_kept=kept is not None)


@requires(Right.UPLOAD)
@never_cache
@require_POST
def read_file_again(request: HttpRequest, slug: str, file_id: uuid.UUID) -> HttpResponse:
    """Read the file as the person says, and show what it looks like then; or why it cannot be read so."""
    version = version_of(slug, file_id)
    if version.state != UploadState.UPLOADED:
        return redirect("uploaded", slug, file_id)
    sent = _sent(request)
    try:
        check = check_of(version)
        page = CheckPage(version, check, sent_reading=sent)
        try:
            choices = Choices() if "detect" in sent else page.reading_form.choices(sent)
            read_again(version, choices, person_of(request))
        except InvalidCsv as error:
            page.refuse_reading([("reading", sentence) for sentence in explain(error)])
        except ValueError as error:
            field, problem = error.args
            page.refuse_reading([(field, problem)])
    except StorageUnavailable as error:
        return storage_unavailable(request, error)
    except (InvalidCsv, AlreadyMoved) as error:
        log.info("Version %s is not read again: %s", version.id, error)
        return redirect("uploaded", slug, file_id)
    return _show(request, page) if page.errors else redirect("verify", slug, file_id)


def _show(request: HttpRequest, page: CheckPage, *, is_kept: bool = False) -> HttpResponse:
    context = {**page.context(), "is_kept": is_kept}
    return render(request, "uploads/verify.html", context, status=422 if page.errors else 200)


@requires(Right.UPLOAD)
@never_cache
@require_safe
def bad_values(request: HttpRequest, slug: str, file_id: uuid.UUID) -> HttpResponseBase:
    """All values that are not of the types that were chosen last, as CSV: the reason, then the whole row."""
    version = version_of(slug, file_id)
    check = get_object_or_404(UploadCheck, version=version)
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
    check = get_object_or_404(UploadCheck, version=version)
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
    check = get_object_or_404(UploadCheck, version=version)
    response = JsonResponse(CheckPage(version, check).report(), json_dumps_params={"ensure_ascii": False, "indent": 1})
    response["Content-Disposition"] = f'attachment; filename="{slug}-check.json"'
    return response


def _sent(request: HttpRequest) -> dict[str, str]:
    return {name: str(value) for name, value in request.POST.items()}
