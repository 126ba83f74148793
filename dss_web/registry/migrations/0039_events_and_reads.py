"""What happens to datasets, who reads them, and what goes with a dataset or a client that is deleted."""

import django.db.models.functions.datetime
import dss_web.shared.contract
from django.db import migrations, models

# As in 0036, and for what is new here. The records of deletions of a restricted dataset stay with those who may know of
# it, although nothing says any more that it was restricted.
WITH_THE_DATASET = """
    CREATE OR REPLACE FUNCTION operations.forget_dataset() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    DECLARE
        name constant text := OLD.organisation || '.' || OLD.dataset;
    BEGIN
        UPDATE operations.deletion SET was_restricted = true
        WHERE organisation = OLD.organisation AND dataset = OLD.dataset
        AND EXISTS (SELECT FROM operations.restricted_dataset AS restricted WHERE restricted.dataset = name);
        DELETE FROM operations.restricted_dataset AS gone WHERE gone.dataset = name;
        DELETE FROM operations.dataset_grant AS gone WHERE gone.dataset = name;
        DELETE FROM operations.dataset_event AS gone WHERE gone.dataset = name;
        DELETE FROM operations.dataset_read AS gone WHERE gone.dataset = name;
        DELETE FROM operations.catalogue_index AS gone WHERE gone.key = name;
        RETURN NULL;
    END
    $$;
"""
# Another client of the same id begins anew, whoever has deleted the first one.
WITH_THE_CLIENT = """
    CREATE FUNCTION operations.forget_client() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    BEGIN
        DELETE FROM operations.dataset_grant WHERE kind = 'client' AND grantee = OLD.id;
        RETURN NULL;
    END
    $$;
    CREATE TRIGGER forget_client AFTER DELETE ON public.hawk_users
    FOR EACH ROW EXECUTE FUNCTION operations.forget_client();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("registry", "0037_index_kept_cheaply"),
    ]

    operations = [
        migrations.AddField(
            model_name="deletion",
            name="was_restricted",
            field=models.BooleanField(
                db_default=False,
                default=False,
                help_text="Whether its dataset was not open to everybody when it went: who asked, and administrators, see it",
            ),
        ),
        migrations.CreateModel(
            name="DatasetEvent",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("dataset", models.TextField(help_text="organisation.dataset")),
                (
                    "kind",
                    models.TextField(
                        choices=[
                            (
                                dss_web.shared.contract.DatasetEventKind["VERSION"],
                                dss_web.shared.contract.DatasetEventKind["VERSION"],
                            ),
                            (
                                dss_web.shared.contract.DatasetEventKind["BREAKING"],
                                dss_web.shared.contract.DatasetEventKind["BREAKING"],
                            ),
                            (
                                dss_web.shared.contract.DatasetEventKind["LATE"],
                                dss_web.shared.contract.DatasetEventKind["LATE"],
                            ),
                            (
                                dss_web.shared.contract.DatasetEventKind["FAILING"],
                                dss_web.shared.contract.DatasetEventKind["FAILING"],
                            ),
                        ]
                    ),
                ),
                ("mark", models.TextField(help_text="What it is about: the table's version, or the id of the alert")),
                ("happened_at", models.DateTimeField()),
                ("noticed_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ("details", models.JSONField(blank=True, db_default={})),
            ],
            options={
                "verbose_name": "event of a dataset",
                "db_table": 'operations"."dataset_event',
                "ordering": ("-id",),
                "indexes": [
                    models.Index(fields=["dataset", "-id"], name="dataset_event_by_dataset"),
                    models.Index(fields=["happened_at"], name="dataset_event_by_time"),
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("dataset", "kind", "mark"), name="dataset_event_once"),
                    models.CheckConstraint(
                        condition=models.Q(("kind__in", ["version", "breaking", "late", "failing"])),
                        name="dataset_event_kind",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="DatasetRead",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("dataset", models.TextField(help_text="organisation.dataset")),
                ("table", models.TextField(help_text="The name of the table")),
                (
                    "kind",
                    models.TextField(
                        choices=[
                            (
                                dss_web.shared.contract.GranteeKind["CLIENT"],
                                dss_web.shared.contract.GranteeKind["CLIENT"],
                            ),
                            (
                                dss_web.shared.contract.GranteeKind["PERSON"],
                                dss_web.shared.contract.GranteeKind["PERSON"],
                            ),
                        ]
                    ),
                ),
                ("reader", models.TextField(help_text="A client's id, or a person's email")),
                ("day", models.DateField()),
                (
                    "last_read_at",
                    models.DateTimeField(
                        db_default=django.db.models.functions.datetime.Now(), help_text="To the minute"
                    ),
                ),
            ],
            options={
                "verbose_name": "reading of a dataset",
                "db_table": 'operations"."dataset_read',
                "ordering": ("-last_read_at",),
                "indexes": [models.Index(fields=["day"], name="dataset_read_by_day")],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("dataset", "table", "kind", "reader", "day"), name="dataset_read_once"
                    )
                ],
            },
        ),
        migrations.RunSQL(WITH_THE_DATASET, migrations.RunSQL.noop),
        migrations.RunSQL(WITH_THE_CLIENT, "DROP FUNCTION operations.forget_client() CASCADE"),
    ]
