"""Datasets have a title and can be archived; versions and datasets can be deleted, with a record that stays."""

import django.db.models.functions.datetime
from django.db import migrations, models

STATES = ["requested", "done", "refused"]


class Migration(migrations.Migration):
    dependencies = [
        ("registry", "0018_kept_tables"),
    ]

    operations = [
        migrations.AddField(
            model_name="uploadpipeline",
            name="title",
            field=models.TextField(blank=True, db_default="", help_text="What people call it; its names if empty"),
        ),
        migrations.AddField(
            model_name="uploadpipeline",
            name="archived_at",
            field=models.DateTimeField(
                blank=True,
                help_text="Since when it is closed for uploads and not in the list of datasets",
                null=True,
            ),
        ),
        migrations.CreateModel(
            name="Deletion",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("organisation", models.TextField()),
                ("dataset", models.TextField()),
                (
                    "version",
                    models.UUIDField(
                        blank=True, help_text="The id of the version; empty for a whole dataset", null=True
                    ),
                ),
                ("state", models.TextField(choices=[(state, state) for state in STATES], default="requested")),
                ("requested_by", models.TextField(help_text="Email of the person")),
                ("requested_by_id", models.TextField(help_text="The person's user_id at SSO")),
                ("requested_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ("counts", models.JSONField(blank=True, db_default={}, help_text="How much of what is deleted")),
                (
                    "left_to_do",
                    models.TextField(
                        blank=True, db_default="", help_text="What the service cannot delete, and operators have to"
                    ),
                ),
                (
                    "error_message",
                    models.TextField(blank=True, db_default="", help_text="Why it is not done yet; it is tried again"),
                ),
                ("finished_at", models.DateTimeField(blank=True, null=True)),
            ],
            options={
                "db_table": 'operations"."deletion',
                "ordering": ("-id",),
                "constraints": [
                    models.CheckConstraint(condition=models.Q(("state__in", STATES)), name="deletion_state"),
                    models.UniqueConstraint(
                        condition=models.Q(("state", "requested")),
                        fields=("organisation", "dataset", "version"),
                        name="deletion_requested_once",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("state", "requested"), ("version", None)),
                        fields=("organisation", "dataset"),
                        name="deletion_of_dataset_requested_once",
                    ),
                ],
            },
        ),
    ]
