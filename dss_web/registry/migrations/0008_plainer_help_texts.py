"""Help texts in the admin. Nothing changes in the database."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("registry", "0007_due_files_and_digests"),
    ]

    operations = [
        migrations.AlterField(
            model_name="datafile",
            name="next_attempt_at",
            field=models.DateTimeField(blank=True, help_text="Empty if there is no automatic retry", null=True),
        ),
        migrations.AlterField(
            model_name="datafile",
            name="offered_version",
            field=models.TextField(blank=True, db_default="", help_text="The version that last made the file due"),
        ),
        migrations.AlterField(
            model_name="datafile",
            name="url",
            field=models.TextField(blank=True, db_default="", help_text="The publisher's URL of the file"),
        ),
        migrations.AlterField(
            model_name="datafile",
            name="version",
            field=models.TextField(
                blank=True, db_default="", help_text="The publisher's version of the stored file, such as its ETag"
            ),
        ),
        migrations.AlterField(
            model_name="tableversion",
            name="version",
            field=models.BigIntegerField(help_text="Changes with every change of the table; no number is used twice"),
        ),
        migrations.AlterField(
            model_name="uploadfile",
            name="data_file_url",
            field=models.TextField(help_text="Path in the storage"),
        ),
        migrations.AlterField(
            model_name="uploadfile",
            name="digest",
            field=models.TextField(blank=True, db_default="", help_text="SHA-256 of the stored bytes"),
        ),
        migrations.AlterField(
            model_name="uploadfile",
            name="encoding",
            field=models.TextField(default="utf-8", help_text="Python's name for the encoding of the file"),
        ),
    ]
