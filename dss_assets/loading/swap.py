"""Tables that were filled beside those of a dataset -> in their place."""

from psycopg import sql

from dss_assets.database import Connection
from dss_assets.dataset import Derived
from dss_assets.loading.tables import Tables

# What has the name of a staged table in its own name, and is renamed with it; by `pg_class.relkind`.
_KINDS = {"r": sql.SQL("TABLE"), "i": sql.SQL("INDEX"), "S": sql.SQL("SEQUENCE")}


def drop(connection: Connection, tables: Tables) -> None:
    """Drop those of a dataset's tables that its files load, with the view over them."""
    if not isinstance(tables.dataset.l1, Derived):
        connection.execute(sql.SQL("DROP VIEW IF EXISTS {}").format(tables.l1))
    connection.execute(sql.SQL("DROP TABLE IF EXISTS {}").format(tables.l0))
    connection.execute(sql.SQL("DROP TABLE IF EXISTS {}").format(tables.files))


def put_in_place(connection: Connection, staged: Tables) -> None:
    """Drop a dataset's tables, and let the staged ones have their names.

    In the caller's transaction, which holds the dataset's lock. Readers see the old tables until it ends, and wait from
    here on, so it should end soon. The tables are at the start of a new generation.
    """
    tables = Tables(staged.dataset)
    drop(connection, tables)
    # Tables first: an identity's sequence is renamed beside its table.
    found = connection.execute(
        "SELECT relname, relkind::text FROM pg_class WHERE relnamespace = to_regnamespace(%s)"
        " AND starts_with(relname, 'L0') AND position(%s IN relname) > 0 AND relkind = ANY (%s)"
        " ORDER BY relkind <> 'r', relname",
        [sql.Identifier(tables.dataset.key).as_string(connection), staged.suffix, list(_KINDS)],
    ).fetchall()
    for name, kind in found:
        connection.execute(
            sql.SQL("ALTER {} {} RENAME TO {}").format(
                _KINDS[kind],
                sql.Identifier(tables.dataset.key, name),
                sql.Identifier(name.replace(staged.suffix, "", 1)),
            )
        )
    tables.create_view(connection)
    tables.track_changes(connection)
