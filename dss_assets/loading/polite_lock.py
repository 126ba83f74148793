"""Locks that shut readers out, taken without having anybody wait behind us while we wait for them."""

import time
from typing import Final

import psycopg
from psycopg import sql

from dss_assets.database import Connection

# Whoever asks for a table queues behind us while we wait for one who reads it, for minutes perhaps: we come back.
_TRY: Final = "500ms"
_PAUSE_SECONDS: Final = 0.5
# As long as any lock is waited for (`database.py`): an export may take that long.
_PATIENCE_SECONDS: Final = 3600


def lock_out_readers(connection: Connection, *relations: sql.Identifier) -> None:
    """Lock tables and views for the caller's transaction, as soon as nobody reads them.

    Raises psycopg's LockNotAvailable where somebody still does after an hour.
    """
    names = sql.SQL(", ").join(relations)
    before = connection.execute("SELECT current_setting('lock_timeout')").fetchone()
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while True:
        try:
            with connection.transaction():
                connection.execute("SELECT set_config('lock_timeout', %s, true)", [_TRY])
                connection.execute(sql.SQL("LOCK TABLE {} IN ACCESS EXCLUSIVE MODE").format(names))
        except psycopg.errors.LockNotAvailable:
            if time.monotonic() > deadline:
                raise
            time.sleep(_PAUSE_SECONDS)
        else:
            connection.execute("SELECT set_config('lock_timeout', %s, true)", before)
            return
