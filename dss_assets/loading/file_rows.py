"""Which rows of a table a file has brought."""

from psycopg import sql

from dss_assets.database import Connection
from dss_assets.dataset import Incremental, Snapshot, Unpivoted
from dss_assets.loading.tables import SEEN_LAST, Tables


def rows_of_file(connection: Connection, tables: Tables, table: str, file_name: str) -> sql.Composed:
    """The condition on `id` for the rows of `table` that stand in a file, as it was loaded last.

    Rows of an incremental file are found by the range of its ids: its name at each row has no index.
    """
    own = _id_of_l0(tables, table)
    match tables.dataset.loading:
        case Incremental():
            found = connection.execute(
                sql.SQL("SELECT first_id, last_id FROM {} WHERE datafile_created = %s").format(tables.files),
                [file_name],
            ).fetchone()
            if found is None:
                return sql.SQL("{} IS NULL").format(own)
            return sql.SQL("{} BETWEEN {} AND {}").format(own, sql.Literal(found[0]), sql.Literal(found[1]))
        case Snapshot():
            return sql.SQL("{} IN (SELECT id FROM {} WHERE {} = {})").format(
                own, tables.l0, sql.Identifier(SEEN_LAST), sql.Literal(file_name)
            )
        case _:
            return sql.SQL("{} IS NOT NULL").format(own)


def _id_of_l0(tables: Tables, table: str) -> sql.Composable:
    """The id of the row of L0, as an expression over a row of `table`."""
    l1 = tables.dataset.l1
    if table == "L1" and isinstance(l1, Unpivoted):
        return sql.SQL("(id / {})").format(sql.Literal(len(l1.unpivoted)))
    return sql.Identifier("id")
