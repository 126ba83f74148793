"""Django's admin for the service's own tables. What a process wrote down as fact can be looked at, not rewritten."""

from datetime import datetime
from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import admin
from django.db.models import Count, QuerySet
from django.http import HttpRequest

from dss_web.registry.hawk_keys import revoke
from dss_web.registry.models import DataFile, DataflowRun, HawkClient, HawkKey, UploadFile, UploadPipeline

if TYPE_CHECKING:  # generic for the type checker alone
    AnyAdmin = admin.ModelAdmin[Any]
    ClientAdmin = admin.ModelAdmin[HawkClient]
    ClientForm = forms.ModelForm[HawkClient]
    KeyInline = admin.TabularInline[HawkKey, HawkClient]
else:
    AnyAdmin = ClientAdmin = admin.ModelAdmin
    ClientForm = forms.ModelForm
    KeyInline = admin.TabularInline

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


class HawkClientForm(ClientForm):
    class Meta:
        model = HawkClient
        fields = ("scope", "description")
        help_texts = {
            "scope": "With commas between: the names of routes, *, table:SCHEMA or table:SCHEMA.TABLE. "
            "A client with a table: scope reads no other table."
        }


class HawkKeyInline(KeyInline):
    """A client's keys, without their secrets. Commands make and rotate them, so that no page ever holds one."""

    model = HawkKey
    fields = readonly_fields = ("number", "state", "created_at", "expires_at", "last_used_at", "revoked_at")
    can_delete = False
    extra = 0

    @admin.display(description="number")
    def number(self, key: HawkKey) -> int:
        return key.pk

    def has_add_permission(self, request: HttpRequest, obj: HawkClient | None = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: HawkClient | None = None) -> bool:
        return False


@admin.register(HawkClient)
class HawkClientAdmin(ClientAdmin):
    """Scopes can be changed, keys revoked, and clients removed. The command `add_hawk_client` adds one."""

    form = HawkClientForm
    list_display = ("id", "description", "scopes", "live_keys", "last_used")
    search_fields = ("id", "description")
    fields = ("id", "description", "scope")
    readonly_fields = ("id",)
    inlines = (HawkKeyInline,)
    actions = ("revoke_all_keys",)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def get_queryset(self, request: HttpRequest) -> QuerySet[HawkClient]:
        clients: QuerySet[HawkClient] = super().get_queryset(request)
        return clients.prefetch_related("keys")

    @admin.display(description="scopes")
    def scopes(self, client: HawkClient) -> str:
        return ", ".join(client.scope)

    @admin.display(description="live keys")
    def live_keys(self, client: HawkClient) -> int:
        return sum(key.state == "live" for key in client.keys.all())

    @admin.display(description="last used")
    def last_used(self, client: HawkClient) -> datetime | None:
        return max((key.last_used_at for key in client.keys.all() if key.last_used_at), default=None)

    @admin.action(description="Revoke all keys of the selected clients", permissions=["change"])
    def revoke_all_keys(self, request: HttpRequest, clients: QuerySet[HawkClient]) -> None:
        ended = revoke(HawkKey.objects.filter(client__in=clients))
        self.message_user(request, f"Revoked: {ended}. These clients are locked out until they are given new keys.")
