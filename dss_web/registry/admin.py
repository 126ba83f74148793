"""The admin pages of the service's own tables. Processes write them as facts, so administrators can only read them."""

import csv
import json
from itertools import chain
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from django.contrib import admin
from django.db.models import Count, QuerySet
from django.db.models.functions import Now
from django.http import HttpRequest, StreamingHttpResponse
from django.urls import reverse
from django.utils.html import format_html
from django.utils.text import Truncator

from dss_web.registry.admin_lists import EstimatingPaginator, IndexedValuesFilter
from dss_web.registry.models import (
    Alert,
    DataFile,
    DataflowRun,
    Dataset,
    Deletion,
    KeptTable,
    Reject,
    SourceListing,
    UploadEvent,
    UploadFile,
    UploadPipeline,
)
from dss_web.shared.formulas import escaped

if TYPE_CHECKING:  # generic only for the type checker
    AnyAdmin = admin.ModelAdmin[Any]
else:
    AnyAdmin = admin.ModelAdmin

admin.site.site_header = "Data Store Service administration"
admin.site.site_title = "Data Store Service"
admin.site.index_title = "Files, uploads, API clients and people"

# So that a row of a list stays short, and the columns behind it are seen.
_REASON_CHARACTERS = 160


class RecordAdmin(AnyAdmin):
    """The pages of rows that processes write: all fields are shown, none can be changed."""

    paginator = EstimatingPaginator
    # Of a search it would count all rows besides those that are found.
    show_full_result_count = False

    def has_add_permission(self, request: HttpRequest) -> bool:
        """No: processes add rows."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """No: a changed row would no longer say what happened."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """No: a file whose row is gone counts as never loaded."""
        return False


class IsOver(admin.SimpleListFilter):
    """Alerts by whether what they tell of is still so."""

    title = "state"
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: AnyAdmin) -> list[tuple[str, str]]:
        """The two states."""
        return [("now", "Wrong now"), ("over", "Over")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Alert]) -> QuerySet[Alert]:
        """Those in the state that was chosen; all of them where none was."""
        return queryset if self.value() is None else queryset.filter(over_at__isnull=self.value() == "now")


@admin.register(Alert)
class AlertAdmin(RecordAdmin):
    """What is or was wrong. An administrator may take note of it, after which only what is newer counts."""

    list_display = ("since", "dataset", "kind", "over_at", "accepted_at", "why", "told")
    list_filter = (IsOver, "kind")
    search_fields = ("dataset", "reason")
    date_hierarchy = "since"
    actions = ("take_note",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Alert]:
        """With their messages."""
        return super().get_queryset(request).prefetch_related("messages")

    @admin.display(description="reason")
    def why(self, alert: Alert) -> str:
        """The beginning of the reason, which may name many columns; the page of the alert has all of it."""
        return Truncator(alert.reason).chars(_REASON_CHARACTERS)

    @admin.display(description="messages")
    def told(self, alert: Alert) -> str:
        """What became of each message."""
        return "; ".join(f"{message}: {message.outcome or 'waits'}" for message in alert.messages.all())

    @admin.action(
        description="Take note of the selected alerts, so that only newer problems count", permissions=["view"]
    )
    def take_note(self, request: HttpRequest, alerts: QuerySet[Alert]) -> None:
        """Accept what is so now: its state is left, and its incident ends."""
        count = alerts.filter(over_at=None, accepted_at=None).update(accepted_at=Now())
        self.message_user(request, f"Noted: {count}. What begins after this is told again.")


@admin.register(DataFile)
class DataFileAdmin(RecordAdmin):
    """The files of all datasets. The list shows the beginning of each error."""

    list_display = (
        "source",
        "file_name",
        "state",
        "reason",
        "file_date",
        "rows",
        "rejects",
        "superseded",
        "columns_changed",
        "attempts",
        "updated_timestamp",
    )
    list_filter = ("state", ("source", IndexedValuesFilter))
    search_fields = ("source", "file_name", "error_message", "digest", "run_id")
    date_hierarchy = "updated_timestamp"
    list_select_related = ("dataflow_run",)

    @admin.display(description="error")
    def reason(self, file: DataFile) -> str:
        """The beginning of the error, so that a row of the list stays short; the file's own page has the rest."""
        return Truncator(file.error_message or "").chars(_REASON_CHARACTERS)

    @admin.display(description="rejected", ordering="rejected")
    def rejects(self, file: DataFile) -> str:
        """How many records were rejected, as a link to the list of them."""
        if not file.rejected:
            return "0"
        query = urlencode({"source": file.source, "file_name": file.file_name})
        return format_html('<a href="{}?{}">{}</a>', reverse("admin:registry_reject_changelist"), query, file.rejected)

    @admin.display(description="columns changed")
    def columns_changed(self, file: DataFile) -> str:
        """How many columns differ from those of the file before it; the file's own page names them."""
        return ", ".join(
            f"{len(file.verdict[what])} {what}" for what in ("more", "less", "renamed") if file.verdict.get(what)
        )


@admin.register(Reject)
class RejectAdmin(RecordAdmin):
    """What was not loaded of files that were: a page for each row."""

    list_display = ("source", "file_name", "place", "line", "reason")
    list_filter = (("source", IndexedValuesFilter),)
    search_fields = ("file_name", "place", "reason")


