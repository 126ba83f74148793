"""A version can have a note by those who upload it, and the trail tells how it changed."""

from django.db import migrations, models

from dss_web.registry.trail import note_columns


class Migration(migrations.Migration):
    dependencies = [("registry", "0027_load_modes")]

    operations = [
        migrations.AddField(
            model_name="uploadfile",
            name="note",
            field=models.TextField(
                blank=True, db_default="", default="", help_text="What those who uploaded it say about it"
            ),
        ),
        note_columns("note"),
    ]
