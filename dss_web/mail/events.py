"""The trail of uploads -> what mail is due: a row for each event, which is made once."""

from typing import Any, Final

from psycopg import Connection

from dss_web.shared.contract import UploadState

# What happened while nothing looked for so long is no news any more. After an upgrade it is what happened since then.
LATEST: Final = "1 day"
# A person who has just uploaded is looking at the question. Somebody who left it is reminded once.
REMIND_AFTER: Final = "30 minutes"

# Who has waited for a check as long as this may have closed the page.
LEFT_AFTER: Final = "1 minute"

# `completed` and `failed` are news where the service did it; what a person did themselves they have seen, but for the
# end of a long check. What is still being checked waits for nobody. Relies on the trail, in which each change of a
# state is an event, of which the last one of a version counts, and on the key of the letters, by which two processes
# that look at once make one.
_NOTICE: Final = """
    INSERT INTO operations.upload_letter (event_id)
    SELECT event.id FROM operations.upload_event AS event
    JOIN public.pipeline_data_file AS file ON file.id = event.version
    LEFT JOIN operations.upload_task AS task ON task.version_id = file.id
    WHERE event.happened_at > now() - %(latest)s::interval
    AND (
        (event.after ->> 'state' IN (%(completed)s, %(failed)s) AND event.person_id = '')
        OR (event.after ->> 'state' = %(failed)s AND task.finished_at > task.requested_at + %(left_after)s::interval)
        OR (
            event.after ->> 'state' = %(uploaded)s AND file.state = %(uploaded)s AND task.outcome IS DISTINCT FROM ''
            AND event.happened_at < now() - %(remind_after)s::interval
        )
    )
    AND NOT EXISTS (
        SELECT FROM operations.upload_event AS later
        WHERE later.version = event.version AND later.id > event.id AND later.after ->> 'state' IS NOT NULL
    )
    ON CONFLICT DO NOTHING
"""


def notice(connection: Connection[Any]) -> None:
    """Make the letters that are due and not there yet."""
    connection.execute(
        _NOTICE,
        {
            "latest": LATEST,
            "remind_after": REMIND_AFTER,
            "left_after": LEFT_AFTER,
            "completed": UploadState.COMPLETED,
            "failed": UploadState.FAILED,
            "uploaded": UploadState.UPLOADED,
        },
    )
