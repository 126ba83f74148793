"""Each file takes the place of all before it: a new table is filled beside the old one, then they swap."""

from psycopg import sql

from dss_assets.database import Connection
from dss_assets.loading.convertible import validate_l1
from dss_assets.loading.copy_in import Loaded, Merged, copy_rows
from dss_assets.loading.file_order import FileOrder
from dss_assets.loading.kept import drop_base, make_room, put_aside
from dss_assets.loading.merging import fill_merged
from dss_assets.loading.swap import put_in_place
from dss_assets.loading.tables import Tables
from dss_assets.parsing import Rows


def load_replace(connection: Connection, tables: Tables, file_name: str, rows: Rows, order: FileOrder) -> Loaded:
    """Fill a table and put it in L0's place, unless that is of a newer file.

    Readers see the old one until the transaction ends. Where `tables` are those beside the ones in use (`BASE`), it is
    put there instead: readers notice nothing, and it stays until the next load of the dataset.
    """
    staging, merged = _fill(connection, tables, file_name, rows)
    if tables.suffix:
        put_aside(connection, staging, tables)
        return Loaded(merged.added, dict(rows.skipped), merged=merged)
    file_date = order.date_of(connection, staging.l0)
    if order.newer_files(file_date):
        connection.execute(sql.SQL("DROP TABLE {}").format(staging.l0))
        return Loaded(0, dict(rows.skipped), superseded=merged.added, file_date=file_date)
    staging.complete(connection)
    count = _count(connection, staging) if tables.dataset.merge else merged.added
    make_room(connection, tables)
    put_in_place(connection, staging)
    drop_base(connection, tables.dataset.key)
    return Loaded(count, dict(rows.skipped), file_date=file_date, merged=merged if tables.dataset.merge else None)


def _fill(connection: Connection, tables: Tables, file_name: str, rows: Rows) -> tuple[Tables, Merged]:
    """A table beside the one in use, with the rows of a file and those of the earlier one that it is merged with."""
    staging = Tables(tables.dataset, ".next")
    connection.execute(staging.create_l0(staging.l0))
    tables.set_current_file(connection, file_name)
    merge = tables.dataset.merge
    merged = (
        fill_merged(connection, staging, merge, rows) if merge else Merged(copy_rows(connection, staging.l0, rows), 0)
    )
    validate_l1(connection, staging, 1, rows)
    return staging, merged


def _count(connection: Connection, staging: Tables) -> int:
    found = connection.execute(sql.SQL("SELECT count(*) FROM {}").format(staging.l0)).fetchone()
    return found[0] if found else 0
