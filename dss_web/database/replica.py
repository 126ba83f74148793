"""The replica, from which tables are read where the settings name one: its connection, while it is there.

A replica that is away is not asked again for some seconds, since each request would wait for it.
"""

import logging
import threading
import time
from collections import Counter
from enum import StrEnum
from typing import Any, Final

import psycopg

from dss_web.configuration import web_settings
from dss_web.database import request_connection, return_connection
from dss_web.database.pooled import REPLICA

log = logging.getLogger("dss_web.database")

# A request that looks for a replica that is away takes half a second longer: one of those of five seconds does.
_LOOK_SECONDS: Final = 5


class Read(StrEnum):
    """From where a table was read, and why not from the replica."""

    REPLICA = "replica"
    # It does not have the newest state of the table, or not the table.
    BEHIND = "behind"
    AWAY = "away"
    # Nobody can tell whether it has the newest state.
    UNTRACKED = "untracked"


class Replica:
    """What this process knows of the replica. `reads` counts tables that were read, since the process started."""

    def __init__(self) -> None:
        self.reads: Counter[Read] = Counter()
        self._lock = threading.Lock()
        self._look_at = 0.0

    def count(self, read: Read) -> None:
        """Count a table that was read."""
        with self._lock:
            self.reads[read] += 1

    def connection(self) -> psycopg.Connection[Any] | None:
        """The replica's connection of this request or thread; None where there is none, or it is away."""
        if not web_settings().has_replica:
            return None
        with self._lock:
            now = time.monotonic()
            is_asked = now >= self._look_at
            was_away = self._look_at > 0
            if is_asked and was_away:
                # Others do not wait with this one.
                self._look_at = now + _LOOK_SECONDS
        if not is_asked:
            return None
        try:
            connection = request_connection(REPLICA)
        except psycopg.OperationalError as error:
            self.lose(error)
            return None
        if was_away:
            log.warning("the replica is there again, and tables are read from it")
            self._look_at = 0.0
        return connection

    def lose(self, error: psycopg.Error) -> None:
        """Note that the replica is away: it cannot be reached, or a connection to it has ended."""
        if self._look_at == 0:
            log.warning("the replica is away, and tables are read from the primary: %s", error)
        self._look_at = time.monotonic() + _LOOK_SECONDS
        return_connection(REPLICA)


replica: Final = Replica()
