"""What the declarations say of each dataset, and what checks found in each file."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("registry", "0010_declarations_of_files"),
    ]

    operations = [
        migrations.CreateModel(
            name="Dataset",
            fields=[
                (
                    "key",
                    models.TextField(help_text="organisation.dataset", primary_key=True, serialize=False),
                ),
                ("schema_name", models.TextField(help_text="The schema of its tables")),
                ("title", models.TextField()),
                ("description", models.TextField()),
                ("owner", models.TextField(help_text="Who answers for it here")),
                ("contact", models.TextField(help_text="Whom to ask about the data")),
                ("licence", models.TextField(help_text="The name of the licence")),
                ("licence_url", models.TextField()),
                ("source_page", models.TextField(help_text="Where the publisher presents it")),
                (
                    "late_after",
                    models.DurationField(blank=True, help_text="How long after the last load it is late", null=True),
                ),
                ("tables", models.JSONField(help_text="The tables with their columns: name, type, description")),
                ("declared_at", models.DateTimeField(help_text="When this description was last changed")),
                (
                    "withdrawn_at",
                    models.DateTimeField(
                        blank=True, help_text="Since when no declaration is there any more", null=True
                    ),
                ),
            ],
            options={
                "db_table": 'operations"."dataset',
                "ordering": ("key",),
            },
        ),
        migrations.AddField(
            model_name="datafile",
            name="findings",
            field=models.JSONField(
                blank=True,
                help_text="What checks found at the last load: sentences by check; empty before them",
                null=True,
            ),
        ),
    ]
