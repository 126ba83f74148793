"""A version can append to the rows of the one before it, or update them by a key; rows can be left out of it."""

import django.contrib.postgres.fields
from django.db import migrations, models

from dss_web.registry.trail import note_columns

MODES = ["replace", "append", "update"]


class Migration(migrations.Migration):
    dependencies = [
        ("registry", "0026_runs_of_airflow"),
    ]

    operations = [
        migrations.AddField(
            model_name="uploadfile",
            name="mode",
            field=models.TextField(
                choices=[(mode, mode) for mode in MODES],
                db_default="replace",
                default="replace",
                help_text="What it does with the rows of the version before it",
            ),
        ),
        migrations.AddField(
            model_name="uploadfile",
            name="key_columns",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.TextField(),
                blank=True,
                db_default=[],
                default=list,
                help_text="The columns by which rows are updated",
                size=None,
            ),
        ),
        migrations.AddField(
            model_name="uploadfile",
            name="based_on",
            field=models.UUIDField(
                blank=True, help_text="The id of the version whose rows it appends to or updates", null=True
            ),
        ),
        migrations.AddField(
            model_name="uploadfile",
            name="added",
            field=models.BigIntegerField(
                blank=True, help_text="Rows that it added to those of the version it is based on", null=True
            ),
        ),
        migrations.AddField(
            model_name="uploadfile",
            name="changed",
            field=models.BigIntegerField(
                blank=True, help_text="Rows of the version it is based on to which it gave other values", null=True
            ),
        ),
        migrations.AddField(
            model_name="uploadfile",
            name="left_out",
            field=models.BigIntegerField(
                blank=True,
                db_default=0,
                default=0,
                help_text="Rows that its person agreed to leave out, since a value did not fit",
            ),
        ),
        migrations.AddConstraint(
            model_name="uploadfile",
            constraint=models.CheckConstraint(condition=models.Q(("mode__in", MODES)), name="pipeline_data_file_mode"),
        ),
        # What does not replace is based on a version.
        migrations.AddConstraint(
            model_name="uploadfile",
            constraint=models.CheckConstraint(
                condition=models.Q(("mode", "replace"), ("based_on__isnull", False), _connector="OR"),
                name="pipeline_data_file_based_on",
            ),
        ),
        migrations.AddField(
            model_name="uploadcheck",
            name="plan",
            field=models.JSONField(
                blank=True, help_text="What its person wants done with the rows that are there", null=True
            ),
        ),
        note_columns("mode", "key_columns", "based_on", "left_out"),
    ]
