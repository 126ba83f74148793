"""Each file takes the place of all before it: a new table is filled beside the old one, then they swap."""

from psycopg import sql

from dss_assets.database import Connection
from dss_assets.loading.convertible import validate_l1
from dss_assets.loading.copy_in import Loaded, copy_rows
from dss_assets.loading.file_order import FileOrder
from dss_assets.loading.kept import make_room
from dss_assets.loading.swap import put_in_place
from dss_assets.loading.tables import Tables
from dss_assets.parsing import Rows


def load_replace(connection: Connection, tables: Tables, file_name: str, rows: Rows, order: FileOrder) -> Loaded:
    """Fill a table and put it in L0's place, unless that is of a newer file.

    Readers see the old one until the transaction ends.
    """
    staging = Tables(tables.dataset, ".next")
    connection.execute(staging.create_l0(staging.l0))
    tables.set_current_file(connection, file_name)
    count = copy_rows(connection, staging.l0, rows)
    validate_l1(connection, staging, 1, rows)
    file_date = order.date_of(connection, staging.l0)
    if order.newer_files(file_date):
        connection.execute(sql.SQL("DROP TABLE {}").format(staging.l0))
        return Loaded(0, dict(rows.skipped), superseded=count, file_date=file_date)
    staging.complete(connection)
    make_room(connection, tables)
    put_in_place(connection, staging)
    return Loaded(count, dict(rows.skipped), file_date=file_date)
