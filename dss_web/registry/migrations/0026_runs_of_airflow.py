"""What is known of a run of data-flow beside its state: when it was asked for, when it began, what is odd about it."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("registry", "0024_about_datasets"),
    ]

    operations = [
        migrations.AddField(
            model_name="dataflowrun",
            name="asked_at",
            field=models.DateTimeField(blank=True, help_text="When data-flow was last asked for it", null=True),
        ),
        migrations.AddField(
            model_name="dataflowrun",
            name="configuration",
            field=models.TextField(blank=True, db_default="", help_text="A digest of the settings it was made with"),
        ),
        migrations.AddField(
            model_name="dataflowrun",
            name="is_stopped",
            field=models.BooleanField(
                db_default=False,
                help_text="Whether it is asked for again only once a person says so or settings change",
            ),
        ),
        migrations.AddField(
            model_name="dataflowrun",
            name="link",
            field=models.TextField(blank=True, db_default="", help_text="Its page in Airflow"),
        ),
        migrations.AddField(
            model_name="dataflowrun",
            name="next_attempt_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="dataflowrun",
            name="reason",
            field=models.TextField(blank=True, db_default="", help_text="What data-flow's log says of its failure"),
        ),
        migrations.AddField(
            model_name="dataflowrun",
            name="situation",
            field=models.TextField(
                blank=True, db_default="", help_text="What is odd about it, as the operators' guide lists it"
            ),
        ),
        migrations.AddField(
            model_name="dataflowrun",
            name="started_at",
            field=models.DateTimeField(
                blank=True, help_text="When data-flow began it; empty while it waits", null=True
            ),
        ),
    ]
