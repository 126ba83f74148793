"""What was brought from the Flask service, so that a second import goes on where the first one ended."""

import django.db.models.functions.datetime
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("registry", "0034_alerts")]

    operations = [
        migrations.CreateModel(
            name="MovedThing",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("kind", models.TextField(help_text="client, dataset, file, version, registry row or table")),
                ("name", models.TextField()),
                ("theirs", models.TextField(help_text="Changes with what the Flask service has")),
                ("ours", models.TextField(help_text="Changes with what is here")),
                ("moved_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
            ],
            options={
                "db_table": 'operations"."moved_in',
                "constraints": [models.UniqueConstraint(fields=("kind", "name"), name="moved_in_name")],
            },
        ),
    ]
