"""The newest file of a dataset, and how its columns differ from those of the file before it."""

from typing import Any

from django.db.models import F, Q

from dss_web.registry.models import DataFile, Dataset


def latest_file(schema: str) -> DataFile | None:
    """The newest of the loaded files whose rows are in the tables of a schema, by its date or else as it was loaded.

    None for a schema that is no dataset of ours.
    """
    # A release of several tables may have a schema that is not called by its dataset's key.
    named = Dataset.objects.filter(schema_name=schema).values("key")
    loaded = DataFile.objects.filter(Q(source=schema) | Q(source__in=named), rows__gt=0, loaded_at__isnull=False)
    return loaded.order_by(F("file_date").desc(nulls_last=True), "-loaded_at").first()


def column_changes(file: DataFile) -> dict[str, Any]:
    """The verdict on its columns: `before`, `more`, `less` and `renamed`; empty where it was compared with none."""
    verdict = file.verdict
    return {name: verdict[name] for name in ("before", "more", "less", "renamed")} if verdict.get("before") else {}
