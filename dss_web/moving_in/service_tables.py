"""Where the Flask service's own database is adopted: its tables aside, so that ours can have their names, and back.

Moving a table to another schema, and renaming a schema, changes catalogs alone. Nothing is dropped on either way.
"""

from collections.abc import Iterator
from typing import Any

import psycopg
from psycopg import sql

from dss_web.moving_in.former import SERVICE_TABLES
from dss_web.shared.former import FLASK, OURS, aside_comment, aside_name, name_before

_SERVICE_SCHEMAS = sorted({schema for schema, _ in SERVICE_TABLES})


def is_aside(connection: psycopg.Connection[Any]) -> bool:
    """Whether the Flask service's tables are aside, so that those of these names are ours or nobody's."""
    return _has(connection, aside_name("public"))


def to_put_aside(connection: psycopg.Connection[Any]) -> list[str]:
    """What `put_aside` would do, in sentences."""
    return [f"{schema}.{table} → {aside_name(schema)}.{table}" for schema, table in SERVICE_TABLES]


def put_aside(connection: psycopg.Connection[Any]) -> None:
    """Move the Flask service's own tables aside; bring ours back, where there were some before a way back."""
    with connection.transaction():
        _service_tables_aside(connection, FLASK)
        _bring_back(connection, OURS, FLASK)


def go_back(connection: psycopg.Connection[Any]) -> list[str]:
    """Give the Flask service its names again, and put aside what is ours. Returns what was renamed, in sentences."""
    with connection.transaction():
        _service_tables_aside(connection, OURS)
        return [*_bring_back(connection, FLASK, OURS)]


def _service_tables_aside(connection: psycopg.Connection[Any], prefix: str) -> None:
    for schema in _SERVICE_SCHEMAS:
        aside = aside_name(schema, prefix)
        connection.execute(sql.SQL("CREATE SCHEMA {}").format(sql.Identifier(aside)))
        _comment(connection, aside, schema)
    for schema, table in SERVICE_TABLES:
        connection.execute(
            sql.SQL("ALTER TABLE IF EXISTS {} SET SCHEMA {}").format(
                sql.Identifier(schema, table), sql.Identifier(aside_name(schema, prefix))
            )
        )


def _bring_back(connection: psycopg.Connection[Any], prefix: str, other: str) -> Iterator[str]:
    """Give all schemas that were put aside under a prefix their names; those that have them now go aside as `other`."""
    return iter([*_brought_back(connection, prefix, other)])


def _brought_back(connection: psycopg.Connection[Any], prefix: str, other: str) -> Iterator[str]:
    rows = connection.execute(
        "SELECT nspname AS name, obj_description(oid, 'pg_namespace') AS comment FROM pg_namespace"
        " WHERE starts_with(nspname, %s) AND obj_description(oid, 'pg_namespace') LIKE 'Put aside: %%' ORDER BY 1",
        [prefix],
    ).fetchall()
    for row in rows:
        schema = name_before(row["comment"])
        if schema in _SERVICE_SCHEMAS:
            for of_schema, table in SERVICE_TABLES:
                if of_schema == schema:
                    connection.execute(
                        sql.SQL("ALTER TABLE IF EXISTS {} SET SCHEMA {}").format(
                            sql.Identifier(row["name"], table), sql.Identifier(schema)
                        )
                    )
                    yield f"{row['name']}.{table} → {schema}.{table}"
            connection.execute(sql.SQL("DROP SCHEMA {}").format(sql.Identifier(row["name"])))
            continue
        if _has(connection, schema):
            aside = aside_name(schema, other)
            _rename(connection, schema, aside)
            _comment(connection, aside, schema)
            yield f"{schema} → {aside}"
        _rename(connection, row["name"], schema)
        connection.execute(sql.SQL("COMMENT ON SCHEMA {} IS NULL").format(sql.Identifier(schema)))
        yield f"{row['name']} → {schema}"


def _rename(connection: psycopg.Connection[Any], old: str, new: str) -> None:
    connection.execute(sql.SQL("ALTER SCHEMA {} RENAME TO {}").format(sql.Identifier(old), sql.Identifier(new)))


def _comment(connection: psycopg.Connection[Any], aside: str, schema: str) -> None:
    connection.execute(
        sql.SQL("COMMENT ON SCHEMA {} IS {}").format(sql.Identifier(aside), sql.Literal(aside_comment(schema)))
    )


def _has(connection: psycopg.Connection[Any], schema: str) -> bool:
    return connection.execute("SELECT FROM pg_namespace WHERE nspname = %s", [schema]).rowcount > 0
