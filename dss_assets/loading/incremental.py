"""Each file adds its rows; the same file again replaces its own."""

from psycopg import sql

from dss_assets.database import Connection
from dss_assets.errors import InvalidFile
from dss_assets.loading.change_log import delete_rows
from dss_assets.loading.convertible import validate_l1
from dss_assets.loading.copy_in import Loaded, copy_rows
from dss_assets.loading.file_order import FileOrder
from dss_assets.loading.tables import Tables
from dss_assets.loading.units import Units
from dss_assets.loading.views import converted, is_valid
from dss_assets.parsing import Rows


def load_incremental(connection: Connection, tables: Tables, file_name: str, rows: Rows, order: FileOrder) -> Loaded:
    """Copy the rows behind all others. Their ids follow one another, since the lock keeps other loads out."""
    before = connection.execute(
        sql.SQL("DELETE FROM {} WHERE datafile_created = %s RETURNING first_id, last_id").format(tables.files),
        [file_name],
    ).fetchone()
    if before:
        own = sql.SQL("id BETWEEN {} AND {}").format(*map(sql.Literal, before))
        delete_rows(connection, tables.l0, own, *tables.views_with_ids)
    tables.set_current_file(connection, file_name)
    count = copy_rows(connection, tables.l0, rows)
    last_id = connection.execute(
        "SELECT currval(pg_get_serial_sequence(%s, 'id'))", [tables.l0.as_string(connection)]
    ).fetchone()[0]  # type: ignore[index]  # COPY has just used the sequence
    first_id = last_id - count + 1
    validate_l1(connection, tables, first_id, rows)
    file_date = order.date_of(connection, tables.l0, first_id)
    superseded = 0
    if tables.dataset.unit:
        units = Units(tables.l0, tables.files, tables.dataset.unit, tables.columns, first_id, tables.views_with_ids)
        superseded = units.settle(connection, order.newer_files(file_date))
    _record_file(connection, tables, file_name, rows, first_id, last_id)
    tables.complete(connection)
    return Loaded(count - superseded, dict(rows.skipped), superseded=superseded, file_date=file_date)


def _record_file(
    connection: Connection, tables: Tables, file_name: str, rows: Rows, first_id: int, last_id: int
) -> None:
    values = tables.dataset.file_values
    for value in values:
        found = rows.file_values.get(value.group)
        if found is None:
            raise InvalidFile(
                f"{rows.place} is no zip: {value.name} has its value from the name of a zip's member. Nothing was "
                "loaded. Pack the file under the name that the publisher gives it."
            )
        valid = connection.execute(sql.SQL("SELECT {}").format(is_valid(value.conversion, found))).fetchone()
        if not (valid and valid[0]):
            raise InvalidFile(f"{rows.place}: found {found!r} in its name, expected {value.conversion.expected}.")
    connection.execute(
        sql.SQL("INSERT INTO {} (datafile_created, first_id, last_id{}) VALUES (%s, %s, %s{})").format(
            tables.files,
            sql.Composed([sql.SQL(", {}").format(sql.Identifier(value.name)) for value in values]),
            sql.Composed(
                [sql.SQL(", {}").format(converted(value.conversion, rows.file_values[value.group])) for value in values]
            ),
        ),
        [file_name, first_id, last_id],
    )
