"""A version that is being loaded -> how many of its rows are copied, and how long the rest takes.

Postgres counts the rows of a COPY while it runs, so the load need not say anything:
https://www.postgresql.org/docs/current/progress-reporting.html#COPY-PROGRESS-REPORTING (seen 2026-11).
"""

from dataclasses import dataclass
from typing import Final

from django.db import connection

from dss_web.shared.contract import file_lock

# Before this nobody knows how fast it goes.
_LEAST_SECONDS: Final = 5
_LEAST_SHARE: Final = 0.02


@dataclass(frozen=True, slots=True)
class LoadProgress:
    """`copied` of `rows` rows, in `seconds`."""

    copied: int
    rows: int
    seconds: float

    @property
    def share(self) -> float:
        """From 0 to 1."""
        return min(1.0, self.copied / self.rows)

    @property
    def info(self) -> str:
        """For the person. What comes after the last row, such as the index, is a part of loading, too."""
        if self.copied >= self.rows:
            return f"Loading: all {self.rows:,} rows are copied, the table is being finished"
        text = f"Loading: {self.copied:,} of {self.rows:,} rows"
        if self.seconds < _LEAST_SECONDS or self.share < _LEAST_SHARE:
            return text
        left = self.seconds * (1 - self.share) / self.share
        return f"{text}, about {_duration(left)} left"


# The session that loads a file holds the file's lock. Where the two halves are different roles, Postgres shows the
# numbers of the other only to members of pg_read_all_stats.
_COPIED: Final = """
    SELECT copied.tuples_processed, extract(epoch FROM clock_timestamp() - session.query_start)
    FROM pg_catalog.pg_locks AS held
    JOIN pg_catalog.pg_stat_progress_copy AS copied ON copied.pid = held.pid
    JOIN pg_catalog.pg_stat_activity AS session ON session.pid = held.pid
    WHERE held.locktype = 'advisory' AND held.granted AND held.objsubid = 1
    AND held.database = (SELECT oid FROM pg_catalog.pg_database WHERE datname = current_database())
    AND (held.classid::bigint << 32) | held.objid::bigint = hashtextextended(%s, 0)
"""


def load_progress(dataset: str, file_name: str, rows: int | None) -> LoadProgress | None:
    """How far the load of a file of so many rows is; None where that is not known."""
    if not rows:
        return None
    with connection.cursor() as cursor:
        cursor.execute(_COPIED, [file_lock(dataset, file_name)])
        row = cursor.fetchone()
    if row is None or row[0] is None or row[1] is None:
        return None
    return LoadProgress(row[0], rows, float(row[1]))


def _duration(seconds: float) -> str:
    """Rounded up, since it is a promise: `10 seconds`, `2 minutes`, `1 hour and 20 minutes`."""
    if seconds < 60:
        return f"{max(1, -int(-seconds // 10)) * 10} seconds"
    minutes = -int(-seconds // 60)
    hours, rest = divmod(minutes, 60)
    parts = [(hours, "hour"), (rest, "minute")]
    return " and ".join(f"{count} {noun}{'' if count == 1 else 's'}" for count, noun in parts if count)
