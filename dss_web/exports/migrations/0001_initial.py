"""Takes over the receipts of exports from the app `registry`: table and rows stay as they are."""

import uuid

import django.contrib.postgres.fields
from django.db import migrations, models

import dss_web.shared.contract


class Migration(migrations.Migration):
    initial = True
    dependencies = [("registry", "0005_table_export")]

    operations = [
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.CreateModel(
                    name="TableExport",
                    fields=[
                        ("id", models.UUIDField(default=uuid.uuid4, primary_key=True, serialize=False)),
                        ("client_id", models.TextField()),
                        ("schema_name", models.TextField()),
                        ("table_name", models.TextField()),
                        ("format", models.TextField()),
                        (
                            "columns",
                            django.contrib.postgres.fields.ArrayField(base_field=models.TextField(), size=None),
                        ),
                        ("target", models.TextField(help_text="Path and query, as the client asked")),
                        ("version", models.BigIntegerField(null=True)),
                        ("generation", models.BigIntegerField(null=True)),
                        (
                            "state",
                            models.TextField(
                                choices=[
                                    (
                                        dss_web.shared.contract.ExportState["RUNNING"],
                                        dss_web.shared.contract.ExportState["RUNNING"],
                                    ),
                                    (
                                        dss_web.shared.contract.ExportState["COMPLETE"],
                                        dss_web.shared.contract.ExportState["COMPLETE"],
                                    ),
                                    (
                                        dss_web.shared.contract.ExportState["BROKEN_OFF"],
                                        dss_web.shared.contract.ExportState["BROKEN_OFF"],
                                    ),
                                ]
                            ),
                        ),
                        ("reason", models.TextField(blank=True, default="", help_text="Why it broke off")),
                        ("rows", models.BigIntegerField(default=0)),
                        (
                            "bytes",
                            models.BigIntegerField(default=0, help_text="Of the content, before its Content-Encoding"),
                        ),
                        ("sha256", models.TextField(blank=True, default="")),
                        ("first_id", models.BigIntegerField(null=True)),
                        ("last_id", models.BigIntegerField(null=True)),
                        (
                            "checkpoints",
                            models.JSONField(default=list, help_text="bytes, rows, last_id and sha256 of first parts"),
                        ),
                        ("started_at", models.DateTimeField(auto_now_add=True, db_index=True)),
                        ("finished_at", models.DateTimeField(null=True)),
                    ],
                    options={
                        "verbose_name": "table export",
                        "db_table": 'operations"."table_export',
                        "ordering": ("-started_at",),
                    },
                ),
            ]
        )
    ]
