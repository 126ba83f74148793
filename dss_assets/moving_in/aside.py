"""The schema of a dataset in an adopted database -> beside ours, under another name.

Renaming a schema locks none of its tables, so nobody who reads them waits, and it takes no time.
"""

from psycopg import sql

from dss_assets.database import Connection
from dss_assets.moving_in.former import FormerDatabase
from dss_web.shared.former import aside_comment, aside_name


def put_aside(former: FormerDatabase, connection: Connection, schema: str, ours: list[str]) -> None:
    """Put a schema of the Flask service aside, in the caller's transaction, and make one of its name for ours.

    `ours` are names of tables that were made in it. Nothing is done where it is aside already, or not in this database.
    """
    if not former.is_in_place or former.schema(schema) != schema:
        return
    aside = aside_name(schema)
    connection.execute(sql.SQL("ALTER SCHEMA {} RENAME TO {}").format(sql.Identifier(schema), sql.Identifier(aside)))
    connection.execute(
        sql.SQL("COMMENT ON SCHEMA {} IS {}").format(sql.Identifier(aside), sql.Literal(aside_comment(schema)))
    )
    connection.execute(sql.SQL("CREATE SCHEMA {}").format(sql.Identifier(schema)))
    for name in ours:
        connection.execute(
            sql.SQL("ALTER TABLE IF EXISTS {} SET SCHEMA {}").format(
                sql.Identifier(aside, name), sql.Identifier(schema)
            )
        )
