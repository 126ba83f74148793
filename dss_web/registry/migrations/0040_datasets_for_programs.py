"""What programs are told of datasets, and what clients need to keep a copy of a table."""

import dss_web.registry.fields
import django.contrib.postgres.fields
import django.db.models.functions.datetime
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("registry", "0039_events_and_reads"),
    ]

    operations = [
        migrations.AddField(
            model_name="indexeddataset",
            name="digest",
            field=models.TextField(db_default="", help_text="SHA-256 of the file that was loaded last"),
        ),
        migrations.CreateModel(
            name="TableChange",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("relation", dss_web.registry.fields.RelationField(help_text="The table or view that is read")),
                ("version", models.BigIntegerField(help_text="Its version after the change")),
                ("generation_before", models.BigIntegerField()),
                ("generation", models.BigIntegerField(help_text="Its generation after the change")),
                ("last_id", models.BigIntegerField(help_text="The greatest id that it had then, or has had")),
                (
                    "removed",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.BigIntegerField(),
                        help_text="The ids that were removed: the first and the last of each range; empty where they are too many",
                        null=True,
                        size=None,
                    ),
                ),
                ("noted_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
            ],
            options={
                "verbose_name": "change of a table",
                "db_table": 'operations"."table_change',
                "ordering": ("relation", "version"),
                "indexes": [models.Index(fields=["noted_at"], name="table_change_by_time")],
                "constraints": [models.UniqueConstraint(fields=("relation", "version"), name="table_change_version")],
            },
        ),
    ]
