"""What each file was: its date, its records and columns, and what of it was rejected."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("registry", "0010_declarations_of_files"),
    ]

    operations = [
        migrations.AddField(
            model_name="datafile",
            name="file_date",
            field=models.DateField(
                blank=True, help_text="What it is ordered by, if its dataset has an order", null=True
            ),
        ),
        migrations.AddField(
            model_name="datafile",
            name="file_kind",
            field=models.SmallIntegerField(
                db_default=0, help_text="Which pattern of its dataset gave the date: a month or an archive, for example"
            ),
        ),
        migrations.AddField(
            model_name="datafile",
            name="header",
            field=models.JSONField(
                blank=True, db_default={}, help_text="The title of each column, and titles that are no column"
            ),
        ),
        migrations.AddField(
            model_name="datafile",
            name="records",
            field=models.BigIntegerField(
                blank=True,
                help_text="Lines or documents in the file: those that are loaded, rejected or superseded",
                null=True,
            ),
        ),
        migrations.AddField(
            model_name="datafile",
            name="rejected",
            field=models.BigIntegerField(db_default=0, help_text="Records that were not loaded: see the rejects"),
        ),
        migrations.AddField(
            model_name="datafile",
            name="skipped",
            field=models.JSONField(blank=True, db_default={}, help_text="What was skipped, counted by reason"),
        ),
        migrations.AddField(
            model_name="datafile",
            name="superseded",
            field=models.BigIntegerField(
                db_default=0, help_text="Rows that were left out, since a newer file has them"
            ),
        ),
        migrations.AddField(
            model_name="datafile",
            name="verdict",
            field=models.JSONField(
                blank=True, db_default={}, help_text="What it has more, less and renamed against the file before it"
            ),
        ),
        migrations.CreateModel(
            name="Reject",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("source", models.TextField(help_text="organisation.dataset")),
                ("file_name", models.TextField()),
                ("place", models.TextField(blank=True, help_text="The member of a zip")),
                ("line", models.BigIntegerField(blank=True, null=True)),
                ("reason", models.TextField()),
            ],
            options={
                "db_table": 'operations"."reject',
                "ordering": ("source", "file_name", "id"),
                "indexes": [models.Index(fields=["source", "file_name"], name="reject_file")],
            },
        ),
    ]
