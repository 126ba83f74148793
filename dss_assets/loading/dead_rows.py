"""The space of rows that a load has deleted or replaced, given back for the next load.

Autovacuum waits until a fifth of a table is dead, and looks once a minute: a file that is replaced more often than
that, or is less than a fifth of its table, would take its space again each time.
"""

from typing import Final

import psycopg
from psycopg import sql

from dss_assets.database import Connection
from dss_assets.loading.tables import Tables

# A load that replaces a file leaves as many dead rows as it has brought. Fewer than half of them can wait for a later
# load, or for autovacuum.
_WORTH_IT: Final = 0.5


def free_dead_rows(connection: Connection, tables: Tables, rows: int) -> None:
    """Vacuum L0 where more than half as many rows are dead as a load has brought.

    `connection` is in autocommit mode, after the load's transaction: the rows are served already. Readers and other
    loads go on meanwhile. Where it fails, autovacuum does the same later, and nothing is raised.
    """
    l0 = tables.l0.as_string(connection)
    try:
        # Without it, statistics of the last second may be missing.
        connection.execute("SELECT pg_stat_force_next_flush()")
        found = connection.execute("SELECT pg_stat_get_dead_tuples(to_regclass(%s))", [l0]).fetchone()
        if found and (found[0] or 0) > _WORTH_IT * rows:
            # It reads only pages that have changed, and indexes only if a fiftieth of the table's pages has dead rows.
            # Whoever is at it already does the same.
            connection.execute(sql.SQL("VACUUM (SKIP_LOCKED) {}").format(tables.l0))
    except psycopg.Error:
        if connection.closed:
            raise
