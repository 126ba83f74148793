"""Datasets that are declared no longer: which they are, and how their tables go."""

from collections.abc import Collection

from psycopg import sql

from dss_assets.database import Connection, lock_dataset
from dss_assets.errors import IngestionError
from dss_assets.loading.tables import schema_comment
from dss_web.shared.contract import KEPT_TABLE, REGISTRY, REJECT, SOURCE_LISTING, UPLOAD_PIPELINE

_REGISTRY = sql.Identifier(*REGISTRY)
_REJECTS = sql.Identifier(*REJECT)
_KEPT = sql.Identifier(*KEPT_TABLE)
_LISTINGS = sql.Identifier(*SOURCE_LISTING)
_PIPELINES = sql.Identifier(*UPLOAD_PIPELINE)


class StillInUse(IngestionError):
    """The dataset is declared, or staff upload it, or nothing is known of it."""


# Relies on the unique (source, file_name): it is read by leaps from one source to the next, so that the cost grows with
# the number of sources, and not with that of files.
_UNDECLARED = sql.SQL("""
    WITH RECURSIVE known (source) AS (
        SELECT min(source) FROM {registry}
        UNION ALL
        SELECT (SELECT min(source) FROM {registry} WHERE source > known.source) FROM known WHERE source IS NOT NULL
    )
    SELECT source FROM known WHERE source <> ALL (%s)
    AND NOT EXISTS (SELECT FROM {pipelines} WHERE organisation || '.' || dataset = source) ORDER BY source
""").format(registry=_REGISTRY, pipelines=_PIPELINES)


def undeclared(connection: Connection, declared: Collection[str]) -> list[str]:
    """The keys of datasets that have files in the registry, are not declared, and are not uploaded by staff."""
    return [key for (key,) in connection.execute(_UNDECLARED, [list(declared)]).fetchall()]


def remove(connection: Connection, key: str, declared: Collection[str]) -> None:
    """Drop the tables of a dataset that is declared no longer, and forget its files; the stored bytes stay.

    Raises StillInUse for any other dataset. Where something else in the database stands on its tables, Postgres's error
    says what, and everything stays.
    """
    if key not in undeclared(connection, declared):
        reason = (
            "it is declared. Take it out of the datasets first."
            if key in declared
            else "no file of it is known, or staff upload it. Only datasets that were declared before can be removed."
        )
        raise StillInUse(f"{key} was not removed: {reason}")
    with connection.transaction():
        lock_dataset(connection, key)
        for schema in _schemas(connection, key):
            drop_schema(connection, schema)
        for table in (_REGISTRY, _REJECTS, _LISTINGS, _KEPT):
            # What was derived of its tables goes with them.
            sources = [key, f"{key}.transformed"]
            connection.execute(sql.SQL("DELETE FROM {} WHERE source = ANY (%s)").format(table), [sources])


def _schemas(connection: Connection, key: str) -> list[str]:
    """The schemas that hold a dataset's tables."""
    rows = connection.execute(
        "SELECT nspname FROM pg_namespace WHERE nspname = %s OR obj_description(oid, 'pg_namespace') = %s",
        [key, schema_comment(key)],
    ).fetchall()
    return [schema for (schema,) in rows]


def drop_schema(connection: Connection, schema: str) -> None:
    """Drop a schema with the tables and views in it. Views go before what they are made of."""
    for kind, drop in (("v", sql.SQL("DROP VIEW {}")), ("r", sql.SQL("DROP TABLE {}"))):
        found = connection.execute(
            "SELECT relname FROM pg_class WHERE relnamespace = to_regnamespace(%s) AND relkind = %s",
            [sql.Identifier(schema).as_string(connection), kind],
        ).fetchall()
        if found:
            # At once, since the tables of a release refer to one another.
            names = sql.SQL(", ").join(sql.Identifier(schema, name) for (name,) in found)
            connection.execute(drop.format(names))
    connection.execute(sql.SQL("DROP SCHEMA {}").format(sql.Identifier(schema)))
