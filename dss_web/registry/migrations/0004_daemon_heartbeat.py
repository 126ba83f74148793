from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("registry", "0003_hawk_keys")]

    operations = [
        migrations.CreateModel(
            name="DaemonHeartbeat",
            fields=[
                ("daemon", models.TextField(primary_key=True, serialize=False)),
                ("beat_at", models.DateTimeField()),
            ],
            options={
                "verbose_name": "daemon heartbeat",
                "db_table": 'operations"."daemon_heartbeat',
            },
        ),
    ]
