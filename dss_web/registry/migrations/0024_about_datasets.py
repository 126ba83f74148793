"""What people say of the datasets that they upload, in one catalogue with what declarations say of the others."""

import django.db.models.deletion
from django.db import migrations, models

LEVELS = ["OFFICIAL", "OFFICIAL-SENSITIVE"]

# Who deletes a dataset, the assets half and the release before included, deletes what is said of its columns with it.
CASCADE = """
    ALTER TABLE operations.column_description ADD CONSTRAINT column_description_pipeline
    FOREIGN KEY (pipeline_id) REFERENCES public.pipeline (id) ON DELETE CASCADE
"""

# The version whose rows are in the table of a dataset, as `dss_web/uploads/selectors.py` has it for the pages.
CURRENT = """
    CREATE FUNCTION operations.current_upload(pipeline bigint) RETURNS SETOF public.pipeline_data_file
    LANGUAGE sql STABLE AS $$
        SELECT * FROM public.pipeline_data_file AS file
        WHERE file.pipeline_id = pipeline AND file.state IN ('processing_dataflow', 'completed')
        ORDER BY coalesce(file.loaded_at, file.processed_at) DESC NULLS LAST, file.uploaded_at DESC LIMIT 1
    $$;
"""

# A view, and no rows of uploads in `operations.dataset`: the release before, while it still runs, withdraws there what
# is not declared; and the columns of an upload change with each load, which would have to write them.
CATALOGUE = """
    CREATE VIEW operations.catalogue AS
    SELECT key, schema_name, false AS is_uploaded, title, description, owner, contact, licence, licence_url,
        source_page, late_after, NULL::boolean AS may_hold_personal_data, '' AS classification, tables, withdrawn_at,
        NULL::timestamptz AS archived_at
    FROM operations.dataset
    UNION ALL
    SELECT key, key, true, title, description, coalesce(owner, ''), contact, licence, licence_url,
        '', NULL, may_hold_personal_data, classification,
        CASE WHEN columns IS NULL THEN '[]'
        ELSE jsonb_build_array(jsonb_build_object('name', 'L0', 'columns', columns)) END,
        NULL, archived_at
    FROM public.pipeline
    CROSS JOIN LATERAL (SELECT organisation || '.' || dataset AS key) AS named
    CROSS JOIN LATERAL (
        SELECT string_agg(email, ', ' ORDER BY email) AS owner FROM operations.dataset_member
        WHERE pipeline_id = pipeline.id AND role = 'owner'
    ) AS owners
    CROSS JOIN LATERAL (
        SELECT jsonb_agg(jsonb_build_object(
            'name', stored.name, 'type', stored.type, 'description', coalesce(said.description, '')
        ) ORDER BY stored.place) AS columns
        FROM operations.current_upload(pipeline.id) AS current
        CROSS JOIN LATERAL unnest(current.column_names, current.column_types) WITH ORDINALITY
            AS stored (name, type, place)
        LEFT JOIN operations.column_description AS said
            ON said.pipeline_id = pipeline.id AND said.name = stored.name
    ) AS described;
"""

# As for states (0015): each change leaves a trace in its own transaction, with the person and action that are settings
# of the transaction. What people say about a dataset is their words, and is noted as it was and as it is.
EVENTS = """
    CREATE FUNCTION operations.note_description() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    DECLARE
        noted constant text[] := ARRAY[
            'title', 'description', 'contact', 'licence', 'licence_url', 'may_hold_personal_data', 'classification'
        ];
        removed jsonb;
        added jsonb;
    BEGIN
        SELECT jsonb_object_agg(key, to_jsonb(OLD) -> key), jsonb_object_agg(key, to_jsonb(NEW) -> key)
        INTO removed, added
        FROM unnest(noted) AS key WHERE to_jsonb(OLD) -> key IS DISTINCT FROM to_jsonb(NEW) -> key;
        IF added IS NOT NULL THEN
            INSERT INTO operations.upload_event (happened_at, person, person_id, action, dataset, before, after)
            VALUES (
                clock_timestamp(),
                coalesce(current_setting('dss.person', true), ''),
                coalesce(current_setting('dss.person_id', true), ''),
                coalesce(nullif(current_setting('dss.action', true), ''), 'describe'),
                NEW.organisation || '.' || NEW.dataset,
                removed,
                added
            );
        END IF;
        RETURN NULL;
    END
    $$;
    CREATE TRIGGER note_description AFTER UPDATE ON public.pipeline
    FOR EACH ROW EXECUTE FUNCTION operations.note_description();
"""

