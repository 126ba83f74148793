"""Which state a table is in, noted for its readers: `operations.table_version`.

A statement trigger notes each change in the change's own transaction, whoever makes it. Rows that are added behind
all others make a new version; rows or columns that are changed or removed make a new generation as well, and
clients that are half through the table are told so.
"""

from collections.abc import Iterable

from psycopg import sql

from dss_assets.database import Connection
from dss_web.shared.contract import CHANGE_TRIGGER, TABLE_VERSION, VERSION_NUMBER

_VERSIONS = sql.Identifier(*TABLE_VERSION)
_NUMBER = sql.SQL("nextval({})").format(sql.Literal(".".join(VERSION_NUMBER)))


def track_changes(
    connection: Connection, table: sql.Identifier, *views: sql.Identifier, ignored_columns: Iterable[str] = ()
) -> None:
    """Note from now on, in the caller's transaction, what becomes of a table and of views over it alone.

    The table's ids must be unique, not null, and grow with each row that is added. `ignored_columns` are those that no
    reader is shown: an UPDATE of them alone does not count. Calling it again changes nothing.
    """
    _create_or_replace_trigger(connection, table, list(ignored_columns))
    base = sql.Literal(table.as_string(connection))
    for relation in (table, *views):
        connection.execute(
            sql.SQL(
                "INSERT INTO {versions} (relation, base, version, generation)"
                " SELECT {relation}::regclass, {base}::regclass, number, number FROM {number} AS number"
                " ON CONFLICT (relation) DO NOTHING"
            ).format(
                versions=_VERSIONS, relation=sql.Literal(relation.as_string(connection)), base=base, number=_NUMBER
            )
        )
    # Of tables that were replaced or dropped.
    connection.execute(
        sql.SQL("DELETE FROM {} WHERE NOT EXISTS (SELECT FROM pg_class WHERE oid = relation)").format(_VERSIONS)
    )


def delete_unseen_rows(connection: Connection, table: sql.Identifier, condition: sql.Composable) -> int:
    """Delete rows `l0` that this transaction has added, and return their number.

    No reader has seen them, so the table keeps its generation.
    """
    base = sql.Literal(table.as_string(connection))
    generations = connection.execute(
        sql.SQL("SELECT relation::oid, generation FROM {} WHERE base = {}::regclass").format(_VERSIONS, base)
    ).fetchall()
    deleted = connection.execute(sql.SQL("DELETE FROM {} AS l0 WHERE {}").format(table, condition)).rowcount
    for relation, generation in generations:
        connection.execute(
            sql.SQL("UPDATE {} SET generation = %s WHERE relation = %s::oid::regclass").format(_VERSIONS),
            [generation, relation],
        )
    return deleted


def start_generation(connection: Connection, table: sql.Identifier) -> None:
    """Note a change that no trigger sees, such as a new column, of the table and its views."""
    connection.execute(
        sql.SQL(
            "UPDATE {} SET version = number, generation = number, changed_at = now() FROM {} AS number"
            " WHERE base = {}::regclass"
        ).format(_VERSIONS, _NUMBER, sql.Literal(table.as_string(connection)))
    )


def _create_or_replace_trigger(connection: Connection, table: sql.Identifier, ignored_columns: list[str]) -> None:
    """Make the trigger where the table has none, or one for other columns."""
    seen = connection.execute(
        "SELECT array_agg(attnum ORDER BY attnum), array_agg(attname ORDER BY attnum) FROM pg_attribute"
        " WHERE attrelid = to_regclass(%s) AND attnum > 0 AND NOT attisdropped AND attname <> ALL (%s)",
        [table.as_string(connection), ignored_columns],
    ).fetchone()
    assert seen
    numbers, names = seen
    found = connection.execute(
        "SELECT tgattr::int2[] FROM pg_trigger WHERE tgrelid = to_regclass(%s) AND tgname = %s",
        [table.as_string(connection), CHANGE_TRIGGER.name],
    ).fetchone()
    if found == (numbers,):
        return
    connection.execute(
        sql.SQL(
            "CREATE OR REPLACE TRIGGER {} AFTER INSERT OR DELETE OR TRUNCATE OR UPDATE OF {} ON {}"
            " FOR EACH STATEMENT EXECUTE FUNCTION {}()"
        ).format(
            sql.Identifier(CHANGE_TRIGGER.name),
            sql.SQL(", ").join(map(sql.Identifier, names)),
            table,
            sql.Identifier(*CHANGE_TRIGGER),
        )
    )
