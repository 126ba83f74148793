"""When a worker returned after everything had stood still."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("registry", "0040_datasets_for_programs"),
    ]

    operations = [
        migrations.AddField(
            model_name="daemonheartbeat",
            name="returned_at",
            field=models.DateTimeField(
                blank=True, help_text="Of workers: when one came back after everything had stood still", null=True
            ),
        ),
    ]
