"""Gives HAWK clients and exports to the apps of those names, with what the admin noted about them."""

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

NEW_APPS = {"hawkclient": "hawk", "hawkkey": "hawk", "hawknonce": "hawk", "tableexport": "exports"}


def move_content_types(apps: Apps, old: dict[str, str], new: dict[str, str]) -> None:
    """Keep the content types, to which permissions and the admin's history refer.

    Django makes those of the installed apps after each `migrate`, also on the way back: one may be there already.
    """
    content_types = apps.get_model("contenttypes", "ContentType").objects
    for model in NEW_APPS:
        if not content_types.filter(app_label=new[model], model=model).exists():
            content_types.filter(app_label=old[model], model=model).update(app_label=new[model])


def to_new_apps(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Forwards."""
    move_content_types(apps, dict.fromkeys(NEW_APPS, "registry"), NEW_APPS)


def to_registry(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Backwards."""
    move_content_types(apps, NEW_APPS, dict.fromkeys(NEW_APPS, "registry"))


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
