"""Uploads can be cancelled, know when they were loaded, and leave a trail of events that cannot be changed."""

import django.db.models.functions.datetime
from django.db import migrations, models

STATES = [
    "uploading",
    "uploaded",
    "verified",
    "processing_dss",
    "processing_dataflow",
    "completed",
    "failed",
    "cancelled",
]

# What is loaded by the release before says nothing of when: its confirmation is the nearest that is known.
LOADED_BEFORE = """
    UPDATE public.pipeline_data_file SET loaded_at = coalesce(processed_at, started_processing_at, uploaded_at)
    WHERE state IN ('completed', 'processing_dataflow') AND loaded_at IS NULL
"""

# Of the release before, which knows no state `cancelled`. Nothing of such a version is loaded.
NEVER_CANCELLED = "UPDATE public.pipeline_data_file SET state = 'failed' WHERE state = 'cancelled'"

# Each change of a version or a dataset is noted in its own transaction, whichever half or person makes it: there is no
# way to change a state without a trace. Who does it, and what they call it, are settings of the transaction
# (`dss_web/uploads/acting.py`). Only the columns that tell states and decisions are noted: messages hold values, and
# what nobody can delete must not hold a file's contents. It runs as its owner, whoever makes the change.
EVENTS = """
    CREATE FUNCTION operations.note_upload() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    DECLARE
        noted constant text[] := ARRAY['state', 'column_types', 'rows', 'size', 'digest', 'organisation', 'dataset'];
        old_row constant jsonb := CASE WHEN TG_OP = 'INSERT' THEN '{}' ELSE to_jsonb(OLD) END;
        new_row constant jsonb := CASE WHEN TG_OP = 'DELETE' THEN '{}' ELSE to_jsonb(NEW) END;
        either constant jsonb := old_row || new_row;
        named_action constant text := nullif(current_setting('dss.action', true), '');
        removed jsonb;
        added jsonb;
        named text;
    BEGIN
        SELECT
            jsonb_object_agg(key, old_row -> key) FILTER (WHERE old_row ? key AND TG_OP <> 'INSERT'),
            jsonb_object_agg(key, new_row -> key) FILTER (WHERE new_row ? key AND TG_OP <> 'DELETE')
        INTO removed, added
        FROM unnest(noted) AS key WHERE old_row -> key IS DISTINCT FROM new_row -> key;
        IF removed IS NULL AND added IS NULL THEN
            RETURN NULL;
        END IF;
        IF TG_TABLE_NAME = 'pipeline' THEN
            named := either ->> 'organisation' || '.' || (either ->> 'dataset');
        ELSE
            SELECT organisation || '.' || dataset INTO named FROM public.pipeline
            WHERE id = (either ->> 'pipeline_id')::bigint;
        END IF;
        INSERT INTO operations.upload_event (happened_at, person, person_id, action, dataset, version, before, after)
        VALUES (
            clock_timestamp(),
            coalesce(current_setting('dss.person', true), ''),
            coalesce(current_setting('dss.person_id', true), ''),
            coalesce(named_action, new_row ->> 'state', lower(TG_OP)),
            coalesce(named, ''),
            CASE WHEN TG_TABLE_NAME <> 'pipeline' THEN (either ->> 'id')::uuid END,
            removed,
            added
        );
        RETURN NULL;
    END
    $$;
    CREATE TRIGGER note_upload AFTER INSERT OR UPDATE OR DELETE ON public.pipeline_data_file
    FOR EACH ROW EXECUTE FUNCTION operations.note_upload();
    CREATE TRIGGER note_upload AFTER INSERT OR UPDATE OR DELETE ON public.pipeline
    FOR EACH ROW EXECUTE FUNCTION operations.note_upload();

    CREATE FUNCTION operations.refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        RAISE EXCEPTION '% of %.% is refused: what happened is not changed afterwards', TG_OP, TG_TABLE_SCHEMA,
            TG_TABLE_NAME USING ERRCODE = 'insufficient_privilege';
    END
    $$;
    CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON operations.upload_event
    FOR EACH STATEMENT EXECUTE FUNCTION operations.refuse_change();
"""
NO_EVENTS = """
    DROP FUNCTION operations.note_upload() CASCADE;
    DROP FUNCTION operations.refuse_change() CASCADE;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("registry", "0014_routes_of_datasets"),
    ]

    operations = [
        migrations.AddField(
            model_name="uploadfile",
            name="loaded_at",
            field=models.DateTimeField(
                blank=True, help_text="When its rows were last loaded into the table", null=True
            ),
        ),
        migrations.AlterField(
            model_name="uploadfile",
            name="processed_at",
            field=models.DateTimeField(blank=True, help_text="When its rows were copied to Data Workspace", null=True),
        ),
        migrations.AlterField(
            model_name="uploadfile",
            name="state",
            field=models.TextField(choices=[(state, state) for state in STATES], default="uploading"),
        ),
        migrations.RemoveConstraint(model_name="uploadfile", name="pipeline_data_file_state"),
        migrations.RunSQL(migrations.RunSQL.noop, NEVER_CANCELLED),
        migrations.AddConstraint(
            model_name="uploadfile",
            constraint=models.CheckConstraint(
                condition=models.Q(("state__in", STATES)), name="pipeline_data_file_state"
            ),
        ),
        migrations.RunSQL(LOADED_BEFORE, migrations.RunSQL.noop),
        migrations.CreateModel(
            name="UploadEvent",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("happened_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                (
                    "person",
                    models.TextField(blank=True, db_default="", help_text="Email; empty if the service did it"),
                ),
                (
                    "person_id",
                    models.TextField(blank=True, db_default="", help_text="The person's user_id at SSO"),
                ),
                ("action", models.TextField()),
                ("dataset", models.TextField(help_text="organisation.dataset")),
                (
                    "version",
                    models.UUIDField(
                        blank=True, help_text="The id of the version; empty for a whole dataset", null=True
                    ),
                ),
                ("before", models.JSONField(blank=True, null=True)),
                ("after", models.JSONField(blank=True, null=True)),
            ],
            options={
                "verbose_name": "upload event",
                "db_table": 'operations"."upload_event',
                "ordering": ("-id",),
            },
        ),
        migrations.RunSQL(EVENTS, NO_EVENTS),
    ]
