"""Who holds the locks for which a session waits: watched from beside, since a time-out leaves no trace of it."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

import psycopg

_LOOK_SECONDS: Final = 0.1

# `pg_blocking_pids` knows both who holds a lock and who waits for one in front. Roles without pg_read_all_stats see no
# statement of others, and neither age nor name.
_BLOCKERS: Final = """
    SELECT pid, coalesce(nullif(application_name, ''), 'unnamed') AS name, coalesce(usename::text, '?') AS role,
        coalesce(host(client_addr), 'local') AS address, coalesce(state, '?') AS state,
        coalesce(date_trunc('second', clock_timestamp() - xact_start)::text, '?') AS age,
        left(regexp_replace(coalesce(query, ''), '\\s+', ' ', 'g'), 120) AS query
    FROM pg_stat_activity WHERE pid = ANY (pg_blocking_pids(%s)) ORDER BY xact_start
"""


class Blockers:
    """What was seen last. Empty while nobody has been waited for."""

    def __init__(self) -> None:
        self.seen: list[str] = []

    def __str__(self) -> str:
        return "; ".join(self.seen) or "a session that had ended before it was seen"


@contextmanager
def watched(connection: psycopg.Connection[Any], waiting_pid: int) -> Iterator[Blockers]:
    """Note who holds up the session `waiting_pid` while the block lasts. Nobody else may use `connection` meanwhile."""
    blockers, ended = Blockers(), threading.Event()

    def look() -> None:
        while not ended.wait(_LOOK_SECONDS):
            rows = connection.execute(_BLOCKERS, [waiting_pid]).fetchall()
            if rows:
                blockers.seen = [
                    f"session {pid} ({name}, role {role}, from {address}), {state}, in its transaction for {age}:"
                    f" {query}"
                    for pid, name, role, address, state, age, query in rows
                ]

    watcher = threading.Thread(target=look, name="blockers", daemon=True)
    watcher.start()
    try:
        yield blockers
    finally:
        ended.set()
        watcher.join()
