"""What has become of a table since a version that a client has: rows that came, and ids that went.

The assets half writes down what each load did (`dss_assets/loading/change_log.py`). A change that nobody has written
down shows in the generations, and then nothing is told rather than something wrong.
"""

from dataclasses import dataclass, field
from itertools import pairwise
from typing import Final, NamedTuple

from psycopg import sql

from dss_web.http.errors import Unprocessable
from dss_web.shared.contract import TABLE_CHANGE
from dss_web.tables.ids import require_integer_id
from dss_web.tables.relation import Relation

# The version of a client that has nothing yet.
NOTHING: Final = 0
# Above every id.
_NO_ROW: Final = 2**63

# In the order of the relation's own changes. Relies on the unique index over relation and version.
_CHANGES: Final = sql.SQL("""
    SELECT version, generation_before, generation, last_id, removed FROM {changes}
    WHERE relation = {relation}::regclass AND version >= {version} ORDER BY version
""")


@dataclass(frozen=True, slots=True)
class Changes:
    """Rows from `first_id` on have come, and perhaps before; rows of the `removed` ids, in ranges, have gone."""

    first_id: int
    removed: list[tuple[int, int]] = field(default_factory=list)


def changes_since(relation: Relation, version: int) -> Changes | None:
    """What has changed in an open table since a version of it; None where that cannot be told (any more).

    The client may have some of the rows that came already. Raises Unprocessable where the changes of the table are not
    tracked, or its ids are no integers.
    """
    require_integer_id(relation)
    if relation.version is None:
        raise Unprocessable(f"The changes of {relation} are not tracked: read it without changed-since")
    if version == NOTHING:
        return Changes(0)
    if version == relation.version.number:
        return Changes(_NO_ROW)
    if version > relation.version.number:
        return None
    rows = relation.connection.execute(
        _CHANGES.format(
            changes=sql.Identifier(*TABLE_CHANGE),
            relation=sql.Literal(relation.identifier.as_string()),
            version=sql.Literal(version),
        )
    ).fetchall()
    return _told([_Change(*row) for row in rows], version, relation.version.generation)


class _Change(NamedTuple):
    """A row of `operations.table_change`."""

    version: int
    generation_before: int
    generation: int
    last_id: int
    removed: list[int] | None


def _told(changes: list[_Change], version: int, generation: int) -> Changes | None:
    """What a client of this version is told; None unless the account is unbroken up to the present generation."""
    if not changes or changes[0].version != version or changes[-1].generation != generation:
        return None
    if any(later.generation_before != earlier.generation for earlier, later in pairwise(changes)):
        return None
    last_id = changes[0].last_id
    ranges: list[tuple[int, int]] = []
    for change in changes[1:]:
        if change.removed is None:
            return None
        ranges += zip(change.removed[::2], change.removed[1::2], strict=True)
    # What came and went since is no concern of the client's.
    return Changes(last_id + 1, _merged([(first, min(last, last_id)) for first, last in ranges if first <= last_id]))


def _merged(ranges: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """The same ids in as few ranges as there can be, in their order."""
    merged: list[tuple[int, int]] = []
    for first, last in sorted(ranges):
        if merged and first <= merged[-1][1] + 1:
            merged[-1] = (merged[-1][0], max(last, merged[-1][1]))
        else:
            merged.append((first, last))
    return merged
