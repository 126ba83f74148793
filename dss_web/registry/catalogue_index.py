"""The catalogue and the states of its datasets -> `operations.catalogue_index`, which lists and the search read.

Deriving a thousand states or search vectors takes longer than a page may, so they are kept. A worker writes what has
changed every half minute; what people change on a page of ours is written with it.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from psycopg import Connection, sql

from dss_web.registry.dataset_states import DatasetState, dataset_states
from dss_web.shared.contract import CATALOGUE, CATALOGUE_INDEX, TABLE_VERSION

# Goes up with each change of how search vectors are made: then all of them are made again.
_FORM: Final = 1

# Making a search vector takes a quarter of a millisecond, so it is made where something has changed since. One row for
# each key, even where somebody declares a dataset that people upload already. Of a key's names the underscores are
# spaces to people: without, "export_wins" would be one word.
_DESCRIBE: Final = sql.SQL("""
    WITH changed AS MATERIALIZED (
        SELECT said.* FROM (
            SELECT DISTINCT ON (key) *, hash_record_extended(
                ROW(schema_name, is_uploaded, title, description, owner, tables, archived_at), %(form)s
            ) AS fingerprint
            FROM {catalogue} WHERE withdrawn_at IS NULL AND (%(keys)s::text[] IS NULL OR key = ANY (%(keys)s))
            ORDER BY key, is_uploaded
        ) AS said LEFT JOIN {index} AS known USING (key)
        WHERE known.fingerprint IS DISTINCT FROM said.fingerprint
    )
    INSERT INTO {index} AS known (
        key, schema_name, is_uploaded, organisation, title, description, owner, is_archived, search, fingerprint,
        state, why
    )
    SELECT key, schema_name, is_uploaded, organisation, named.title, description, owner, archived_at IS NOT NULL,
        setweight(to_tsvector('english', named.title || ' ' || translate(key, '._', '  ')), 'A')
            || setweight(to_tsvector('english', owner || ' ' || columns), 'B')
            || setweight(to_tsvector('english', description || ' ' || meanings), 'C'),
        fingerprint, 'empty', ''
    FROM changed
    CROSS JOIN LATERAL (
        SELECT split_part(key, '.', 1) AS organisation,
            coalesce(nullif(title, ''), translate(split_part(key, '.', 2), '_', ' ')) AS title
    ) AS named
    CROSS JOIN LATERAL (
        SELECT coalesce(string_agg(DISTINCT translate(each ->> 'name', '_', ' '), ' '), '') AS columns,
            coalesce(string_agg(DISTINCT each ->> 'description', ' '), '') AS meanings
        FROM jsonb_path_query(tables, '$[*].columns[*]') AS each
    ) AS described
    ON CONFLICT (key) DO UPDATE SET
        schema_name = excluded.schema_name, is_uploaded = excluded.is_uploaded, title = excluded.title,
        description = excluded.description, owner = excluded.owner, is_archived = excluded.is_archived,
        search = excluded.search, fingerprint = excluded.fingerprint
""").format(index=sql.Identifier(*CATALOGUE_INDEX), catalogue=sql.Identifier(*CATALOGUE))
_FORGET: Final = sql.SQL("""
    DELETE FROM {index} WHERE NOT EXISTS (
        SELECT FROM {catalogue} AS there WHERE there.key = {index}.key AND withdrawn_at IS NULL
    )
""").format(index=sql.Identifier(*CATALOGUE_INDEX), catalogue=sql.Identifier(*CATALOGUE))
# The largest table of a schema stands for all: others are derived from it, or belong to it. Kept tables have an @ in
# their names. Postgres's estimate is -1 until a table is analysed, which small ones may never be.
_ESTIMATES: Final = sql.SQL("""
    SELECT nspname, max(reltuples)::bigint FROM {versions} JOIN pg_class ON pg_class.oid = base
    JOIN pg_namespace ON pg_namespace.oid = relnamespace
    WHERE reltuples >= 0 AND relname NOT LIKE '%@%' GROUP BY nspname
""").format(versions=sql.Identifier(*TABLE_VERSION))
_STATES: Final = sql.SQL("""
    UPDATE {index} AS known
    SET state = now.state, since = now.since, why = now.why, loaded_at = now.loaded_at, rows = now.rows
    FROM unnest(%(keys)s::text[], %(states)s::text[], %(since)s::timestamptz[], %(why)s::text[],
        %(loaded_at)s::timestamptz[], %(rows)s::bigint[]) AS now (key, state, since, why, loaded_at, rows)
    WHERE now.key = known.key AND (known.state, known.since, known.why, known.loaded_at, known.rows)
    IS DISTINCT FROM (now.state, now.since, now.why, now.loaded_at, now.rows)
""").format(index=sql.Identifier(*CATALOGUE_INDEX))
_LOCK: Final = "SELECT pg_try_advisory_xact_lock(hashtextextended('catalogue index', 0))"


def describe(connection: Connection[Any], keys: Sequence[str] | None = None) -> None:
    """Write down what datasets are called and hold: of these `organisation.dataset`, or of all. States stay."""
    connection.execute(_DESCRIBE, {"keys": None if keys is None else list(keys), "form": _FORM})


def refresh(connection: Connection[Any]) -> bool:
    """Write down what has changed of all datasets, their states included, and forget those that are gone.

    False, and nothing done, while another worker does it.
    """
    with connection.transaction():
        if connection.execute(_LOCK).fetchone() != (True,):
            return False
        describe(connection)
        connection.execute(_FORGET)
        estimates = dict(connection.execute(_ESTIMATES).fetchall())
        states = dataset_states(connection)
        connection.execute(
            _STATES,
            {
                "keys": [state.dataset for state in states],
                "states": [str(state.state) for state in states],
                "since": [state.since for state in states],
                "why": [state.why for state in states],
                "loaded_at": [state.loaded_at for state in states],
                "rows": [_rows(state, estimates) for state in states],
            },
        )
    return True


def _rows(state: DatasetState, estimates: Mapping[str, int]) -> int | None:
    """How many rows a dataset has. Each load of an uploaded one is all of it, and its number is exact."""
    return state.rows if state.is_uploaded else estimates.get(state.schema_name, state.rows)
