"""Since when a file or a listing fails, and what is wrong, once for each incident, with whom the service told."""

import django.db.models.deletion
import django.db.models.functions.datetime
import dss_web.shared.contract
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("registry", "0033_indexes_for_what_grows"),
    ]

    operations = [
        migrations.AddField(
            model_name="datafile",
            name="failing_since",
            field=models.DateTimeField(blank=True, help_text="The first failure since it was last loaded", null=True),
        ),
        migrations.AddField(
            model_name="sourcelisting",
            name="expected_at",
            field=models.DateTimeField(blank=True, help_text="When it is to be read again", null=True),
        ),
        migrations.AddField(
            model_name="sourcelisting",
            name="failing_since",
            field=models.DateTimeField(blank=True, help_text="The first failure since it was read whole", null=True),
        ),
        migrations.CreateModel(
            name="Alert",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("kind", models.TextField(help_text="What is wrong, as the runbook lists it")),
                (
                    "dataset",
                    models.TextField(
                        blank=True, db_default="", help_text="organisation.dataset; empty for the service"
                    ),
                ),
                ("since", models.DateTimeField(help_text="Since when it is so")),
                (
                    "reason",
                    models.TextField(blank=True, db_default="", help_text="Why, as it was when it was last looked at"),
                ),
                ("noticed_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                (
                    "seen_at",
                    models.DateTimeField(
                        db_default=django.db.models.functions.datetime.Now(),
                        help_text="When it was last looked at and still so",
                    ),
                ),
                (
                    "accepted_at",
                    models.DateTimeField(
                        blank=True,
                        help_text="When an administrator took note: what is older counts no longer",
                        null=True,
                    ),
                ),
                ("over_at", models.DateTimeField(blank=True, help_text="Since when it is so no longer", null=True)),
            ],
            options={
                "db_table": 'operations"."alert',
                "ordering": ("-id",),
                "indexes": [
                    models.Index(
                        condition=models.Q(("accepted_at__isnull", False)),
                        fields=["dataset", "kind"],
                        name="alert_accepted",
                    )
                ],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("over_at", None)), fields=("dataset", "kind"), name="alert_open"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="AlertMessage",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "event",
                    models.TextField(
                        choices=[
                            (dss_web.shared.contract.AlertEvent["BEGAN"], dss_web.shared.contract.AlertEvent["BEGAN"]),
                            (dss_web.shared.contract.AlertEvent["OVER"], dss_web.shared.contract.AlertEvent["OVER"]),
                        ]
                    ),
                ),
                (
                    "channel",
                    models.TextField(
                        choices=[
                            (
                                dss_web.shared.contract.AlertChannel["MAIL"],
                                dss_web.shared.contract.AlertChannel["MAIL"],
                            ),
                            (
                                dss_web.shared.contract.AlertChannel["WEBHOOK"],
                                dss_web.shared.contract.AlertChannel["WEBHOOK"],
                            ),
                        ]
                    ),
                ),
                ("attempts", models.IntegerField(db_default=0)),
                ("next_attempt_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ("settled_at", models.DateTimeField(blank=True, help_text="When it was sent, or given up", null=True)),
                ("outcome", models.TextField(blank=True, db_default="")),
                (
                    "alert",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="messages", to="registry.alert"
                    ),
                ),
            ],
            options={
                "verbose_name": "message about an alert",
                "db_table": 'operations"."alert_message',
                "ordering": ("-id",),
                "indexes": [
                    models.Index(
                        condition=models.Q(("settled_at", None)), fields=["next_attempt_at"], name="alert_message_due"
                    )
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("alert", "channel", "event"), name="alert_message_once")
                ],
            },
        ),
    ]
