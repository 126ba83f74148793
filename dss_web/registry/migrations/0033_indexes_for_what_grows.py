"""Indexes for what only grows: the trail of uploads by version and time, and the registry by time.

Mail and retention read the first, the administration the second.
"""

from typing import Final

from django.db import migrations, models

INDEXES: Final = (
    ("uploadevent", "upload_event", models.Index(name="upload_event_by_version", fields=["version", "id"])),
    ("uploadevent", "upload_event", models.Index(name="upload_event_by_time", fields=["happened_at"])),
    (
        "datafile",
        "datafile_registry",
        models.Index(name="datafile_registry_latest", fields=["updated_timestamp", "id"]),
    ),
)


def add_concurrently(model: str, table: str, index: models.Index) -> migrations.SeparateDatabaseAndState:
    """An index that is made without holding up anybody; whatever ends it, it can be made again.

    Django's own operation does not name the schema where it drops an index, which then stays.
    """
    drop = f"DROP INDEX CONCURRENTLY IF EXISTS operations.{index.name}"
    create = f"CREATE INDEX CONCURRENTLY {index.name} ON operations.{table} ({', '.join(index.fields)})"
    return migrations.SeparateDatabaseAndState(
        # One that broke off is there, and is of no use.
        database_operations=[migrations.RunSQL(drop, migrations.RunSQL.noop), migrations.RunSQL(create, drop)],
        state_operations=[migrations.AddIndex(model, index)],
    )


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("registry", "0028_note_on_version")]

    operations = [add_concurrently(*one) for one in INDEXES]
