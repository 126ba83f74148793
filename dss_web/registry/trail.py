"""What migrations tell the trail of uploads (`operations.note_upload`): columns of a version whose changes it notes."""

from typing import Final

from django.db.migrations import RunSQL

# The function is taken as it is, since other migrations have told it of other columns.
_REPLACE: Final = """
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
_FIRST: Final = "ARRAY['state', "


def note_columns(*names: str) -> RunSQL:
    """The operation of a migration after which the trail has these columns, too, before and after each change."""
    longer = _FIRST + "".join(f"'{name}', " for name in names)
    return RunSQL(_REPLACE.format(old=_FIRST, new=longer), _REPLACE.format(old=longer, new=_FIRST))
