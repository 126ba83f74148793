"""Django's admin for the service's own tables. What a process wrote down as fact can be looked at, not rewritten."""

from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.db.models import Count, QuerySet
from django.http import HttpRequest

from dss_web.registry.models import DataFile, DataflowRun, UploadFile, UploadPipeline

if TYPE_CHECKING:  # generic for the type checker alone
    AnyAdmin = admin.ModelAdmin[Any]
else:
    AnyAdmin = admin.ModelAdmin

admin.site.site_header = "Data Store Service"
admin.site.site_title = "Data Store Service"
admin.site.index_title = "What is loaded, and who may read it"


class RecordAdmin(AnyAdmin):
    """Rows that processes write: shown whole, and left as they are."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(DataFile)
class DataFileAdmin(RecordAdmin):
    list_display = (
        "source",
        "file_name",
        "state",
        "rows",
        "size",
        "seconds",
        "attempts",
        "updated_timestamp",
        "reason",
    )
    list_filter = ("state", "source")
    search_fields = ("source", "file_name", "error_message", "digest", "run_id")
    date_hierarchy = "updated_timestamp"
    list_select_related = ("dataflow_run",)

    @admin.display(description="error")
    def reason(self, file: DataFile) -> str:
        return (file.error_message or "")[:120]


@admin.register(DataflowRun)
class DataflowRunAdmin(RecordAdmin):
    list_display = ("schema_name", "table_name", "state", "attempt", "requested_at", "finished_at", "error_message")
    list_filter = ("state", "schema_name")
    search_fields = ("schema_name", "table_name", "run_id", "error_message")
    date_hierarchy = "requested_at"


@admin.register(UploadPipeline)
class UploadPipelineAdmin(RecordAdmin):
    list_display = ("organisation", "dataset", "slug", "files")
    list_filter = ("organisation",)
    search_fields = ("organisation", "dataset", "slug")

    def get_queryset(self, request: HttpRequest) -> QuerySet[UploadPipeline]:
        queryset: QuerySet[UploadPipeline] = super().get_queryset(request)
        return queryset.annotate(file_count=Count("files"))

    @admin.display(ordering="file_count")
    def files(self, pipeline: Any) -> int:
        count: int = pipeline.file_count
        return count


@admin.register(UploadFile)
class UploadFileAdmin(RecordAdmin):
    list_display = ("pipeline", "original_name", "state", "rows", "size", "uploaded_by", "uploaded_at", "processed_at")
    list_filter = ("state", "pipeline__organisation")
    search_fields = ("id", "original_name", "uploaded_by", "pipeline__organisation", "pipeline__dataset")
    date_hierarchy = "uploaded_at"
    list_select_related = ("pipeline",)
