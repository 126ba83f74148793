"""What programs are told of datasets."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("registry", "0036_catalogue_index_and_access"),
    ]

    operations = [
        migrations.AddField(
            model_name="indexeddataset",
            name="digest",
            field=models.TextField(db_default="", help_text="SHA-256 of the file that was loaded last"),
        ),
    ]
