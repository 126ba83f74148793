"""Roles by permitted applications, administrators by command, profiles that are read again, and whose a dataset is."""

import django.contrib.postgres.fields
import django.db.models.deletion
import django.db.models.functions.datetime
from django.conf import settings
from django.db import migrations, models

# Django would delete members only where it deletes their dataset itself; the assets half deletes datasets too.
CASCADE = """
    ALTER TABLE operations.dataset_member ADD CONSTRAINT dataset_member_pipeline
    FOREIGN KEY (pipeline_id) REFERENCES public.pipeline (id) ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED
"""


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0001_initial"),
        ("registry", "0001_initial"),
    ]

    operations = [
        migrations.AddField(
            model_name="user",
            name="applications",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.TextField(),
                blank=True,
                db_default=[],
                default=list,
                help_text="Keys of permitted applications at SSO",
                size=None,
            ),
        ),
        migrations.AddField(
            model_name="user",
            name="is_let_in",
            field=models.BooleanField(
                db_default=False,
                default=False,
                help_text="An administrator whatever SSO says: the command let_in_administrator decides",
                verbose_name="let in by command",
            ),
        ),
        migrations.AddField(
            model_name="user",
            name="profile_asked_at",
            field=models.DateTimeField(
                blank=True, editable=False, help_text="When SSO was last asked for the profile", null=True
            ),
        ),
        migrations.AddField(
            model_name="user",
            name="profile_read_at",
            field=models.DateTimeField(blank=True, null=True, verbose_name="profile read"),
        ),
        migrations.CreateModel(
            name="DatasetMember",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("email", models.TextField(help_text="In lower case")),
                ("role", models.TextField(choices=[("owner", "Owner"), ("uploader", "Uploader")])),
                ("given_by", models.TextField(blank=True, help_text="Email")),
                ("given_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                (
                    "person",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "pipeline",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="members",
                        to="registry.uploadpipeline",
                    ),
                ),
            ],
            options={
                "verbose_name": "dataset member",
                "db_table": 'operations"."dataset_member',
                "ordering": ("role", "email"),
                "constraints": [
                    models.UniqueConstraint(fields=("pipeline", "email"), name="dataset_member_email"),
                    models.CheckConstraint(
                        condition=models.Q(("role__in", ["owner", "uploader"])), name="dataset_member_role"
                    ),
                ],
            },
        ),
        migrations.RunSQL(CASCADE, migrations.RunSQL.noop),
    ]
