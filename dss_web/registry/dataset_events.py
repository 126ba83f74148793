"""What has happened to datasets -> `operations.dataset_event`, each thing once, whichever worker looks and how often.

A new version is a table that has changed and has been left alone for a while: of a burst of files there is one. What
two looks have missed is in the next one, since each compares with the version that was noticed last.
"""

from collections.abc import Iterator
from typing import Any, Final

from psycopg import Connection, sql
from psycopg.types.json import Jsonb

from dss_web.shared.contract import (
    ALERT,
    CATALOGUE_INDEX,
    DATASET_EVENT,
    TABLE_VERSION,
    DatasetEventKind,
    Problem,
)

# Between two files of a burst there are seconds.
QUIET: Final = "2 minutes"
# What happened before the service looked for so long is no news any more.
LATEST: Final = "1 day"

# By table its columns, in order: names and types.
_Columns = dict[str, dict[str, str]]

# It relies on version numbers, which one sequence gives for all tables: the greatest is that of the last change.
_CHANGED: Final = sql.SQL("""
    SELECT known.key, known.schema_name, known.rows, known.version, known.changed_at, last.details -> 'columns'
    FROM (
        SELECT key, schema_name, {index}.rows, max(tracked.version) AS version, max(tracked.changed_at) AS changed_at
        FROM {index} JOIN pg_namespace ON nspname = schema_name
        JOIN pg_class ON relnamespace = pg_namespace.oid
        JOIN {versions} AS tracked ON tracked.relation = pg_class.oid
        GROUP BY key
    ) AS known
    LEFT JOIN LATERAL (
        SELECT mark, details FROM {events} AS event
        WHERE event.dataset = known.key AND kind IN ({version}, {breaking}) ORDER BY id DESC LIMIT 1
    ) AS last ON true
    WHERE last.mark IS DISTINCT FROM known.version::text AND known.changed_at < now() - {quiet}::interval
""").format(
    index=sql.Identifier(*CATALOGUE_INDEX),
    versions=sql.Identifier(*TABLE_VERSION),
    events=sql.Identifier(*DATASET_EVENT),
    version=sql.Literal(DatasetEventKind.VERSION),
    breaking=sql.Literal(DatasetEventKind.BREAKING),
    quiet=sql.Literal(QUIET),
)
# Only tables that readers may rely on. Of L1 and the L0 below it, L1 is what clients are told to read.
_COLUMNS: Final = sql.SQL("""
    SELECT relname, attname, format_type(atttypid, atttypmod) FROM {versions} AS tracked
    JOIN pg_class ON pg_class.oid = tracked.relation JOIN pg_attribute ON attrelid = pg_class.oid
    WHERE relnamespace = to_regnamespace(quote_ident(%(schema)s)) AND attnum > 0 AND NOT attisdropped
    AND (relname <> 'L0' OR to_regclass(quote_ident(%(schema)s) || '."L1"') IS NULL)
    ORDER BY relname, attnum
""").format(versions=sql.Identifier(*TABLE_VERSION))
_ADD: Final = sql.SQL("""
    INSERT INTO {events} (dataset, kind, mark, happened_at, details) VALUES (%s, %s, %s, %s, %s)
    ON CONFLICT DO NOTHING
""").format(events=sql.Identifier(*DATASET_EVENT))
# Incidents begin once however often a load is tried (`dss_web.alerts.noticing`), and their reasons are for operators.
_INCIDENTS: Final = sql.SQL("""
    INSERT INTO {events} (dataset, kind, mark, happened_at)
    SELECT alert.dataset, alert.kind, 'alert ' || alert.id, alert.noticed_at
    FROM {alerts} AS alert JOIN {index} ON key = alert.dataset
    WHERE alert.kind IN ({late}, {failing}) AND alert.noticed_at > now() - {latest}::interval
    ON CONFLICT DO NOTHING
""").format(
    events=sql.Identifier(*DATASET_EVENT),
    alerts=sql.Identifier(*ALERT),
    index=sql.Identifier(*CATALOGUE_INDEX),
    late=sql.Literal(Problem.LATE),
    failing=sql.Literal(Problem.FAILING),
    latest=sql.Literal(LATEST),
)


def notice(connection: Connection[Any]) -> None:
    """Write down what has happened to all datasets of the catalogue's index since the last look."""
    changed = connection.execute(_CHANGED).fetchall()
    for dataset, schema, rows, version, changed_at, before in changed:
        columns = _columns_of(connection, schema)
        details: dict[str, Any] = {"columns": columns, "rows": rows}
        if before is not None:
            details |= {name: sorted(found) for name, found in _compare(before, columns).items() if found}
        is_breaking = bool(details.keys() & {"removed", "retyped"})
        kind = DatasetEventKind.BREAKING if is_breaking else DatasetEventKind.VERSION
        connection.execute(_ADD, [dataset, kind, str(version), changed_at, Jsonb(details)])
    connection.execute(_INCIDENTS)


def _columns_of(connection: Connection[Any], schema: str) -> _Columns:
    columns: _Columns = {}
    for table, name, kind in connection.execute(_COLUMNS, {"schema": schema}):
        columns.setdefault(table, {})[name] = kind
    return columns


def _compare(before: _Columns, after: _Columns) -> dict[str, set[str]]:
    """Which columns are no longer there (renamed ones included), have another type, and are new."""
    old, new = dict(_flat(before)), dict(_flat(after))
    return {
        "removed": old.keys() - new.keys(),
        "retyped": {name for name in old.keys() & new.keys() if old[name] != new[name]},
        "added": new.keys() - old.keys(),
    }


def _flat(columns: _Columns) -> Iterator[tuple[str, str]]:
    for table, of_table in columns.items():
        for name, kind in of_table.items():
            # The only table of most datasets goes without saying.
            yield (name if table == "L1" else f"{table}.{name}"), kind
