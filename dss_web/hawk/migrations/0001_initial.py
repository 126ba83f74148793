"""Takes over the tables of HAWK clients from the app `registry`: tables and rows stay as they are."""

import django.contrib.postgres.fields
import django.db.models.deletion
import django.db.models.functions.datetime
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True
    dependencies = [("registry", "0005_table_export")]

    operations = [
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.CreateModel(
                    name="HawkClient",
                    fields=[
                        ("id", models.TextField(primary_key=True, serialize=False)),
                        (
                            "scope",
                            django.contrib.postgres.fields.ArrayField(
                                base_field=models.TextField(), blank=True, default=list, size=None
                            ),
                        ),
                        ("description", models.TextField(blank=True, default="")),
                    ],
                    options={"verbose_name": "HAWK client", "db_table": "hawk_users", "ordering": ("id",)},
                ),
                migrations.CreateModel(
                    name="HawkKey",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "secret",
                            models.TextField(editable=False, help_text="Encrypted; empty once the key is revoked"),
                        ),
                        ("created_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                        ("expires_at", models.DateTimeField(blank=True, help_text="Empty: never", null=True)),
                        ("last_used_at", models.DateTimeField(blank=True, help_text="To the minute", null=True)),
                        ("revoked_at", models.DateTimeField(blank=True, null=True)),
                        (
                            "client",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE, related_name="keys", to="hawk.hawkclient"
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "HAWK key",
                        "db_table": 'operations"."hawk_key',
                        "ordering": ("client_id", "id"),
                    },
                ),
                migrations.CreateModel(
                    name="HawkNonce",
                    fields=[
                        (
                            "pk",
                            models.CompositePrimaryKey(
                                "client_id",
                                "nonce",
                                "timestamp",
                                blank=True,
                                editable=False,
                                primary_key=True,
                                serialize=False,
                            ),
                        ),
                        ("client_id", models.TextField()),
                        ("nonce", models.TextField()),
                        ("timestamp", models.BigIntegerField(help_text="The request's ts, seconds since 1970")),
                        ("expires_at", models.DateTimeField(db_index=True)),
                    ],
                    options={"verbose_name": "HAWK nonce", "db_table": 'operations"."hawk_nonce'},
                ),
            ]
        )
    ]
