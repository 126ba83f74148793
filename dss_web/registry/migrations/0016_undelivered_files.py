"""The files that wait for data-flow are found by an index that holds no others, and the last run of a source by one."""

from django.db import migrations, models

# Django would drop an index by its name without the schema, which finds none and says nothing.
_UNDELIVERED = (
    "CREATE INDEX datafile_registry_undelivered ON operations.datafile_registry (source, file_name)"
    " WHERE concerns_dataflow AND dataflow_run_id IS NULL AND state = 'processed'"
)
_BY_SCHEMA = "CREATE INDEX dataflow_run_by_schema ON operations.dataflow_run (schema_name, id)"


class Migration(migrations.Migration):
    dependencies = [
        ("registry", "0015_upload_states_and_events"),
    ]

    operations = [
        migrations.AddField(
            model_name="datafile",
            name="concerns_dataflow",
            field=models.BooleanField(
                db_default=True,
                help_text="Whether its last load changed the tables. If a newer file has all of its rows, it did not",
            ),
        ),
        migrations.SeparateDatabaseAndState(
            database_operations=[
                migrations.RunSQL(_UNDELIVERED, "DROP INDEX operations.datafile_registry_undelivered"),
                migrations.RunSQL(_BY_SCHEMA, "DROP INDEX operations.dataflow_run_by_schema"),
            ],
            state_operations=[
                migrations.AddIndex(
                    model_name="datafile",
                    index=models.Index(
                        condition=models.Q(("concerns_dataflow", True), ("dataflow_run", None), ("state", "processed")),
                        fields=["source", "file_name"],
                        name="datafile_registry_undelivered",
                    ),
                ),
                migrations.AddIndex(
                    model_name="dataflowrun",
                    index=models.Index(fields=["schema_name", "id"], name="dataflow_run_by_schema"),
                ),
            ],
        ),
    ]
