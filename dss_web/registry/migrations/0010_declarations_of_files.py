"""When and by which declaration a file was loaded, and under which one it waits for its tables to be reshaped."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("registry", "0009_source_listings"),
    ]

    operations = [
        migrations.AddField(
            model_name="datafile",
            name="loaded_at",
            field=models.DateTimeField(blank=True, help_text="When its rows were read into the tables", null=True),
        ),
        migrations.AddField(
            model_name="datafile",
            name="declaration",
            field=models.TextField(
                blank=True, db_default="", help_text="Fingerprint of the declaration by which its rows were read"
            ),
        ),
        migrations.AddField(
            model_name="datafile",
            name="refused_declaration",
            field=models.TextField(
                blank=True,
                db_default="",
                help_text="Fingerprint of the declaration under which it waits for its tables",
            ),
        ),
    ]
