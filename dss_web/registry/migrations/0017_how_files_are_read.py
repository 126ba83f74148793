"""How an uploaded file is read is one description, and what its check has found is kept beside it.

The columns for encoding, delimiter and quote stay, and are filled: the release before reads by them.
"""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("registry", "0016_undelivered_files"),
    ]

    operations = [
        migrations.AddField(
            model_name="uploadfile",
            name="reading",
            field=models.JSONField(blank=True, help_text="How the file is read; empty for earlier releases", null=True),
        ),
        migrations.AddField(
            model_name="uploadfile",
            name="findings",
            field=models.JSONField(blank=True, db_default=[], default=list, help_text="What its check has to tell"),
        ),
    ]
