"""Tables that a release before has made -> tables as this one makes them, without waiting for another file.

A dataset whose publisher brings nothing more would stay as it is for ever. One table at a time is renewed, in a
transaction of its own: whatever ends it leaves that table as it was, and those before it are done.
"""

from collections.abc import Mapping

from psycopg import sql

from dss_assets.database import Connection, lock_dataset
from dss_assets.dataset import Dataset, Replace
from dss_assets.loading import Tables, create_or_bring_along
from dss_assets.loading.change_tracking import track_changes
from dss_assets.loading.wide_ids import has_integer_ids, widen_ids
from dss_web.shared.contract import TABLE_VERSION, UPLOAD_PIPELINE

# Relies on the schema of a dataset being its key, and on each of its L0 having its version noted. A table without an
# `id` of our own is none of ours. It reads the catalogue alone, so a look takes milliseconds.
_OLD = sql.SQL("""
    SELECT nspname FROM pg_class
    JOIN pg_namespace ON pg_namespace.oid = relnamespace
    JOIN pg_attribute ON attrelid = pg_class.oid AND attname = 'id'
    WHERE relname = 'L0' AND relkind = 'r'
    AND (nspname = ANY (%s) OR nspname IN (SELECT organisation || '.' || dataset FROM {uploads}))
    AND (
        atttypid = 'integer'::regtype
        OR NOT EXISTS (SELECT FROM {versions} WHERE base = pg_class.oid)
    )
    ORDER BY pg_table_size(pg_class.oid), nspname
""").format(uploads=sql.Identifier(*UPLOAD_PIPELINE), versions=sql.Identifier(*TABLE_VERSION))


def outdated(connection: Connection, published: Mapping[str, Dataset]) -> list[str]:
    """The keys of the datasets, published and uploaded, whose table is of a release before; the smallest first."""
    return [key for (key,) in connection.execute(_OLD, [list(published)]).fetchall()]


def renew(connection: Connection, key: str, dataset: Dataset | None) -> None:
    """Give the table of a dataset bigint ids, and note its version. `dataset` is None for an uploaded one.

    `connection` is in autocommit mode. A load of the dataset is waited for, and readers read on. Raises NotAsDeclared
    where the table has to be reshaped first.
    """
    with connection.transaction():
        if dataset is not None and not isinstance(dataset.loading, Replace):
            create_or_bring_along(connection, Tables(dataset))
            return
        lock_dataset(connection, key)
        table = sql.Identifier(key, "L0")
        if has_integer_ids(connection, table):
            view = Tables(dataset).view_statements(connection) if dataset and dataset.view else None
            widen_ids(connection, table, sql.Identifier(key, "L0.wide"), sql.Identifier(key, "L1"), view)
        track_changes(connection, table)
