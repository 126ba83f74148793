"""Which events mail was sent about."""

import django.db.models.functions.datetime
from django.db import migrations, models

# What happened before this release is nobody's news: settled, so that an upgrade sends nothing about it.
SETTLE = """
    INSERT INTO operations.upload_letter (event_id, settled_at, outcome)
    SELECT id, now(), 'before there was mail' FROM operations.upload_event
"""


class Migration(migrations.Migration):
    initial = True

    dependencies = [("registry", "0015_upload_states_and_events")]

    operations = [
        migrations.CreateModel(
            name="Letter",
            fields=[
                (
                    "event_id",
                    models.BigIntegerField(help_text="Of operations.upload_event", primary_key=True, serialize=False),
                ),
                ("noticed_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ("attempts", models.IntegerField(db_default=0)),
                ("next_attempt_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                (
                    "settled_at",
                    models.DateTimeField(blank=True, help_text="When it was sent, or it was decided not to", null=True),
                ),
                ("outcome", models.TextField(blank=True, db_default="")),
            ],
            options={
                "db_table": 'operations"."upload_letter',
                "indexes": [
                    models.Index(
                        condition=models.Q(("settled_at", None)),
                        fields=["next_attempt_at"],
                        name="upload_letter_due",
                    )
                ],
            },
        ),
        migrations.RunSQL(SETTLE, migrations.RunSQL.noop),
    ]
