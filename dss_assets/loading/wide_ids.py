"""Tables of releases up to 0.2, whose `id` is an integer -> the same tables with a bigint.

An integer ends after 2,147,483,647 rows ever loaded, reloads included; a snapshot takes an id for each row of each
file.
"""

from psycopg import sql

from dss_assets.database import Connection
from dss_assets.loading.polite_lock import lock_out_readers
from dss_web.shared.contract import TABLE_VERSION

_VERSIONS = sql.Identifier(*TABLE_VERSION)


def has_integer_ids(connection: Connection, table: sql.Identifier) -> bool:
    """Whether a table is there and has an `id` of the old type."""
    row = connection.execute(
        "SELECT format_type(atttypid, NULL) FROM pg_attribute WHERE attrelid = to_regclass(%s) AND attname = 'id'",
        [table.as_string(connection)],
    ).fetchone()
    return bool(row and row[0] == "integer")


def widen_ids(
    connection: Connection,
    table: sql.Identifier,
    wide: sql.Identifier,
    view: sql.Identifier,
    create_view: sql.Composed | None,
) -> None:
    """Put a copy of `table` with bigint ids in its place; `wide` is the copy's name meanwhile.

    In the caller's transaction, which must hold the dataset's lock. Readers read the old table while the rows are
    copied, and wait for the swap alone, which comes once nobody reads the old table. Rows, ids, columns and their
    order, indexes and the version of the table stay, so a client that is halfway through reads on. `create_view` makes
    the view over the table, if there is to be one.
    """
    name, old = table.as_string(connection), wide.as_string(connection)
    # Rows keep their physical order, which is that of their ids; a scan that joins another one begins in the middle.
    connection.execute("SET LOCAL synchronize_seqscans = off")
    connection.execute(
        sql.SQL("CREATE TABLE {} (LIKE {} INCLUDING DEFAULTS INCLUDING IDENTITY INCLUDING COMMENTS)").format(
            wide, table
        )
    )
    # Alters the identity's sequence as well.
    connection.execute(sql.SQL("ALTER TABLE {} ALTER COLUMN id TYPE bigint").format(wide))
    connection.execute(sql.SQL("INSERT INTO {} SELECT * FROM {}").format(wide, table))
    connection.execute(
        "SELECT setval(pg_get_serial_sequence(%s, 'id'), greatest(last_value, 1), last_value IS NOT NULL)"
        " FROM pg_sequence_last_value(pg_get_serial_sequence(%s, 'id')::regclass) AS last_value",
        [old, name],
    )
    indexes = _copy_indexes(connection, table, wide)
    found = connection.execute("SELECT to_regclass(%s)::oid", [view.as_string(connection)]).fetchone()
    view_oid = found[0] if found else None
    connection.execute(
        sql.SQL(
            "UPDATE {} SET base = %(new)s::regclass,"
            " relation = CASE WHEN relation = base THEN %(new)s::regclass ELSE relation END"
            " WHERE base = %(old)s::regclass"
        ).format(_VERSIONS),
        {"new": old, "old": name},
    )
    lock_out_readers(connection, table, *([view] if view_oid is not None else []))
    # From here on readers wait, until the transaction ends.
    connection.execute(sql.SQL("DROP VIEW IF EXISTS {}").format(view))
    connection.execute(sql.SQL("DROP TABLE {}").format(table))
    connection.execute(sql.SQL("ALTER TABLE {} RENAME TO {}").format(wide, sql.Identifier("L0")))
    for copy, index in indexes:
        connection.execute(sql.SQL("ALTER INDEX {} RENAME TO {}").format(copy, index))
    if view_oid is not None and create_view is not None:
        connection.execute(create_view)
        connection.execute(
            sql.SQL("UPDATE {} SET relation = %s::regclass WHERE relation = %s::oid::regclass").format(_VERSIONS),
            [view.as_string(connection), view_oid],
        )


def _copy_indexes(
    connection: Connection, table: sql.Identifier, wide: sql.Identifier
) -> list[tuple[sql.Identifier, sql.Identifier]]:
    """Make the indexes of `table` over `wide` as well; each by its name for now, and the one that it is to get."""
    rows = connection.execute(
        """
        SELECT namespace.nspname, index.relname, constraint_.contype::text, pg_get_constraintdef(constraint_.oid),
            array(SELECT attname::text FROM pg_attribute WHERE attrelid = index.oid ORDER BY attnum)
        FROM pg_index
        JOIN pg_class AS index ON index.oid = indexrelid
        JOIN pg_namespace AS namespace ON namespace.oid = index.relnamespace
        LEFT JOIN pg_constraint AS constraint_ ON conindid = indexrelid AND contype IN ('p', 'u')
        WHERE indrelid = %s::regclass
        """,
        [table.as_string(connection)],
    ).fetchall()
    copies = []
    for schema, name, constraint, definition, columns in rows:
        copy = f"{name}.wide"
        if constraint:
            connection.execute(
                sql.SQL("ALTER TABLE {} ADD CONSTRAINT {} {}").format(wide, sql.Identifier(copy), sql.SQL(definition))
            )
        else:
            connection.execute(
                sql.SQL("CREATE INDEX {} ON {} ({})").format(
                    sql.Identifier(copy), wide, sql.SQL(", ").join(map(sql.Identifier, columns))
                )
            )
        copies.append((sql.Identifier(schema, copy), sql.Identifier(name)))
    return copies
