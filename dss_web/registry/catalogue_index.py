"""The catalogue and the states of its datasets -> `operations.catalogue_index`, which lists and the search read.

Deriving a thousand states or search vectors takes longer than a page may, so they are kept. A worker writes what has
changed every half minute; what people change on a page of ours is written with it.
"""

from collections.abc import Sequence
from typing import Any, Final

from psycopg import Connection, sql

from dss_web.registry.dataset_states import dataset_states
from dss_web.shared.contract import CATALOGUE, CATALOGUE_INDEX, TABLE_VERSION

# What it relies on: the first table that a dataset's row count is taken of is the largest of its schema, as all others
# are derived from it or belong to it. Postgres's estimate is -1 until a table is analysed.
# Of a key's names the underscores are spaces to people: without, "export_wins" would be one word.
_DESCRIBE: Final = sql.SQL("""
    INSERT INTO {index} AS known (
        key, schema_name, is_uploaded, organisation, title, description, owner, rows, is_archived, search, state, why
    )
    SELECT key, schema_name, is_uploaded, organisation, named.title, description, owner, counted.rows,
        archived_at IS NOT NULL,
        setweight(to_tsvector('english', named.title || ' ' || translate(key, '._', '  ')), 'A')
            || setweight(to_tsvector('english', owner || ' ' || columns), 'B')
            || setweight(to_tsvector('english', description || ' ' || meanings), 'C'),
        'empty', ''
    FROM {catalogue}
    CROSS JOIN LATERAL (
        SELECT split_part(key, '.', 1) AS organisation,
            coalesce(nullif(title, ''), translate(split_part(key, '.', 2), '_', ' ')) AS title
    ) AS named
    CROSS JOIN LATERAL (
        SELECT coalesce(string_agg(DISTINCT translate(each ->> 'name', '_', ' '), ' '), '') AS columns,
            coalesce(string_agg(DISTINCT each ->> 'description', ' '), '') AS meanings
        FROM jsonb_path_query(tables, '$[*].columns[*]') AS each
    ) AS described
    CROSS JOIN LATERAL (
        SELECT max(nullif(base.reltuples, -1))::bigint AS rows
        FROM {versions} JOIN pg_class AS base ON base.oid = {versions}.base
        WHERE base.relnamespace = to_regnamespace(quote_ident(schema_name))
    ) AS counted
    WHERE withdrawn_at IS NULL AND (%(keys)s::text[] IS NULL OR key = ANY (%(keys)s))
    ON CONFLICT (key) DO UPDATE SET
        schema_name = excluded.schema_name, is_uploaded = excluded.is_uploaded, title = excluded.title,
        description = excluded.description, owner = excluded.owner, rows = excluded.rows,
        is_archived = excluded.is_archived, search = excluded.search
    WHERE (known.schema_name, known.is_uploaded, known.title, known.description, known.owner, known.rows,
        known.is_archived, known.search)
    IS DISTINCT FROM (excluded.schema_name, excluded.is_uploaded, excluded.title, excluded.description, excluded.owner,
        excluded.rows, excluded.is_archived, excluded.search)
""").format(
    index=sql.Identifier(*CATALOGUE_INDEX),
    catalogue=sql.Identifier(*CATALOGUE),
    versions=sql.Identifier(*TABLE_VERSION),
)
_FORGET: Final = sql.SQL("""
    DELETE FROM {index} WHERE NOT EXISTS (
        SELECT FROM {catalogue} AS there WHERE there.key = {index}.key AND withdrawn_at IS NULL
    )
""").format(index=sql.Identifier(*CATALOGUE_INDEX), catalogue=sql.Identifier(*CATALOGUE))
_STATES: Final = sql.SQL("""
    UPDATE {index} AS known SET state = now.state, since = now.since, why = now.why, loaded_at = now.loaded_at,
        digest = now.digest
    FROM unnest(%(keys)s::text[], %(states)s::text[], %(since)s::timestamptz[], %(why)s::text[],
        %(loaded_at)s::timestamptz[], %(digest)s::text[]) AS now (key, state, since, why, loaded_at, digest)
    WHERE now.key = known.key AND (known.state, known.since, known.why, known.loaded_at, known.digest)
    IS DISTINCT FROM (now.state, now.since, now.why, now.loaded_at, now.digest)
""").format(index=sql.Identifier(*CATALOGUE_INDEX))


def describe(connection: Connection[Any], keys: Sequence[str] | None = None) -> None:
    """Write down what datasets are called and hold: of these `organisation.dataset`, or of all. States stay."""
    connection.execute(_DESCRIBE, {"keys": None if keys is None else list(keys)})


def refresh(connection: Connection[Any]) -> None:
    """Write down what has changed of all datasets, their states included, and forget those that are gone."""
    describe(connection)
    connection.execute(_FORGET)
    states = dataset_states(connection)
    connection.execute(
        _STATES,
        {
            "keys": [state.dataset for state in states],
            "states": [str(state.state) for state in states],
            "since": [state.since for state in states],
            "why": [state.why for state in states],
            "loaded_at": [state.loaded_at for state in states],
            "digest": [state.digest for state in states],
        },
    )
