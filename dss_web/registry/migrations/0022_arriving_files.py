"""Files that are on their way to the service in parts, and which parts are there."""

import django.db.models.deletion
import django.db.models.functions.datetime
import uuid
from django.db import migrations, models

# Whoever deletes a dataset or a version, the release before included, deletes what is on its way to it. The other way
# round, a part that comes when its file is no longer expected is refused.
_CASCADES = """
    ALTER TABLE operations.arrival ADD CONSTRAINT arrival_pipeline
    FOREIGN KEY (pipeline_id) REFERENCES public.pipeline (id) ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED;
    ALTER TABLE operations.arrival ADD CONSTRAINT arrival_version
    FOREIGN KEY (version_id) REFERENCES public.pipeline_data_file (id) ON DELETE CASCADE;
    ALTER TABLE operations.arrived_part ADD CONSTRAINT arrived_part_arrival
    FOREIGN KEY (arrival_id) REFERENCES operations.arrival (id) ON DELETE CASCADE;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("registry", "0021_upload_task"),
    ]

    operations = [
        migrations.CreateModel(
            name="Arrival",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, primary_key=True, serialize=False)),
                ("original_name", models.TextField()),
                ("size", models.BigIntegerField(help_text="Bytes of the whole file")),
                ("part_size", models.IntegerField(help_text="Bytes of each part but the last")),
                (
                    "digest",
                    models.TextField(
                        blank=True, db_default="", help_text="SHA-256 of the whole file, if the sender knows it"
                    ),
                ),
                (
                    "modified",
                    models.TextField(
                        blank=True,
                        db_default="",
                        help_text="When the sender's file was last changed, in the sender's words",
                    ),
                ),
                ("sent_by", models.TextField(help_text="Email of the person, or the name of the client")),
                ("sent_by_id", models.TextField(help_text="The person's user_id at SSO, or the id of the client")),
                ("begun_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                (
                    "touched_at",
                    models.DateTimeField(
                        db_default=django.db.models.functions.datetime.Now(), help_text="When a part of it last came"
                    ),
                ),
                (
                    "pipeline",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="arrivals",
                        to="registry.uploadpipeline",
                    ),
                ),
                (
                    "version",
                    models.OneToOneField(
                        blank=True,
                        db_constraint=False,
                        help_text="What has become of it",
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="arrival",
                        to="registry.uploadfile",
                    ),
                ),
            ],
            options={
                "db_table": 'operations"."arrival',
                "ordering": ("-begun_at",),
            },
        ),
        migrations.CreateModel(
            name="ArrivedPart",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "arrival", "number", blank=True, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("number", models.IntegerField(help_text="Counted from 0")),
                ("digest", models.TextField(help_text="SHA-256 of its bytes")),
                (
                    "arrival",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="parts",
                        to="registry.arrival",
                    ),
                ),
            ],
            options={
                "verbose_name": "arrived part",
                "db_table": 'operations"."arrived_part',
                "ordering": ("number",),
            },
        ),
        migrations.AddConstraint(
            model_name="arrival",
            constraint=models.UniqueConstraint(
                condition=models.Q(("version", None)),
                fields=("pipeline", "sent_by_id", "original_name", "size", "digest", "modified"),
                name="arrival_begun_once",
            ),
        ),
        migrations.RunSQL(_CASCADES, migrations.RunSQL.noop),
    ]
