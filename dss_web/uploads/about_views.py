"""The pages on which people say what a dataset is about: a question each, the columns, and a new dataset's tasks."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from dss_web.accounts.access import kept_form, kept_over_login
from dss_web.accounts.rights import requires, rights_on
from dss_web.registry.described_column import DescribedColumn
from dss_web.registry.models import UploadPipeline
from dss_web.shared.contract import ColumnType
from dss_web.uploads import about, column_descriptions
from dss_web.uploads.column_descriptions import MOST_CHARACTERS
from dss_web.uploads.titles import TYPE_TITLES
from dss_web.uploads.views import person_of


@never_cache
@require_safe
def dataset_created(request: HttpRequest, slug: str) -> HttpResponse:
    """The task list of a new dataset, for its owners. Everybody else is sent to the dataset."""
    pipeline = get_object_or_404(UploadPipeline, slug=slug)
    if not rights_on(person_of(request), pipeline).may_own:
        return redirect("dataset", slug)
    return render(request, "uploads/created.html", {"pipeline": pipeline, "tasks": about.tasks(pipeline)})


def ask(question: about.Question) -> Callable[..., HttpResponse]:
    """The view of a question."""

    @kept_over_login
    @requires(question.right)
    @never_cache
    @require_http_methods(["GET", "HEAD", "POST"])
    def view(request: HttpRequest, slug: str) -> HttpResponse:
        pipeline = get_object_or_404(UploadPipeline, slug=slug)
        kept = kept_form(request)
        back = _page_before(request, pipeline)
        answered = question.form.answered(pipeline, person_of(request))
        form = question.form(request.POST if request.method == "POST" else None, initial=kept or answered)
        if form.is_valid():
            about.describe(pipeline, form.answer(), person_of(request))
            return redirect(back)
        context = {"pipeline": pipeline, "form": form, "back": back, "is_kept": kept is not None}
        return render(request, "uploads/about.html", context, status=422 if form.errors else 200)

    return view


def _page_before(request: HttpRequest, pipeline: UploadPipeline) -> str:
    """Where a question leads back to: the tasks of a new dataset, later the page on which its owners manage it."""
    if not rights_on(person_of(request), pipeline).may_own:
        return reverse("dataset", args=[pipeline.slug])
    return reverse("manage" if pipeline.files.exists() else "dataset-created", args=[pipeline.slug])


@kept_over_login
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def columns(request: HttpRequest, slug: str) -> HttpResponse:
    """What the columns of the version in use mean, for whoever may upload as a form.

    A pasted list fills in the form, and saves nothing.
    """
    pipeline = get_object_or_404(UploadPipeline, slug=slug)
    rights = rights_on(person_of(request), pipeline)
    described = column_descriptions.describe(pipeline, proposes=rights.may_upload)
    kept = kept_form(request)
    entered: Mapping[str, str] = request.POST or kept or {}
    texts = {
        column.name: " ".join(entered.get(_field(column), column.description).split()) for column in described.columns
    }
    pasted = request.POST.get("list", "") if "fill" in request.POST else None
    listed = column_descriptions.read_list(pasted or "", texts)
    texts |= listed.descriptions
    rows = [_row(number, column, texts[column.name]) for number, column in enumerate(described.columns, start=1)]
    problems = [(row.id, row.problem) for row in rows if row.problem]
    list_problem = _NO_COLUMN if pasted is not None and not listed.descriptions else ""
    if request.method == "POST" and pasted is None and not problems:
        column_descriptions.save(pipeline, texts, person_of(request))
        return redirect("dataset", slug)
    context = {
        "pipeline": pipeline,
        "rows": rows,
        "former": described.former,
        "has_proposals": any(column.formerly for column in described.columns),
        "problems": [*problems, *([("id_list", list_problem)] if list_problem else [])],
        "list_problem": list_problem,
        "pasted": pasted or "",
        "listed": listed,
        "is_kept": kept is not None,
        "rights": rights,
    }
    return render(request, "uploads/columns.html", context, status=422 if context["problems"] else 200)


_NO_COLUMN: Final = (
    "No line of the list begins with the name of a column. Each line has a name and, after a tab or a comma, what it "
    "means."
)


@dataclass(frozen=True, slots=True)
class _Row:
    """A column as the page shows it. `type` is in words; `problem` says why the text cannot be saved, or is empty."""

    id: str
    field: str
    column: DescribedColumn
    type: str
    text: str
    problem: str


def _row(number: int, column: DescribedColumn, text: str) -> _Row:
    is_long = len(text) > MOST_CHARACTERS
    problem = f"What {column.name} means must be {MOST_CHARACTERS:,} characters or fewer" if is_long else ""
    return _Row(f"id_about-{number}", _field(column), column, TYPE_TITLES[ColumnType(column.type)], text, problem)


def _field(column: DescribedColumn) -> str:
    """The field of a column. By its name, since another version may have come into use since the page was shown."""
    return f"about-{column.name}"
