"""What the upload pages show. Nothing here changes anything."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import islice

from django.conf import settings
from django.db import connection
from django.db.models import OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce

from dss_web.registry.models import DataFile, UploadFile, UploadPipeline
from dss_web.shared.contract import SERVICE_SCHEMAS, ColumnType, UploadState
from dss_web.shared.csv import FindingKind, Reading, Row, Severity, open_csv
from dss_web.uploads import file_storage
from dss_web.uploads.invalid_values import InvalidValue, find_invalid_values

# The values that are shown of a column are the first different ones of so many rows.
SAMPLE_ROWS = 1000
SAMPLE_VALUES = 3
# More sentences than these nobody reads; the command `read_csv` has all.
FINDINGS = 30


@dataclass(frozen=True, slots=True)
class ShownColumn:
    """A column as the person checks it: its name in the file and in the table, its type, and some of its values."""

    position: int
    title: str
    name: str
    kind: ColumnType
    samples: list[str]

    @property
    def is_renamed(self) -> bool:
        """Whether the column has another name in the table than in the file."""
        return self.title != self.name


@dataclass(frozen=True, slots=True)
class ColumnChanges:
    """How a version differs from the one before. `retyped` has (name, type before, type now)."""

    missing: list[str]
    new: list[str]
    retyped: list[tuple[str, str, str]]

    def __bool__(self) -> bool:
        """Whether there is any change."""
        return bool(self.missing or self.new or self.retyped)


# The release before did not note when rows were loaded.
_LOADED_AT = Coalesce("loaded_at", "processed_at")


def list_datasets() -> QuerySet[UploadPipeline]:
    """All datasets by name, each with `last_state`, `last_uploaded_at` and `last_file_id` of its newest version."""
    newest = UploadFile.objects.filter(pipeline=OuterRef("pk")).order_by("-uploaded_at")
    return UploadPipeline.objects.annotate(
        last_state=Subquery(newest.values("state")[:1]),
        last_uploaded_at=Subquery(newest.values("uploaded_at")[:1]),
        last_file_id=Subquery(newest.values("id")[:1]),
    )


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


def shown_columns(version: UploadFile) -> list[ShownColumn]:
    """The columns of a version with the titles and the first values that its file has. Raises StorageUnavailable."""
    with file_storage.open_file(version.data_file_url) as file, open_csv(file, reading_of(version)) as reader:
        samples = _sample_values(islice(reader.rows(), SAMPLE_ROWS), len(reader.titles))
    names, kinds = version.column_names or [], version.column_types or []
    return [
        ShownColumn(position, title, name, ColumnType(kind), values)
        for position, (title, name, kind, values) in enumerate(
            zip(reader.titles, names, kinds, samples, strict=True), start=1
        )
    ]


def _sample_values(rows: Iterable[Row], width: int) -> list[list[str]]:
    """For each column its first few different values that are not NULL."""
    samples: list[dict[str, None]] = [{} for _ in range(width)]
    # Only columns that have too few yet are looked at: of 1,600 columns nearly all are done after a few rows.
    wanted = list(enumerate(samples))
    for row in rows:
        fields = row.fields
        for position, values in wanted:
            if fields[position]:
                values[fields[position]] = None
        wanted = [(position, values) for position, values in wanted if len(values) < SAMPLE_VALUES]
        if not wanted:
            break
    return [list(values) for values in samples]


def invalid_values(version: UploadFile, types: Sequence[ColumnType]) -> list[InvalidValue]:
    """What of the file's first rows does not fit the types that the person chose. Raises StorageUnavailable."""
    inferred = version.column_types or []
    chosen = {
        position: kind
        for position, (kind, before) in enumerate(zip(types, inferred, strict=True))
        if kind not in {before, ColumnType.TEXT}
    }
    if not chosen:
        return []
    reading = reading_of(version)
    if reading.columns:
        reading = reading.with_types(types)
    with file_storage.open_file(version.data_file_url) as file, open_csv(file, reading) as reader:
        rows = islice(reader.rows(), settings.DSS.csv_sample_infer_lines)
        return find_invalid_values(rows, version.column_names or [], chosen)


def compare_columns(version: UploadFile) -> ColumnChanges:
    """How a version's columns differ from those of the version that can be read now; nothing for a first version."""
    before = current_version(version.pipeline)
    if before is None or before.id == version.id or not before.column_names:
        return ColumnChanges([], [], [])
    old = dict(zip(before.column_names, before.column_types or [], strict=True))
    new = dict(zip(version.column_names or [], version.column_types or [], strict=True))
    return ColumnChanges(
        missing=[name for name in old if name not in new],
        new=[name for name in new if name not in old],
        retyped=[(name, old[name], kind) for name, kind in new.items() if name in old and old[name] != kind],
    )


def findings_of(version: UploadFile, severity: Severity) -> list[str]:
    """What the check of a version has to say, but for names, which its columns show. At most FINDINGS of them."""
    texts = [
        one["text"]
        for one in version.findings
        if one["severity"] == severity and one["kind"] not in {FindingKind.RENAMED, FindingKind.UNNAMED_COLUMN}
    ]
    return texts[:FINDINGS]


def reading_of(version: UploadFile) -> Reading:
    """How the file of a version is read, as its check has found or as a person has chosen."""
    if version.reading is None:
        return Reading(version.encoding, version.delimiter, version.quote)
    return Reading.from_json(version.reading)
