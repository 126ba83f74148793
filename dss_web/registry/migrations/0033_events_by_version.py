"""The trail of uploads is read by version, and by time: pages, mail and retention do so, and it only grows."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    # Nobody waits for an index that is made beside them.
    atomic = False
    dependencies = [("registry", "0028_note_on_version")]

    operations = [
        AddIndexConcurrently("uploadevent", models.Index(name="upload_event_by_version", fields=["version", "id"])),
        AddIndexConcurrently("uploadevent", models.Index(name="upload_event_by_time", fields=["happened_at"])),
    ]
