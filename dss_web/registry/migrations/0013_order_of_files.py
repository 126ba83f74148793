"""The files before and after another one are found by an index."""

from django.db import migrations, models

# Django would drop an index by its name without the schema, which finds none and says nothing.
_BY_DATE = "CREATE INDEX datafile_registry_by_date ON operations.datafile_registry (source, file_date)"
_BY_CHANGE = "CREATE INDEX datafile_registry_by_change ON operations.datafile_registry (source, updated_timestamp)"


class Migration(migrations.Migration):
    dependencies = [
        ("registry", "0012_rejects_and_editions"),
    ]

    operations = [
        migrations.SeparateDatabaseAndState(
            database_operations=[
                migrations.RunSQL(_BY_DATE, "DROP INDEX operations.datafile_registry_by_date"),
                migrations.RunSQL(_BY_CHANGE, "DROP INDEX operations.datafile_registry_by_change"),
            ],
            state_operations=[
                migrations.AddIndex(
                    model_name="datafile",
                    index=models.Index(fields=["source", "file_date"], name="datafile_registry_by_date"),
                ),
                migrations.AddIndex(
                    model_name="datafile",
                    index=models.Index(fields=["source", "updated_timestamp"], name="datafile_registry_by_change"),
                ),
            ],
        ),
    ]
