"""Gives HAWK clients and exports to the apps of those names, with what the admin noted about them."""

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

NEW_APPS = {"hawkclient": "hawk", "hawkkey": "hawk", "hawknonce": "hawk", "tableexport": "exports"}


def to_new_apps(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Keep the content types, to which permissions and the admin's history refer."""
    content_types = apps.get_model("contenttypes", "ContentType").objects
    for model, app in NEW_APPS.items():
        content_types.filter(app_label="registry", model=model).update(app_label=app)


def to_registry(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    content_types = apps.get_model("contenttypes", "ContentType").objects
    for model, app in NEW_APPS.items():
        content_types.filter(app_label=app, model=model).update(app_label="registry")


class Migration(migrations.Migration):
    dependencies = [
        ("registry", "0005_table_export"),
        ("hawk", "0001_initial"),
        ("exports", "0001_initial"),
        ("contenttypes", "0002_remove_content_type_name"),
    ]

    operations = [
        migrations.RunPython(to_new_apps, to_registry),
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.DeleteModel("HawkKey"),
                migrations.DeleteModel("HawkClient"),
                migrations.DeleteModel("HawkNonce"),
                migrations.DeleteModel("TableExport"),
            ]
        ),
    ]