@admin.register(Dataset)
class DatasetAdmin(RecordAdmin):
    """The published datasets, as their declarations describe them."""

    list_display = ("key", "title", "owner", "late_after", "paths", "declared_at", "withdrawn_at")
    list_filter = ("owner", "licence")
    search_fields = ("key", "title", "description")

    @admin.display(description="routes")
    def paths(self, dataset: Dataset) -> str:
        """The paths of its own in the API."""
        return ", ".join(route["path"] for route in dataset.routes or ())


@admin.register(SourceListing)
class SourceListingAdmin(RecordAdmin):
    """How the datasets' sources were last listed, and what was passed over there."""

    list_display = ("source", "listed_at", "attempts", "next_attempt_at", "near_misses", "error")
    search_fields = ("source", "error_message")

    @admin.display(description="error")
    def error(self, listing: SourceListing) -> str:
        """The beginning of the error; the listing's own page has the rest."""
        return Truncator(listing.error_message).chars(_REASON_CHARACTERS)


@admin.register(DataflowRun)
class DataflowRunAdmin(RecordAdmin):
    """The runs of data-flow that the service asked for."""

    list_display = (
        "schema_name",
        "table_name",
        "state",
        "situation",
        "attempt",
        "requested_at",
        "started_at",
        "finished_at",
        "error_message",
        "page",
    )
    list_filter = ("state", "situation", ("schema_name", IndexedValuesFilter))
    search_fields = ("schema_name", "table_name", "run_id", "error_message")
    date_hierarchy = "requested_at"

    @admin.display(description="in Airflow")
    def page(self, run: DataflowRun) -> str:
        """A link to the run in Airflow."""
        return format_html('<a href="{}">Open</a>', run.link) if run.link.startswith(("http://", "https://")) else ""


@admin.register(KeptTable)
class KeptTableAdmin(RecordAdmin):
    """Tables that others have replaced, with the files whose rows they hold."""

    list_display = ("source", "file_name", "generation", "rows", "kept_at")
    search_fields = ("source", "file_name")

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> KeptTable | None:
        """The kept table of this name; None for a name that no table has, of which Postgres would make an error."""
        return next((kept for kept in self.get_queryset(request) if str(kept.pk) == object_id), None)


@admin.register(Deletion)
class DeletionAdmin(RecordAdmin):
    """What people had deleted, and what of it operators have to do."""

    list_display = ("organisation", "dataset", "version", "state", "requested_by", "requested_at", "error_message")
    list_filter = ("state",)
    search_fields = ("organisation", "dataset", "requested_by")


@admin.register(UploadPipeline)
class UploadPipelineAdmin(RecordAdmin):
    """The datasets that people create on the upload pages, each with its number of versions."""

    list_display = ("organisation", "dataset", "title", "slug", "archived_at", "files")
    list_filter = ("organisation",)
    search_fields = ("organisation", "dataset", "slug")

    def get_queryset(self, request: HttpRequest) -> QuerySet[UploadPipeline]:
        """All rows, each with its `file_count`."""
        queryset: QuerySet[UploadPipeline] = super().get_queryset(request)
        return queryset.annotate(file_count=Count("files"))

    @admin.display(description="versions", ordering="file_count")
    def files(self, pipeline: Any) -> int:
        """How many versions were uploaded, in any state."""
        count: int = pipeline.file_count
        return count


@admin.register(UploadFile)
class UploadFileAdmin(RecordAdmin):
    """The versions that people uploaded."""

    list_display = (
        "pipeline",
        "original_name",
        "state",
        "rows",
        "size",
        "uploaded_by",
        "uploaded_at",
        "loaded_at",
        "processed_at",
    )
    list_filter = ("state", "pipeline__organisation")
    search_fields = ("id", "original_name", "uploaded_by", "pipeline__organisation", "pipeline__dataset")
    date_hierarchy = "uploaded_at"
    list_select_related = ("pipeline",)


@admin.register(UploadEvent)
class UploadEventAdmin(RecordAdmin):
    """What was done to uploads, by whom, to be filtered and taken away as CSV."""

    list_display = ("happened_at", "person", "action", "dataset", "version", "before", "after")
    list_filter = ("action", "dataset")
    search_fields = ("person", "person_id", "dataset", "version")
    date_hierarchy = "happened_at"
    actions = ("export_as_csv",)

    @admin.action(description="Export the selected events as CSV", permissions=["view"])
    def export_as_csv(self, request: HttpRequest, events: QuerySet[UploadEvent]) -> StreamingHttpResponse:
        """A row for each event, in the order in which they happened."""
        names = [field.name for field in UploadEvent._meta.fields]
        rows = chain(
            [names], ([_cell(value) for value in event] for event in events.order_by("id").values_list(*names))
        )
        # csv's writer hands on what this "file" returns: a line at a time.
        write = csv.writer(_Echo()).writerow
        return StreamingHttpResponse(
            map(write, rows),
            content_type="text/csv; charset=utf-8",
            headers={"Content-Disposition": 'attachment; filename="upload-events.csv"'},
        )


class _Echo:
    def write(self, text: str) -> str:
        return text


def _cell(value: object) -> str:
    """A value as text that no spreadsheet program takes for a formula."""
    text = json.dumps(value, ensure_ascii=False) if isinstance(value, dict) else "" if value is None else str(value)
    return escaped(text)
