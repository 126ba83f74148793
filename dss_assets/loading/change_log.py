"""What loads change in a table: `operations.table_change`, for clients that keep a copy of it.

A client that has the rows of a version asks for those that came after it, and for the ids that went. Rows that came are
those above the greatest id of that version, since ids only grow; ids that went are written down where rows are deleted.
A change that is not written here, by hand or of another kind, is noticed by its generation: then nothing can be told.
"""

from datetime import timedelta
from typing import Final

from psycopg import sql

from dss_assets.database import Connection
from dss_web.shared.contract import TABLE_CHANGE, TABLE_VERSION

# For datasets that come once a year, with a month to spare. A load writes a few rows.
KEPT_FOR: Final = timedelta(days=400)
# A client that has to be told more ranges of ids than this is better off if it reads the table again.
MOST_RANGES: Final = 10_000

# The state of a table and its views as it is now, unless it is known. Relies on the primary key for the greatest id.
_MARK: Final = sql.SQL("""
    INSERT INTO {changes} (relation, version, generation_before, generation, last_id, removed)
    SELECT relation, version, generation, generation, (SELECT coalesce(max(id), 0) FROM {table}), ARRAY[]::bigint[]
    FROM {versions} WHERE relation IN (SELECT to_regclass(name) FROM unnest(%(relations)s::text[]) AS name)
    ON CONFLICT (relation, version) DO NOTHING
""")
# Rows that follow one another in their ids are a range. Both the deleted ids and their order go to disk where they are
# many, and nothing is read twice.
_DELETE: Final = sql.SQL("""
    WITH gone AS (DELETE FROM {table} AS l0 WHERE {condition} RETURNING id),
    numbered AS (SELECT id, id - row_number() OVER (ORDER BY id) AS range FROM gone),
    ranges AS (SELECT min(id) AS first, max(id) AS last FROM numbered GROUP BY range LIMIT {most} + 1)
    SELECT CASE WHEN (SELECT count(*) FROM ranges) <= {most} THEN (
        SELECT coalesce(array_agg(bound ORDER BY first, bound), ARRAY[]::bigint[])
        FROM ranges CROSS JOIN LATERAL (VALUES (first), (last)) AS bounds (bound)
    ) END
""")
_REMOVED: Final = sql.SQL("""
    INSERT INTO {changes} (relation, version, generation_before, generation, last_id, removed)
    SELECT tracked.relation, tracked.version, before.generation, tracked.generation, %(last_id)s, %(removed)s
    FROM {versions} AS tracked
    JOIN unnest(%(relations)s::oid[], %(generations)s::bigint[]) AS before (relation, generation)
    ON tracked.relation::oid = before.relation
""")
# Relies on the index by time. Those of tables that were replaced go with the others: no state of another table with
# their number could be taken for theirs, since its generation is another one. Rows that another load is about to forget
# are left to it, whose transaction may take an hour.
_FORGET: Final = sql.SQL("""
    DELETE FROM {changes} WHERE id IN (
        SELECT id FROM {changes} WHERE noted_at < now() - %(kept_for)s FOR UPDATE SKIP LOCKED
    )
""")
_NAMES: Final = {"changes": sql.Identifier(*TABLE_CHANGE), "versions": sql.Identifier(*TABLE_VERSION)}


def mark(connection: Connection, table: sql.Identifier, *views: sql.Identifier) -> None:
    """Note up to which id a table has its rows in its present state, for it and for views that have its ids.

    In the caller's transaction, which holds the dataset's lock: before a load, whose readers have that state, and after
    it. What was noted too long ago is forgotten.
    """
    names = {"relations": [each.as_string(connection) for each in (table, *views)]}
    connection.execute(_MARK.format(table=table, **_NAMES), names)
    connection.execute(_FORGET.format(**_NAMES), {"kept_for": KEPT_FOR})


def delete_rows(
    connection: Connection, table: sql.Identifier, condition: sql.Composable, *views: sql.Identifier
) -> None:
    """Delete the rows `l0` of a table for which the condition holds, if there are any, and note their ids.

    They are noted for the table and for views that have its ids. A DELETE of no rows would make a new generation too,
    and send readers of the table back to its start.
    """
    found = connection.execute(
        sql.SQL("SELECT EXISTS (SELECT FROM {} AS l0 WHERE {})").format(table, condition)
    ).fetchone()
    if not (found and found[0]):
        return
    # Locked, so that no change by hand comes between these generations and those after the deletion.
    before = connection.execute(
        sql.SQL(
            "SELECT relation::oid, generation FROM {} WHERE relation IN (SELECT to_regclass(name)"
            " FROM unnest(%s::text[]) AS name) ORDER BY relation FOR UPDATE"
        ).format(_NAMES["versions"]),
        [[each.as_string(connection) for each in (table, *views)]],
    ).fetchall()
    last = connection.execute(sql.SQL("SELECT max(id) FROM {}").format(table)).fetchone()
    assert last
    # Without parameters, since the condition may hold a percent sign, as names of files do.
    deletion = _DELETE.format(table=table, condition=condition, most=sql.Literal(MOST_RANGES))
    removed = connection.execute(deletion).fetchone()
    assert removed
    connection.execute(
        _REMOVED.format(**_NAMES),
        {
            "last_id": last[0],
            "removed": removed[0],
            "relations": [relation for relation, _ in before],
            "generations": [generation for _, generation in before],
        },
    )
