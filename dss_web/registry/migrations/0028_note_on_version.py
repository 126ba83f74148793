"""A version can have a note by those who upload it, and the trail tells how it changed."""

from django.db import migrations, models

# The trail's function is taken as it is, since other migrations have told it of other columns.
_NOTES = """
    DO $do$
    DECLARE
        before constant text := pg_get_functiondef('operations.note_upload()'::regprocedure);
        after constant text := replace(before, $old${old}$old$, $new${new}$new$);
    BEGIN
        IF before = after THEN
            RAISE EXCEPTION 'operations.note_upload() has no text %', $old${old}$old$;
        END IF;
        EXECUTE after;
    END
    $do$
"""
_WITHOUT = "ARRAY['state', "
_WITH = "ARRAY['state', 'note', "


class Migration(migrations.Migration):
    dependencies = [("registry", "0027_load_modes")]

    operations = [
        migrations.AddField(
            model_name="uploadfile",
            name="note",
            field=models.TextField(
                blank=True, db_default="", default="", help_text="What those who uploaded it say about it"
            ),
        ),
        migrations.RunSQL(_NOTES.format(old=_WITHOUT, new=_WITH), reverse_sql=_NOTES.format(old=_WITH, new=_WITHOUT)),
    ]
