"""Each file is the whole dataset; a row is known by the hash of its values and stored once."""

from psycopg import sql

from dss_assets.database import Connection
from dss_assets.dataset import Chosen, MissingRows
from dss_assets.loading.change_log import delete_rows
from dss_assets.loading.convertible import require_keys
from dss_assets.loading.copy_in import Loaded, copy_rows
from dss_assets.loading.file_order import FileOrder
from dss_assets.loading.tables import Tables
from dss_assets.parsing import Rows

_COPIED = sql.Identifier("pg_temp", "copied")
_DISTINCT = sql.Identifier("pg_temp", "distinct_rows")


def load_snapshot(
    connection: Connection,
    tables: Tables,
    file_name: str,
    rows: Rows,
    missing_rows: MissingRows,
    order: FileOrder,
) -> Loaded:
    """Add the rows that are new, in the order of the file, and note which known ones the file has again.

    Of a file that is older than a loaded one, rows that are known already stay as they are. Where only the newest file
    counts, or the row that was loaded last, such a file is left out.
    """
    columns = tables.columns
    connection.execute(
        sql.SQL(
            "CREATE TEMPORARY TABLE copied (LIKE {}, line bigint GENERATED ALWAYS AS IDENTITY) ON COMMIT DROP"
        ).format(tables.l0)
    )
    connection.execute(sql.SQL("ALTER TABLE {} DROP COLUMN id, DROP COLUMN data_hash").format(_COPIED))
    count = copy_rows(connection, _COPIED, rows)
    require_keys(connection, tables.dataset, _COPIED, sql.Identifier("line"), rows)
    file_date = order.date_of(connection, _COPIED)
    is_older = bool(order.newer_files(file_date))
    if is_older and (missing_rows is MissingRows.DELETE or isinstance(tables.dataset.l1, Chosen)):
        return Loaded(0, dict(rows.skipped), superseded=count, file_date=file_date)
    # The hash is part of what readers of L0 have relied on: md5 of the row's text form.
    connection.execute(
        sql.SQL(
            "CREATE TEMPORARY TABLE distinct_rows ON COMMIT DROP AS SELECT DISTINCT ON (data_hash) *"
            " FROM (SELECT *, md5(ROW({})::text) AS data_hash FROM {}) AS hashed ORDER BY data_hash, line"
        ).format(columns, _COPIED)
    )
    delete_rows(
        connection,
        tables.l0,
        sql.SQL(
            "datafile_created = {file} AND datafile_updated = {file}"
            " AND NOT EXISTS (SELECT FROM {now} AS now WHERE now.data_hash = l0.data_hash)"
        ).format(file=sql.Literal(file_name), now=_DISTINCT),
        *tables.views_with_ids,
    )
    connection.execute(
        sql.SQL(
            "INSERT INTO {l0} ({columns}, datafile_created, datafile_updated, data_hash)"
            " SELECT {columns}, %(file)s, %(file)s, data_hash FROM {distinct_rows} ORDER BY line"
            " ON CONFLICT (data_hash) DO {known}"
        ).format(
            l0=tables.l0,
            columns=columns,
            distinct_rows=_DISTINCT,
            known=sql.SQL("NOTHING" if is_older else "UPDATE SET datafile_updated = excluded.datafile_updated"),
        ),
        {"file": file_name},
    )
    if missing_rows is MissingRows.DELETE:
        missing = sql.SQL("datafile_updated <> {}").format(sql.Literal(file_name))
        delete_rows(connection, tables.l0, missing, *tables.views_with_ids)
    # Several files may be loaded in one transaction.
    for temporary in (_COPIED, _DISTINCT):
        connection.execute(sql.SQL("DROP TABLE {}").format(temporary))
    tables.complete(connection)
    return Loaded(count, dict(rows.skipped), file_date=file_date)
