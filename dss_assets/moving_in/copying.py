"""Rows of one database -> a table of another, as Postgres sends them: no value is read on the way."""

from psycopg import sql

from dss_assets.database import Connection


def copy_rows(
    source: Connection, select: sql.Composable, target: Connection, table: sql.Identifier, names: list[str]
) -> None:
    """Copy what `select` gives into the columns `names` of a table, in constant memory.

    Both sides speak the binary format of Postgres, in which each value is exact; so the types must be the same.
    """
    columns = sql.SQL(", ").join(map(sql.Identifier, names))
    out = sql.SQL("COPY ({}) TO STDOUT (FORMAT binary)").format(select)
    into = sql.SQL("COPY {} ({}) FROM STDIN (FORMAT binary)").format(table, columns)
    with source.cursor().copy(out) as rows, target.cursor().copy(into) as copied:
        for block in rows:
            copied.write(block)
