"""The files before and after another one are found by an index."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("registry", "0012_rejects_and_editions"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="datafile",
            index=models.Index(fields=["source", "file_date"], name="datafile_registry_by_date"),
        ),
        migrations.AddIndex(
            model_name="datafile",
            index=models.Index(fields=["source", "updated_timestamp"], name="datafile_registry_by_change"),
        ),
    ]
