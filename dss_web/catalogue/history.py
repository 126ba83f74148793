"""What has been loaded into a dataset over time, and what changed with each version or file, in words."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from itertools import pairwise
from typing import Final

from django.db.models import F, QuerySet

from dss_web.catalogue.type_titles import type_title
from dss_web.registry.models import CatalogueEntry, DataFile, UploadFile, UploadPipeline
from dss_web.shared.contract import LoadMode, UploadState

# Changes of columns that are named one by one; more are counted.
_NAMED: Final = 12
_MODES: Final = {
    LoadMode.REPLACE: "Replaced all rows",
    LoadMode.APPEND: "Added its rows to those that were there",
    LoadMode.UPDATE: "Updated rows by their key",
}
_LOADED: Final = (UploadState.PROCESSING_DATAFLOW, UploadState.COMPLETED)


@dataclass(frozen=True, slots=True)
class Loaded:
    """A version or a file that was loaded: what it is called, and what it changed.

    `day` is the date of a published file, if its dataset has an order. `identifier` is that of an uploaded version.
    `findings` are those of the dataset's checks, None before they have looked.
    """

    name: str
    loaded_at: datetime | None
    rows: int | None
    rows_before: int | None = None
    day: date | None = None
    how: str = ""
    note: str = ""
    identifier: str = ""
    changes: list[str] = field(default_factory=list)
    findings: list[str] | None = None

    @property
    def more_rows(self) -> int | None:
        """How many rows more it has than the one before it, fewer if negative; None where that says nothing."""
        return None if self.rows is None or self.rows_before is None else self.rows - self.rows_before


def published_files(entry: CatalogueEntry) -> QuerySet[DataFile]:
    """The files of a published dataset that were loaded, the newest first: by their dates, or else as they came."""
    loaded = DataFile.objects.filter(source=entry.key, loaded_at__isnull=False)
    return loaded.order_by(F("file_date").desc(nulls_last=True), "-loaded_at", "-id")


def uploaded_versions(pipeline: UploadPipeline) -> QuerySet[UploadFile]:
    """The versions of an uploaded dataset that were loaded, the newest first."""
    return pipeline.files.filter(state__in=_LOADED).order_by("-uploaded_at")


def of_files(files: Sequence[DataFile]) -> list[Loaded]:
    """What these files were, by what was written down when they were loaded."""
    return [
        Loaded(
            file.file_name,
            file.loaded_at,
            file.rows,
            file.verdict.get("rows_before"),
            file.file_date,
            note=f"Compared with {file.verdict['before']}" if file.verdict.get("before") else "",
            changes=list(_verdict(file)),
            findings=None if file.findings is None else list(file.findings.values()),
        )
        for file in files
    ]


def of_versions(versions: Sequence[UploadFile]) -> list[Loaded]:
    """What these versions were, the newest first, each beside the one after it in the list."""
    return [
        Loaded(
            version.original_name or "A file without a name",
            version.loaded_at or version.processed_at,
            version.rows,
            before.rows if before else None,
            how=_how(version),
            note=version.note,
            identifier=str(version.id),
            changes=list(_columns(before, version)) if before else [],
        )
        for version, before in pairwise([*versions, None])
        if version
    ]


def _how(version: UploadFile) -> str:
    parts = [_MODES[LoadMode(version.mode)]]
    parts += [f"{version.added:,} added"] if version.added is not None else []
    parts += [f"{version.changed:,} changed"] if version.changed else []
    parts += [f"{version.left_out:,} left out"] if version.left_out else []
    return ", ".join(parts)


def _verdict(file: DataFile) -> Iterator[str]:
    """How its columns differ from those of the file before it, and what of it was not loaded."""
    for what, key in (("New columns", "more"), ("Columns that are gone", "less"), ("Columns renamed", "renamed")):
        if names := file.verdict.get(key):
            yield f"{what}: {_listed(names)}"
    if file.rejected:
        records = "record" if file.rejected == 1 else "records"
        yield f"{file.rejected:,} {records} left out, which could not be read"
    if file.superseded:
        rows = "row" if file.superseded == 1 else "rows"
        yield f"{file.superseded:,} {rows} left to newer files, which have them too"


def _columns(before: UploadFile, after: UploadFile) -> Iterator[str]:
    old = dict(zip(before.column_names or [], before.column_types or [], strict=False))
    new = dict(zip(after.column_names or [], after.column_types or [], strict=False))
    if not old or not new:
        return
    if more := [name for name in new if name not in old]:
        yield f"New columns: {_listed(more)}"
    if less := [name for name in old if name not in new]:
        yield f"Columns that are gone: {_listed(less)}"
    for name, kind in new.items():
        if name in old and old[name] != kind:
            yield f"{name} is now a {type_title(kind).lower()} and was a {type_title(old[name]).lower()}"


def _listed(names: Sequence[str]) -> str:
    rest = len(names) - _NAMED
    return ", ".join(names[:_NAMED]) + (f" and {rest} more" if rest > 0 else "")
