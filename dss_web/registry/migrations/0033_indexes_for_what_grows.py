"""Indexes for what only grows: the trail of uploads by version and time, and the registry by time.

Mail and retention read the first, the administration the second.
"""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    # Nobody waits for an index that is made beside them.
    atomic = False
    dependencies = [("registry", "0028_note_on_version")]

    operations = [
        AddIndexConcurrently("uploadevent", models.Index(name="upload_event_by_version", fields=["version", "id"])),
        AddIndexConcurrently("uploadevent", models.Index(name="upload_event_by_time", fields=["happened_at"])),
        AddIndexConcurrently(
            "datafile", models.Index(name="datafile_registry_latest", fields=["updated_timestamp", "id"])
        ),
    ]
