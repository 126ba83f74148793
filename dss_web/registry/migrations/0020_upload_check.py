"""What the check of an uploaded file has found, in a table of its own: the lists of versions do not read it."""

import django.db.models.deletion
from django.db import migrations, models

# Whoever deletes a version, the release before included, deletes what its check has found with it.
_CASCADE = (
    "ALTER TABLE operations.upload_check ADD CONSTRAINT upload_check_version FOREIGN KEY (version_id)"
    " REFERENCES public.pipeline_data_file (id) ON DELETE CASCADE"
)


class Migration(migrations.Migration):
    dependencies = [
        ("registry", "0019_deletions_and_archive"),
    ]

    operations = [
        migrations.CreateModel(
            name="UploadCheck",
            fields=[
                (
                    "version",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        db_constraint=False,
                        primary_key=True,
                        related_name="found",
                        serialize=False,
                        to="registry.uploadfile",
                    ),
                ),
                (
                    "choices",
                    models.JSONField(
                        default=dict, help_text="What a person said of the file, instead of what was detected"
                    ),
                ),
                (
                    "reading",
                    models.JSONField(help_text="How the file is read, with all its columns, before a person chose"),
                ),
                ("facts", models.JSONField(help_text="What each of these columns holds")),
                ("findings", models.JSONField(help_text="What was found in the file, as fields")),
                ("preview", models.JSONField(help_text="The first rows as the file has them")),
                ("sheets", models.JSONField(default=list, help_text="The sheets of a workbook")),
                (
                    "chosen",
                    models.JSONField(blank=True, help_text="The reading that a person chose last", null=True),
                ),
            ],
            options={
                "verbose_name": "check of an upload",
                "db_table": 'operations"."upload_check',
            },
        ),
        migrations.RunSQL(_CASCADE, migrations.RunSQL.noop),
    ]
