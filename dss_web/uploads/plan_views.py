"""The page before a load that keeps the rows that are there: what it does to them, in numbers."""

import uuid
from dataclasses import replace
from http import HTTPStatus

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from dss_web.accounts.rights import Right, requires
from dss_web.registry.models import UploadCheck, UploadFile
from dss_web.shared.contract import UploadState
from dss_web.shared.csv import Reading
from dss_web.uploads import selectors, services
from dss_web.uploads.checking import keep_choices, proposed
from dss_web.uploads.errors import CHANGED_MEANWHILE
from dss_web.uploads.load_plan import LoadPlan, in_words, merge_columns
from dss_web.uploads.version_views import begin
from dss_web.uploads.views import follow, version_of


@requires(Right.UPLOAD)
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def load(request: HttpRequest, slug: str, file_id: uuid.UUID) -> HttpResponse:
    """What a version does to the rows that are there, and the button that loads it."""
    version = version_of(slug, file_id)
    check = UploadCheck.objects.filter(version=version).first()
    plan = LoadPlan.from_json(check.plan) if check and check.plan else None
    if version.state != UploadState.UPLOADED or check is None or plan is None or plan.numbers is None:
        return redirect("uploaded", slug, file_id)
    before = selectors.current_version(version.pipeline)
    if before is None or str(before.id) != plan.base:
        return _compare_again(request, version, check, plan, before)
    if version.is_being_checked:
        return redirect("uploaded", slug, file_id)
    chosen = proposed(version, check)
    needs_tick = bool(merge_columns(before, chosen).retyped)
    if request.method == "POST" and (not needs_tick or "accept-types" in request.POST):
        return begin(request, version, lambda person: services.confirm_version(version, chosen, plan, person))
    problem = ("id_accept-types", "Tick the box if the types of these columns are to change")
    return _show(request, version, before, chosen, plan, [problem] if request.method == "POST" else [])


def _compare_again(
    request: HttpRequest, version: UploadFile, check: UploadCheck, plan: LoadPlan, before: UploadFile | None
) -> HttpResponse:
    """Another version is in use than the person has seen: nothing is loaded before they have seen what is now."""
    if before is None:
        return redirect("verify", version.pipeline.slug, version.id)
    chosen = proposed(version, check)
    plan = replace(plan, base=str(before.id), numbers=None)
    keep_choices(version, chosen, plan)
    answer = begin(request, version, lambda person: services.request_confirmation(version, chosen, plan, person))
    if answer.status_code != HTTPStatus.FOUND:
        return answer
    answer = follow(version)
    check.refresh_from_db()
    compared = LoadPlan.from_json(check.plan or plan.as_json())
    if version.state != UploadState.UPLOADED or version.is_being_checked or compared.numbers is None:
        return answer
    return _show(request, version, before, chosen, compared, [("numbers", CHANGED_MEANWHILE)])


def _show(
    request: HttpRequest,
    version: UploadFile,
    before: UploadFile,
    chosen: Reading,
    plan: LoadPlan,
    errors: list[tuple[str, str]],
) -> HttpResponse:
    context = {
        "version": version,
        "before": before,
        "plan": plan,
        "numbers": plan.numbers,
        "key": in_words(plan.key) if plan.key else "",
        "columns": merge_columns(before, chosen),
        "errors": errors,
        "error_fields": {name for name, _ in errors},
    }
    return render(request, "uploads/load_plan.html", context, status=422 if errors else 200)
