"""Each file takes the place of all before it: a new table is filled beside the old one, then they swap."""

from psycopg import sql

from dss_assets.database import Connection
from dss_assets.loading.copy_in import Loaded, copy_rows
from dss_assets.loading.file_order import FileOrder
from dss_assets.loading.tables import Tables
from dss_assets.parsing import Rows


def load_replace(connection: Connection, tables: Tables, file_name: str, rows: Rows, order: FileOrder) -> Loaded:
    """Fill a table and put it in L0's place, unless that is of a newer file.

    Readers see the old one until the transaction ends.
    """
    staging = sql.Identifier(tables.dataset.key, "L0.staging")
    connection.execute(tables.create_l0(staging))
    tables.set_current_file(connection, file_name)
    count = copy_rows(connection, staging, rows)
    file_date = order.date_of(connection, staging)
    if order.newer_files(file_date):
        connection.execute(sql.SQL("DROP TABLE {}").format(staging))
        return Loaded(0, dict(rows.skipped), superseded=count, file_date=file_date)
    connection.execute(sql.SQL("DROP TABLE IF EXISTS {}").format(tables.l0))
    connection.execute(sql.SQL('ALTER TABLE {} RENAME TO "L0"').format(staging))
    tables.track_changes(connection)
    return Loaded(count, dict(rows.skipped), file_date=file_date)
