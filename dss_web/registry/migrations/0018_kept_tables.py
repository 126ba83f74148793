"""Tables that others have replaced are kept, each with a row that says what it holds."""

import django.db.models.functions.datetime
from django.db import migrations, models

import dss_web.registry.fields


class Migration(migrations.Migration):
    dependencies = [
        ("registry", "0017_how_files_are_read"),
    ]

    operations = [
        migrations.CreateModel(
            name="KeptTable",
            fields=[
                ("relation", dss_web.registry.fields.RelationField(primary_key=True, serialize=False)),
                ("source", models.TextField(help_text="organisation.dataset")),
                ("file_name", models.TextField(help_text="The file whose rows it holds")),
                ("generation", models.BigIntegerField(help_text="The table's generation, which its name has")),
                ("rows", models.BigIntegerField()),
                ("digest", models.TextField(help_text="SHA-256 of the bytes whose rows it holds")),
                (
                    "declaration",
                    models.TextField(help_text="Fingerprint of the declaration by which they were read"),
                ),
                ("kept_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
            ],
            options={
                "verbose_name": "kept table",
                "db_table": 'operations"."kept_table',
                "ordering": ("-generation",),
                "constraints": [models.UniqueConstraint(fields=("source", "generation"), name="kept_table_generation")],
            },
        ),
    ]
