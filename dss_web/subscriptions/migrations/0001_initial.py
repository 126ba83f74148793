"""Who follows datasets, what was sent to them, and whose feeds have an address."""

import django.db.models.deletion
import django.db.models.functions.datetime
import dss_web.subscriptions.models
from django.conf import settings
from django.db import migrations, models


# A dataset's followers go with it: whoever creates another one of its name has others.
WITH_THE_DATASET = """
    CREATE FUNCTION operations.forget_subscriptions() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    BEGIN
        DELETE FROM operations.subscription WHERE dataset = OLD.organisation || '.' || OLD.dataset;
        RETURN NULL;
    END
    $$;
    CREATE TRIGGER forget_subscriptions AFTER DELETE ON public.pipeline
    FOR EACH ROW EXECUTE FUNCTION operations.forget_subscriptions();
"""
# They go with their person, whichever release deletes that.
WITH_THE_PERSON = """
    ALTER TABLE operations.subscription ADD CONSTRAINT subscription_person
    FOREIGN KEY (person_id) REFERENCES public.accounts_user ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED;
    ALTER TABLE operations.feed_address ADD CONSTRAINT feed_address_person
    FOREIGN KEY (person_id) REFERENCES public.accounts_user ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED;
    ALTER TABLE operations.subscription_message ADD CONSTRAINT subscription_message_subscription
    FOREIGN KEY (subscription_id) REFERENCES operations.subscription ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED;
"""


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("accounts", "0003_wants_mail"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="FeedAddress",
            fields=[
                (
                    "person",
                    models.OneToOneField(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        serialize=False,
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("number", models.TextField(default=dss_web.subscriptions.models.new_number)),
                ("made_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
            ],
            options={
                "db_table": 'operations"."feed_address',
            },
        ),
        migrations.CreateModel(
            name="Subscription",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("dataset", models.TextField(help_text="organisation.dataset")),
                (
                    "url",
                    models.TextField(
                        blank=True, db_default="", help_text="The address of a program; empty for a person"
                    ),
                ),
                (
                    "secret",
                    models.TextField(blank=True, db_default="", help_text="Signs what is sent there; encrypted"),
                ),
                (
                    "made_by",
                    models.TextField(blank=True, db_default="", help_text="Email of who has entered the address"),
                ),
                ("followed_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                (
                    "person",
                    models.ForeignKey(
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "db_table": 'operations"."subscription',
                "ordering": ("dataset", "id"),
            },
        ),
        migrations.CreateModel(
            name="SubscriptionMessage",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("event_id", models.BigIntegerField(help_text="Of operations.dataset_event")),
                ("noticed_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ("attempts", models.IntegerField(db_default=0)),
                ("next_attempt_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                (
                    "settled_at",
                    models.DateTimeField(blank=True, help_text="When it was sent, or it was decided not to", null=True),
                ),
                ("outcome", models.TextField(blank=True, db_default="")),
                (
                    "subscription",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        to="subscriptions.subscription",
                    ),
                ),
            ],
            options={
                "db_table": 'operations"."subscription_message',
            },
        ),
        migrations.AddConstraint(
            model_name="subscription",
            constraint=models.UniqueConstraint(fields=("dataset", "person"), name="subscription_once"),
        ),
        migrations.AddConstraint(
            model_name="subscription",
            constraint=models.UniqueConstraint(
                condition=models.Q(("url", ""), _negated=True),
                fields=("dataset", "url"),
                name="subscription_address_once",
            ),
        ),
        migrations.AddConstraint(
            model_name="subscription",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("person", None), ("url__gt", "")),
                    models.Q(("person__isnull", False), ("url", "")),
                    _connector="OR",
                ),
                name="subscription_to_one",
            ),
        ),
        migrations.AddIndex(
            model_name="subscriptionmessage",
            index=models.Index(
                condition=models.Q(("settled_at", None)), fields=["next_attempt_at"], name="subscription_message_due"
            ),
        ),
        migrations.AddConstraint(
            model_name="subscriptionmessage",
            constraint=models.UniqueConstraint(fields=("subscription", "event_id"), name="subscription_message_once"),
        ),
        migrations.RunSQL(WITH_THE_PERSON, migrations.RunSQL.noop),
        migrations.RunSQL(WITH_THE_DATASET, "DROP FUNCTION operations.forget_subscriptions() CASCADE"),
    ]
