"""What is to be done with an uploaded file behind the request."""

import django.db.models.deletion
import django.db.models.functions.datetime
from django.db import migrations, models

# Whoever deletes a version, the release before included, deletes its task with it.
_CASCADE = (
    "ALTER TABLE operations.upload_task ADD CONSTRAINT upload_task_version FOREIGN KEY (version_id)"
    " REFERENCES public.pipeline_data_file (id) ON DELETE CASCADE"
)
_KINDS = ["check", "read again", "confirm"]
_OUTCOMES = ["done", "refused", "given up", "withdrawn"]


class Migration(migrations.Migration):
    dependencies = [
        ("registry", "0020_upload_check"),
    ]

    operations = [
        migrations.CreateModel(
            name="UploadTask",
            fields=[
                (
                    "version",
                    models.OneToOneField(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="task",
                        serialize=False,
                        to="registry.uploadfile",
                    ),
                ),
                ("kind", models.TextField(choices=[(kind, kind) for kind in _KINDS])),
                (
                    "arguments",
                    models.JSONField(db_default={}, help_text="Choices of how to read it, or the reading to confirm"),
                ),
                ("person", models.TextField(db_default="", help_text="Email of who asked for it")),
                ("person_id", models.TextField(db_default="", help_text="Their user_id at SSO")),
                ("requested_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                (
                    "due_at",
                    models.DateTimeField(
                        db_default=django.db.models.functions.datetime.Now(),
                        help_text="When it is tried, or tried again",
                    ),
                ),
                ("attempts", models.IntegerField(db_default=0)),
                ("claim", models.UUIDField(blank=True, null=True)),
                ("started_at", models.DateTimeField(blank=True, null=True)),
                ("heartbeat_at", models.DateTimeField(blank=True, null=True)),
                ("bytes_done", models.BigIntegerField(db_default=0)),
                ("bytes_total", models.BigIntegerField(db_default=0)),
                (
                    "outcome",
                    models.TextField(blank=True, choices=[(one, one) for one in _OUTCOMES], db_default=""),
                ),
                (
                    "problems",
                    models.JSONField(
                        db_default={}, help_text="Why it was refused: `paragraphs`, or `counts` and `first`"
                    ),
                ),
                ("finished_at", models.DateTimeField(blank=True, null=True)),
            ],
            options={
                "verbose_name": "task of an upload",
                "db_table": 'operations"."upload_task',
                "indexes": [
                    models.Index(condition=models.Q(("outcome", "")), fields=["due_at"], name="upload_task_open")
                ],
            },
        ),
        migrations.RunSQL(_CASCADE, migrations.RunSQL.noop),
    ]
