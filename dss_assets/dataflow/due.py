"""For whose files data-flow is to be asked now."""

from typing import Final

from psycopg import sql

from dss_assets.database import Connection
from dss_assets.dataflow.api import Runner
from dss_assets.dataflow.ledger import DUE_AT, REGISTRY_TABLE, RUNS, STATES, WAITS
from dss_web.shared.contract import DataflowSituation

# What is refused for the service as a whole passes for all datasets at once: when one of them is accepted.
_OF_ALL: Final = sql.SQL(", ").join(
    map(sql.Literal, (DataflowSituation.UNKNOWN_DAG, DataflowSituation.FORBIDDEN, DataflowSituation.CREDENTIALS))
)
# Relies on the partial index over files that no run serves, and on that over the runs by source: both are read by
# leaps from one source to the next, so that the cost grows with the number of sources alone. Only the last run of a
# source can have failed with files that still wait for another one: each run claims those of the failed ones before it.
# What was refused for all datasets is due once a later run was accepted: that one is found by its id.
_DUE = sql.SQL("""
    WITH RECURSIVE unserved (source) AS (
        SELECT min(source) FROM {registry} WHERE {waits}
        UNION ALL
        SELECT (SELECT min(source) FROM {registry} WHERE {waits} AND source > unserved.source)
        FROM unserved WHERE source IS NOT NULL
    ), served (source) AS (
        SELECT min(schema_name) FROM {runs}
        UNION ALL
        SELECT (SELECT min(schema_name) FROM {runs} WHERE schema_name > served.source)
        FROM served WHERE source IS NOT NULL
    ), last AS (
        SELECT run.* FROM served CROSS JOIN LATERAL
            (SELECT *, {due_at} AS due_at FROM {runs} WHERE schema_name = served.source ORDER BY id DESC LIMIT 1) AS run
    ), due (source, file_name) AS (
        SELECT source, (SELECT max(file_name) FROM {registry} AS entry WHERE {waits} AND entry.source = unserved.source)
        FROM unserved WHERE source IS NOT NULL
        UNION ALL
        SELECT last.schema_name,
            (SELECT max(file_name) FROM {registry} WHERE dataflow_run_id = last.id AND state = {processed})
        FROM last WHERE state IN ({failed}, {requested}) AND (due_at <= now() OR (is_stopped AND (
            configuration <> %(configuration)s OR (situation IN ({of_all}) AND EXISTS (
                SELECT FROM {runs} AS later WHERE later.id > last.id AND later.state IN ({running}, {success}))))))
    )
    SELECT source, max(file_name) FROM due
    WHERE file_name IS NOT NULL AND NOT EXISTS (
        SELECT FROM {runs} WHERE schema_name = due.source AND state IN ({requested}, {running})
        AND NOT (state = {requested} AND {due_at} <= now()))
    GROUP BY source ORDER BY source
""").format(registry=REGISTRY_TABLE, runs=RUNS, waits=WAITS, due_at=DUE_AT, of_all=_OF_ALL, **STATES)


def due_sources(connection: Connection, runner: Runner) -> dict[str, str]:
    """The sources in the registry for whose loaded files data-flow is to be asked now, each with one of these files.

    After a failed run its files wait 5 s, 10 s, 20 s … up to an hour. Files whose table data-flow is at work on are
    not due before it ends. Files whose run was refused are due when a person says so (`requeue`), when the settings
    have changed, or, if it was nothing about their table, when data-flow has accepted a later run.
    """
    return dict(connection.execute(_DUE, {"configuration": runner.configuration}).fetchall())
