"""The state of each dataset, published and uploaded alike: since when, why, and what its last load was.

Derived whenever it is asked for, from what both halves write about files, listings, deliveries and uploads: nobody has
to write states down to keep them true.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

from psycopg import Connection, sql

from dss_web.registry.problems import Finding, dataset_problems, known_datasets
from dss_web.shared.contract import FRESH_STATE, REGISTRY, SOURCE_LISTING, FileState, Problem


class State(StrEnum):
    """What a dataset is at a glance: one of these, or the gravest of its problems."""

    FRESH = FRESH_STATE
    EMPTY = "empty"
    LATE = Problem.LATE
    FAILING = Problem.FAILING
    STUCK = Problem.STUCK
    SHRUNK = Problem.SHRUNK
    CHANGED_COLUMNS = Problem.CHANGED_COLUMNS


_DERIVED: Final = ".transformed"
# Of several problems the one that keeps the others from being mended comes first.
GRAVEST_FIRST: Final = (Problem.STUCK, Problem.FAILING, Problem.LATE, Problem.SHRUNK, Problem.CHANGED_COLUMNS)


@dataclass(frozen=True, slots=True)
class DatasetState:
    """A dataset (`organisation.dataset`) as it stands, with the schema of its tables.

    `since` and `why` are of its state; a fresh one is so since its last load. `rows` and `seconds` are of the file that
    was loaded last, at `loaded_at`; `digest` is the SHA-256 of its bytes, '' where it was no file. `failures` counts
    attempts that failed since what they are about was last done.
    """

    dataset: str
    schema_name: str
    is_uploaded: bool
    state: State
    since: datetime | None
    why: str
    problems: tuple[Finding, ...]
    loaded_at: datetime | None
    rows: int | None
    seconds: float | None
    digest: str
    failures: int


# Relies on the index by source and load: a look at the newest of each dataset, in place of a pass over all files.
_LOADS: Final = sql.SQL("""
    SELECT source, loaded_at, rows, seconds, loaded_digest FROM unnest(%s::text[]) AS known (name) CROSS JOIN LATERAL (
        SELECT source, loaded_at, rows, seconds, loaded_digest FROM {registry}
        WHERE source = known.name AND loaded_at IS NOT NULL ORDER BY loaded_at DESC LIMIT 1
    ) AS last ORDER BY loaded_at
""").format(registry=sql.Identifier(*REGISTRY))
# Relies on the partial index over unfinished files, whose literals these are.
_FAILURES: Final = sql.SQL("""
    SELECT source, sum(attempts) FROM (
        SELECT source, attempts FROM {registry} WHERE state IN ({due}, {processing}, {failed})
        UNION ALL SELECT source, attempts FROM {listings}
    ) AS tried GROUP BY source HAVING sum(attempts) > 0
""").format(
    registry=sql.Identifier(*REGISTRY),
    listings=sql.Identifier(*SOURCE_LISTING),
    due=sql.Literal(FileState.DUE),
    processing=sql.Literal(FileState.PROCESSING),
    failed=sql.Literal(FileState.FAILED),
)


# When something was loaded last, its rows, the seconds that it took, and the digest of its bytes.
_Load = tuple[datetime | None, int | None, float | None, str]
_NEVER: Final[_Load] = (None, None, None, "")


def dataset_states(connection: Connection[Any]) -> list[DatasetState]:
    """All datasets that are declared, or uploaded and not archived, by name."""
    problems: dict[str, list[Finding]] = {}
    for finding in dataset_problems(connection):
        problems.setdefault(finding.dataset, []).append(finding)
    all_known = known_datasets(connection)
    loads: dict[str, _Load] = {}
    # Of a dataset and its derived table, which stands there under a name of its own, the later one is put in last.
    sources = [source for known in all_known for source in (known.key, known.key + _DERIVED)]
    for source, *load in connection.execute(_LOADS, [sources]):
        loads[source.removesuffix(_DERIVED)] = (load[0], load[1], load[2], load[3])
    failures: dict[str, int] = {}
    for source, count in connection.execute(_FAILURES):
        key = source.removesuffix(_DERIVED)
        failures[key] = failures.get(key, 0) + int(count)
    states = []
    for known in all_known:
        loaded_at, rows, seconds, digest = loads.get(known.key, _NEVER)
        found = sorted(problems.get(known.key, []), key=lambda finding: GRAVEST_FIRST.index(finding.problem))
        state, since, why = State.FRESH if loaded_at else State.EMPTY, loaded_at, ""
        if found:
            state, since, why = State(found[0].problem), found[0].since, found[0].why
        states.append(
            DatasetState(
                dataset=known.key,
                schema_name=known.schema_name,
                is_uploaded=known.is_uploaded,
                state=state,
                since=since,
                why=why,
                problems=tuple(found),
                loaded_at=loaded_at,
                rows=rows,
                seconds=seconds,
                digest=digest,
                failures=failures.get(known.key, 0),
            )
        )
    return states
