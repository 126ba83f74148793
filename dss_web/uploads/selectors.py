"""What the upload pages show. Nothing here changes anything."""

from django.db import connection
from django.db.models import OuterRef, Q, QuerySet, Subquery, TextField, Value
from django.db.models.functions import Coalesce, Concat

from dss_web.accounts.models import User
from dss_web.accounts.roles import Role
from dss_web.accounts.visibility import only_visible
from dss_web.registry.models import DataFile, Deletion, UploadCheck, UploadFile, UploadPipeline, UploadTask
from dss_web.shared.contract import SERVICE_SCHEMAS, TaskKind, TaskOutcome, UploadState

# The release before did not note when rows were loaded.
_LOADED_AT = Coalesce("loaded_at", "processed_at")


def list_datasets() -> QuerySet[UploadPipeline]:
    """All datasets by name, each with its `key`, `organisation.dataset`.

    Of its newest version they have `last_state`, `last_uploaded_at` and `last_file_id`.
    """
    newest = UploadFile.objects.filter(pipeline=OuterRef("pk")).order_by("-uploaded_at")
    return UploadPipeline.objects.annotate(
        key=Concat("organisation", Value("."), "dataset", output_field=TextField()),
        last_state=Subquery(newest.values("state")[:1]),
        last_uploaded_at=Subquery(newest.values("uploaded_at")[:1]),
        last_file_id=Subquery(newest.values("id")[:1]),
    )


def list_deletions(person: User) -> QuerySet[Deletion]:
    """The records of deletions that a person may see, the newest first.

    Those of a dataset that was restricted until it was deleted are for who asked, and for administrators.
    """
    everything = Deletion.objects.all()
    if person.role == Role.ADMINISTRATOR:
        return everything
    visible = only_visible(everything.filter(was_restricted=False), person).values("id")
    return everything.filter(Q(id__in=visible) | Q(requested_by_id=person.user_id))


def current_version(pipeline: UploadPipeline) -> UploadFile | None:
    """The version that was loaded last: its rows are in the table that the API serves."""
    loaded = pipeline.files.filter(state__in=(UploadState.PROCESSING_DATAFLOW, UploadState.COMPLETED))
    return loaded.order_by(_LOADED_AT.desc(nulls_last=True), "-uploaded_at").first()


def copied_version(pipeline: UploadPipeline) -> UploadFile | None:
    """The version whose rows are in Data Workspace.

    A run of data-flow copies what is loaded at its time, and completes all versions that waited for it.
    """
    copied = pipeline.files.filter(state=UploadState.COMPLETED)
    return copied.order_by("-processed_at", _LOADED_AT.desc(nulls_last=True)).first()


def base_of(version: UploadFile) -> UploadFile | None:
    """The version to whose rows this one was added; None where there is none, or it was deleted."""
    if version.based_on is None:
        return None
    return UploadFile.objects.filter(id=version.based_on, pipeline=version.pipeline_id).first()


def next_question(version: UploadFile) -> str:
    """The page, by the name of its URL, on which a version waits for its person: its check, or what it does to rows."""
    task = UploadTask.objects.filter(version=version, kind=TaskKind.CONFIRM, outcome=TaskOutcome.DONE)
    is_counted = UploadCheck.objects.filter(version=version, plan__numbers__isnull=False).exclude(plan__numbers=None)
    return "load-plan" if task.exists() and is_counted.exists() else "verify"


def find_name_conflict(organisation: str, dataset: str) -> str | None:
    """Why a new dataset cannot have this name, in words for the person, or None if it can."""
    name = f"{organisation}.{dataset}"
    if UploadPipeline.objects.filter(organisation=organisation, dataset=dataset).exists():
        return f"There is already a dataset {name}. Upload a new version of it, or choose another name."
    taken = f"{name} is the name of a dataset that this service publishes from another source. Choose another name."
    if DataFile.objects.filter(source=name).exists() or DataFile.objects.filter(source__startswith=f"{name}.").exists():
        return taken
    if name in SERVICE_SCHEMAS:
        return taken
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM pg_catalog.pg_namespace WHERE nspname = %s", [name])
        return taken if cursor.fetchone() else None
