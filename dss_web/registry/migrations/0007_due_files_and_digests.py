"""What a sensor saw of a file travels in its row of the registry; the digest of an upload travels with it."""

import dss_web.shared.contract
from django.db import migrations, models


# The release before knows no state `due`. A file that was never loaded is new to it; of any other it sees a new version.
WITHOUT_DUE = """
    DELETE FROM operations.datafile_registry WHERE state = 'due' AND rows IS NULL;
    UPDATE operations.datafile_registry SET state = 'processed', version = '' WHERE state = 'due';
"""


class Migration(migrations.Migration):
    dependencies = [
        ("registry", "0006_models_to_their_apps"),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name="datafile",
            name="datafile_registry_state",
        ),
        # Behind the removal, so that on the way back it comes before the old constraint.
        migrations.RunSQL(migrations.RunSQL.noop, WITHOUT_DUE),
        migrations.AddField(
            model_name="datafile",
            name="offered_version",
            field=models.TextField(blank=True, db_default="", help_text="The version that made it due last"),
        ),
        migrations.AddField(
            model_name="datafile",
            name="url",
            field=models.TextField(blank=True, db_default="", help_text="Where the publisher offers the file"),
        ),
        migrations.AddField(
            model_name="uploadfile",
            name="digest",
            field=models.TextField(
                blank=True, db_default="", help_text="SHA-256 of the bytes, made while they were stored"
            ),
        ),
        migrations.AlterField(
            model_name="datafile",
            name="digest",
            field=models.TextField(blank=True, db_default="", help_text="SHA-256 of the stored bytes"),
        ),
        migrations.AlterField(
            model_name="datafile",
            name="state",
            field=models.TextField(choices=[(state, state) for state in dss_web.shared.contract.FileState]),
        ),
        migrations.AlterField(
            model_name="datafile",
            name="version",
            field=models.TextField(blank=True, db_default="", help_text="What the publisher said of the stored bytes"),
        ),
        migrations.AddConstraint(
            model_name="datafile",
            constraint=models.CheckConstraint(
                condition=models.Q(("state__in", ["due", "processing", "failed", "processed", "ignored"])),
                name="datafile_registry_state",
            ),
        ),
    ]
