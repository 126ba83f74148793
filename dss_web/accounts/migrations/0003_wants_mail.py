"""People may switch mail about their uploads off."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("accounts", "0002_roles_and_members")]

    operations = [
        migrations.AddField(
            model_name="user",
            name="wants_mail",
            field=models.BooleanField(db_default=True, default=True, verbose_name="gets mail about uploads"),
        ),
    ]
