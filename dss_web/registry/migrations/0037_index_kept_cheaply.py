"""What makes a look at all datasets cheap: of what a search vector was made, and the newest load of each dataset."""

from django.db import migrations, models

_DROP = "DROP INDEX CONCURRENTLY IF EXISTS operations.datafile_registry_by_load"
_CREATE = "CREATE INDEX CONCURRENTLY datafile_registry_by_load ON operations.datafile_registry (source, loaded_at)"


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("registry", "0036_catalogue_index_and_access")]

    operations = [
        migrations.AddField(
            "indexeddataset",
            "fingerprint",
            models.BigIntegerField(help_text="Of all that the search vector was made of", null=True),
        ),
        # As in 0033: without holding up anybody, and again where it broke off.
        migrations.SeparateDatabaseAndState(
            database_operations=[
                migrations.RunSQL(_DROP, migrations.RunSQL.noop),
                migrations.RunSQL(_CREATE, _DROP),
            ],
            state_operations=[
                migrations.AddIndex(
                    "datafile", models.Index(name="datafile_registry_by_load", fields=["source", "loaded_at"])
                )
            ],
        ),
    ]
