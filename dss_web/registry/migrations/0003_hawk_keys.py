"""Keys get a table of their own, encrypted. Needs the setting DSS_HAWK_ENCRYPTION_KEYS."""

import secrets
from typing import Any

import django.db.models.deletion
import django.db.models.functions.datetime
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

from dss_web.configuration import web_settings
from dss_web.encryption import cipher_of


def encrypt(apps: Any, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Move the plain keys over. An empty one, with which anybody could sign, stays behind."""
    cipher = cipher_of(web_settings().dss_hawk_encryption_keys)
    clients: Any = apps.get_model("registry", "HawkClient").objects
    for client in clients.exclude(key=""):
        client.keys.create(secret=cipher.encrypt(client.key.encode()).decode())


def decrypt(apps: Any, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Back to one plain key: the newest that is not revoked. Whoever has none gets one that nobody knows."""
    cipher = cipher_of(web_settings().dss_hawk_encryption_keys)
    clients: Any = apps.get_model("registry", "HawkClient").objects
    for client in clients.all():
        newest = client.keys.filter(revoked_at=None).order_by("id").last()
        client.key = cipher.decrypt(newest.secret).decode() if newest else secrets.token_urlsafe(32)
        client.save(update_fields=["key"])


class Migration(migrations.Migration):
    dependencies = [("registry", "0002_table_version")]

    operations = [
        migrations.CreateModel(
            name="HawkKey",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("secret", models.TextField(editable=False, help_text="Encrypted; empty once the key is revoked")),
                ("created_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ("expires_at", models.DateTimeField(blank=True, help_text="Empty: never", null=True)),
                ("last_used_at", models.DateTimeField(blank=True, help_text="To the minute", null=True)),
                ("revoked_at", models.DateTimeField(blank=True, null=True)),
                (
                    "client",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="keys", to="registry.hawkclient"
                    ),
                ),
            ],
            options={
                "verbose_name": "HAWK key",
                "db_table": 'operations"."hawk_key',
                "ordering": ("client_id", "id"),
            },
        ),
        # With a default, so that the column can come back empty when the migration is undone.
        migrations.AlterField("hawkclient", "key", models.TextField(default="")),
        migrations.RunPython(encrypt, decrypt),
        migrations.RemoveField("hawkclient", "key"),
    ]
