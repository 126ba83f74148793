"""What lists of datasets read, and who may see which."""

import django.contrib.postgres.indexes
import django.contrib.postgres.search
import django.db.models.functions.datetime
import dss_web.shared.contract
from django.db import migrations, models

# Who deletes an uploaded dataset, the assets half and the release before included, deletes what was said about access
# to it: somebody else's of the same name begins anew.
WITH_THE_DATASET = """
    CREATE FUNCTION operations.forget_dataset() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    BEGIN
        DELETE FROM operations.restricted_dataset WHERE dataset = OLD.organisation || '.' || OLD.dataset;
        DELETE FROM operations.dataset_grant WHERE dataset = OLD.organisation || '.' || OLD.dataset;
        DELETE FROM operations.catalogue_index WHERE key = OLD.organisation || '.' || OLD.dataset;
        RETURN NULL;
    END
    $$;
    CREATE TRIGGER forget_dataset AFTER DELETE ON public.pipeline
    FOR EACH ROW EXECUTE FUNCTION operations.forget_dataset();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("registry", "0035_moved_in"),
    ]

    operations = [
        migrations.CreateModel(
            name="RestrictedDataset",
            fields=[
                ("dataset", models.TextField(help_text="organisation.dataset", primary_key=True, serialize=False)),
                ("restricted_by", models.TextField(blank=True, help_text="Email")),
                ("restricted_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
            ],
            options={
                "db_table": 'operations"."restricted_dataset',
                "ordering": ("dataset",),
            },
        ),
        migrations.CreateModel(
            name="DatasetGrant",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("dataset", models.TextField(help_text="organisation.dataset")),
                (
                    "kind",
                    models.TextField(
                        choices=[
                            (
                                dss_web.shared.contract.GranteeKind["PERSON"],
                                dss_web.shared.contract.GranteeKind["PERSON"],
                            ),
                            (
                                dss_web.shared.contract.GranteeKind["GROUP"],
                                dss_web.shared.contract.GranteeKind["GROUP"],
                            ),
                            (
                                dss_web.shared.contract.GranteeKind["CLIENT"],
                                dss_web.shared.contract.GranteeKind["CLIENT"],
                            ),
                        ]
                    ),
                ),
                (
                    "grantee",
                    models.TextField(
                        help_text="A person's email in lower case, an access profile's slug or application:KEY at SSO, or a client's id"
                    ),
                ),
                ("given_by", models.TextField(blank=True, help_text="Email")),
                ("given_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
            ],
            options={
                "verbose_name": "grant of a dataset",
                "db_table": 'operations"."dataset_grant',
                "ordering": ("dataset", "kind", "grantee"),
                "indexes": [models.Index(fields=["kind", "grantee"], name="dataset_grant_by_grantee")],
                "constraints": [
                    models.UniqueConstraint(fields=("dataset", "kind", "grantee"), name="dataset_grant_once"),
                    models.CheckConstraint(
                        condition=models.Q(("kind__in", ["person", "group", "client"])), name="dataset_grant_kind"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="IndexedDataset",
            fields=[
                ("key", models.TextField(help_text="organisation.dataset", primary_key=True, serialize=False)),
                ("schema_name", models.TextField(help_text="The schema of its tables")),
                ("is_uploaded", models.BooleanField()),
                ("organisation", models.TextField()),
                ("title", models.TextField()),
                ("description", models.TextField()),
                ("owner", models.TextField()),
                ("state", models.TextField(help_text="One of `dataset_states.State`")),
                ("since", models.DateTimeField(help_text="Since when it is in that state", null=True)),
                ("why", models.TextField(help_text="Empty where nothing is wrong")),
                ("loaded_at", models.DateTimeField(help_text="When something was loaded last", null=True)),
                (
                    "rows",
                    models.BigIntegerField(
                        help_text="Of the table that the API serves, as Postgres estimates them", null=True
                    ),
                ),
                ("is_archived", models.BooleanField()),
                (
                    "search",
                    django.contrib.postgres.search.SearchVectorField(
                        help_text="Names and title before owner and columns, these before descriptions"
                    ),
                ),
            ],
            options={
                "db_table": 'operations"."catalogue_index',
                "ordering": ("title", "key"),
                "indexes": [django.contrib.postgres.indexes.GinIndex(fields=["search"], name="catalogue_index_search")],
            },
        ),
        migrations.RunSQL(WITH_THE_DATASET, "DROP FUNCTION operations.forget_dataset() CASCADE"),
    ]
