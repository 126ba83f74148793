"""Datasets that are declared no longer: which they are, and how their tables go."""

from collections.abc import Collection

from psycopg import sql

from dss_assets.database import Connection, lock_dataset
from dss_assets.errors import IngestionError
from dss_web.shared.contract import REGISTRY, SOURCE_LISTING, UPLOAD_PIPELINE

_REGISTRY = sql.Identifier(*REGISTRY)
_LISTINGS = sql.Identifier(*SOURCE_LISTING)
_PIPELINES = sql.Identifier(*UPLOAD_PIPELINE)


class StillInUse(IngestionError):
    """The dataset is declared, or staff upload it, or nothing is known of it."""


def undeclared(connection: Connection, declared: Collection[str]) -> list[str]:
    """The keys of datasets that have files in the registry, are not declared, and are not uploaded by staff."""
    rows = connection.execute(
        sql.SQL(
            "SELECT DISTINCT source FROM {} AS entry WHERE source <> ALL (%s)"
            " AND NOT EXISTS (SELECT FROM {} WHERE organisation || '.' || dataset = source) ORDER BY source"
        ).format(_REGISTRY, _PIPELINES),
        [list(declared)],
    ).fetchall()
    return [key for (key,) in rows]


def remove(connection: Connection, key: str, declared: Collection[str]) -> None:
    """Drop the tables of a dataset that is declared no longer, and forget its files; the stored bytes stay.

    Raises StillInUse for any other dataset. Where something else in the database stands on its tables, Postgres's error
    says what, and everything stays.
    """
    if key not in undeclared(connection, declared):
        raise StillInUse(
            f"{key} was not removed: it is declared, or staff upload it, or no file of it is known. "
            f"Only what is declared no longer can be removed; take {key} out of the datasets first."
        )
    with connection.transaction():
        lock_dataset(connection, key)
        # Views before what they are made of: by kind, "v" comes after "r".
        relations = connection.execute(
            "SELECT relname, relkind::text FROM pg_class WHERE relnamespace = to_regnamespace(%s)"
            " AND relkind IN ('r', 'v') ORDER BY relkind DESC",
            [sql.Identifier(key).as_string(connection)],
        ).fetchall()
        for name, kind in relations:
            drop = sql.SQL("DROP VIEW {}") if kind == "v" else sql.SQL("DROP TABLE {}")
            connection.execute(drop.format(sql.Identifier(key, name)))
        connection.execute(sql.SQL("DROP SCHEMA IF EXISTS {}").format(sql.Identifier(key)))
        for table in (_REGISTRY, _LISTINGS):
            connection.execute(sql.SQL("DELETE FROM {} WHERE source = %s").format(table), [key])
