"""When each source was listed, and of which bytes the rows of a file are."""

import django.contrib.postgres.fields
from django.db import migrations, models

# What is loaded was loaded from the bytes that are stored.
LOADED = "UPDATE operations.datafile_registry SET loaded_digest = digest WHERE state = 'processed'"
INDEX = """
    CREATE INDEX datafile_registry_unfinished ON operations.datafile_registry (source)
    WHERE state IN ('due', 'processing', 'failed')
"""


class Migration(migrations.Migration):
    dependencies = [
        ("registry", "0008_plainer_help_texts"),
    ]

    operations = [
        migrations.CreateModel(
            name="SourceListing",
            fields=[
                (
                    "source",
                    models.TextField(help_text="organisation.dataset", primary_key=True, serialize=False),
                ),
                (
                    "listed_at",
                    models.DateTimeField(blank=True, help_text="The last time that it was read whole", null=True),
                ),
                ("attempts", models.IntegerField(db_default=0, help_text="Failures since then")),
                ("next_attempt_at", models.DateTimeField(blank=True, help_text="After a failure", null=True)),
                ("error_message", models.TextField(blank=True, db_default="")),
                (
                    "near_misses",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.TextField(),
                        blank=True,
                        db_default=[],
                        help_text="Names that nearly match and are not taken",
                        size=None,
                    ),
                ),
            ],
            options={
                "verbose_name": "source listing",
                "db_table": 'operations"."source_listing',
            },
        ),
        migrations.AddField(
            model_name="datafile",
            name="loaded_digest",
            field=models.TextField(blank=True, db_default="", help_text="SHA-256 of the bytes whose rows are loaded"),
        ),
        migrations.RunSQL(LOADED, migrations.RunSQL.noop),
        # Django would drop the index on the way back without its schema, which is not on the search path.
        migrations.SeparateDatabaseAndState(
            database_operations=[migrations.RunSQL(INDEX, "DROP INDEX operations.datafile_registry_unfinished")],
            state_operations=[
                migrations.AddIndex(
                    model_name="datafile",
                    index=models.Index(
                        condition=models.Q(("state__in", ("due", "processing", "failed"))),
                        fields=["source"],
                        name="datafile_registry_unfinished",
                    ),
                )
            ],
        ),
    ]
