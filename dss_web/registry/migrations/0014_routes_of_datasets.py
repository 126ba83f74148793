"""The routes that datasets declare. Of those that an older release has described, nothing is known until the next."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("registry", "0013_order_of_files"),
    ]

    operations = [
        migrations.AddField(
            model_name="dataset",
            name="routes",
            field=models.JSONField(
                blank=True,
                help_text="Its routes in the API; empty where an older release described it",
                null=True,
            ),
        ),
    ]