# One event for all columns of a statement, whose rows Postgres gives to triggers of one kind of change only. Names of
# columns come from the file, and what nobody can delete must not hold a file's contents: an event has the place of a
# column in the table instead. Nothing is noted where the whole dataset goes.
COLUMN_EVENTS = """
    CREATE FUNCTION operations.note_column_description() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    DECLARE
        changes jsonb;
    BEGIN
        IF TG_OP = 'INSERT' THEN
            SELECT jsonb_agg(to_jsonb(added) || jsonb_build_object('after', added.description))
            INTO changes FROM added;
        ELSIF TG_OP = 'DELETE' THEN
            SELECT jsonb_agg(to_jsonb(removed) || jsonb_build_object('before', removed.description))
            INTO changes FROM removed;
        ELSE
            SELECT jsonb_agg(
                to_jsonb(added) || jsonb_build_object('before', removed.description, 'after', added.description)
            ) INTO changes FROM added JOIN removed USING (id) WHERE removed.description <> added.description;
        END IF;
        INSERT INTO operations.upload_event (happened_at, person, person_id, action, dataset, before, after)
        SELECT
            clock_timestamp(),
            coalesce(current_setting('dss.person', true), ''),
            coalesce(current_setting('dss.person_id', true), ''),
            coalesce(nullif(current_setting('dss.action', true), ''), 'describe columns'),
            pipeline.organisation || '.' || pipeline.dataset,
            jsonb_object_agg(place, before) FILTER (WHERE before IS NOT NULL),
            jsonb_object_agg(place, after) FILTER (WHERE after IS NOT NULL)
        FROM jsonb_to_recordset(changes)
            AS changed (id bigint, pipeline_id bigint, name text, before text, after text)
        JOIN public.pipeline ON pipeline.id = changed.pipeline_id
        LEFT JOIN LATERAL operations.current_upload(pipeline.id) AS current ON true
        CROSS JOIN LATERAL (SELECT coalesce(
            'column ' || array_position(current.column_names, changed.name), 'former column ' || changed.id
        )) AS placed (place)
        GROUP BY pipeline.id;
        RETURN NULL;
    END
    $$;
    CREATE TRIGGER note_added AFTER INSERT ON operations.column_description
    REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION operations.note_column_description();
    CREATE TRIGGER note_changed AFTER UPDATE ON operations.column_description
    REFERENCING OLD TABLE AS removed NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION operations.note_column_description();
    CREATE TRIGGER note_removed AFTER DELETE ON operations.column_description
    REFERENCING OLD TABLE AS removed FOR EACH STATEMENT EXECUTE FUNCTION operations.note_column_description();
"""

_DROP = """
    DROP VIEW operations.catalogue;
    DROP FUNCTION operations.note_column_description() CASCADE;
    DROP FUNCTION operations.note_description() CASCADE;
    DROP FUNCTION operations.current_upload(bigint);
"""


def _said(name: str, help_text: str) -> migrations.AddField:
    return migrations.AddField("uploadpipeline", name, models.TextField(blank=True, db_default="", help_text=help_text))


class Migration(migrations.Migration):
    dependencies = [
        ("registry", "0022_arriving_files"),
        ("accounts", "0002_roles_and_members"),
    ]

    operations = [
        _said("description", "What it is about"),
        _said("contact", "Whom to ask about the data: an email or a URL"),
        _said("licence", "The name of the licence"),
        _said("licence_url", ""),
        migrations.AddField(
            model_name="uploadpipeline",
            name="may_hold_personal_data",
            field=models.BooleanField(blank=True, help_text="Empty where nobody has said", null=True),
        ),
        migrations.AddField(
            model_name="uploadpipeline",
            name="classification",
            field=models.TextField(blank=True, choices=[(level, level) for level in LEVELS], db_default=""),
        ),
        migrations.AddConstraint(
            model_name="uploadpipeline",
            constraint=models.CheckConstraint(
                condition=models.Q(("classification__in", ["", *LEVELS])), name="pipeline_classification"
            ),
        ),
        migrations.CreateModel(
            name="ColumnDescription",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.TextField()),
                ("description", models.TextField()),
                (
                    "pipeline",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="column_descriptions",
                        to="registry.uploadpipeline",
                    ),
                ),
            ],
            options={
                "verbose_name": "description of a column",
                "db_table": 'operations"."column_description',
                "constraints": [
                    models.UniqueConstraint(fields=("pipeline", "name"), name="column_description_name"),
                ],
            },
        ),
        migrations.CreateModel(
            name="CatalogueEntry",
            fields=[
                ("key", models.TextField(help_text="organisation.dataset", primary_key=True, serialize=False)),
                ("schema_name", models.TextField(help_text="The schema of its tables")),
                ("is_uploaded", models.BooleanField(help_text="Whether people upload it; otherwise it is declared")),
                ("title", models.TextField()),
                ("description", models.TextField()),
                (
                    "owner",
                    models.TextField(help_text="Who answers for it here; of an uploaded one, the emails of its owners"),
                ),
                ("contact", models.TextField(help_text="Whom to ask about the data")),
                ("licence", models.TextField(help_text="The name of the licence")),
                ("licence_url", models.TextField()),
                ("source_page", models.TextField(help_text="Where the publisher presents it")),
                ("late_after", models.DurationField(help_text="How long after the last load it is late", null=True)),
                ("may_hold_personal_data", models.BooleanField(help_text="Empty where nobody has said", null=True)),
                ("classification", models.TextField(help_text="One of contract.Classification, or empty")),
                ("tables", models.JSONField()),
                (
                    "withdrawn_at",
                    models.DateTimeField(help_text="Since when no declaration is there any more", null=True),
                ),
                ("archived_at", models.DateTimeField(help_text="Since when it is closed for uploads", null=True)),
            ],
            options={
                "db_table": 'operations"."catalogue',
                "ordering": ("key",),
                "managed": False,
            },
        ),
        migrations.RunSQL(CASCADE, migrations.RunSQL.noop),
        migrations.RunSQL([CURRENT, CATALOGUE, EVENTS, COLUMN_EVENTS], _DROP),
    ]
