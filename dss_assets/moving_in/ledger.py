"""What was brought before, in `operations.moved_in`, and whether it has changed since: there, here or on both sides."""

from typing import Final, NamedTuple

from psycopg import sql

from dss_assets.database import Connection
from dss_web.shared.contract import MOVED_IN, TABLE_VERSION
from dss_web.shared.former import What

_MOVED_IN: Final = sql.Identifier(*MOVED_IN)
_VERSIONS: Final = sql.Identifier(*TABLE_VERSION)
_KIND: Final = "table"


class Decision(NamedTuple):
    """What is to be done with a dataset's tables, and a sentence about it, if there is one to say."""

    what: What
    remark: str = ""


def decide(connection: Connection, name: str, theirs: str, served: list[sql.Identifier]) -> Decision:
    """What is to be done with tables whose fingerprint is `theirs`, and that are `served` here.

    What was loaded here since is never replaced.
    """
    if not _is_there(connection, _MOVED_IN):  # the database is not migrated yet: a dry run before it is adopted
        return Decision(What.NEW)
    found = connection.execute(
        sql.SQL("SELECT theirs, ours FROM {} WHERE kind = %s AND name = %s").format(_MOVED_IN), [_KIND, name]
    ).fetchone()
    if found is None:
        rows = [table for table in served if _has_rows(connection, table)]
        if rows:
            return Decision(What.LEFT, "There are rows here already, which were not brought from the Flask service.")
        return Decision(What.NEW)
    before, ours = found
    if ours == _state(connection, served):
        return Decision(What.SAME if before == theirs else What.UPDATED)
    if before == theirs:
        return Decision(What.LEFT)
    return Decision(What.LEFT, "It has changed since it was brought, here and in the Flask service. Ours stays.")


def record(connection: Connection, name: str, theirs: str, served: list[sql.Identifier]) -> None:
    """Note, in the transaction of the rows, what was brought."""
    connection.execute(
        sql.SQL(
            "INSERT INTO {} (kind, name, theirs, ours) VALUES (%s, %s, %s, %s) ON CONFLICT (kind, name)"
            " DO UPDATE SET theirs = excluded.theirs, ours = excluded.ours, moved_at = now()"
        ).format(_MOVED_IN),
        [_KIND, name, theirs, _state(connection, served)],
    )


def _state(connection: Connection, served: list[sql.Identifier]) -> str:
    """The versions of the tables that are here."""
    rows = connection.execute(
        sql.SQL("SELECT version FROM {} WHERE relation = ANY (%s::regclass[]) ORDER BY relation::text").format(
            _VERSIONS
        ),
        [[table.as_string(connection) for table in served if _is_there(connection, table)]],
    ).fetchall()
    return " ".join(str(version) for (version,) in rows)


def _has_rows(connection: Connection, table: sql.Identifier) -> bool:
    if not _is_there(connection, table):
        return False
    row = connection.execute(sql.SQL("SELECT EXISTS (SELECT FROM {})").format(table)).fetchone()
    return bool(row and row[0])


def _is_there(connection: Connection, table: sql.Identifier) -> bool:
    row = connection.execute("SELECT to_regclass(%s)", [table.as_string(connection)]).fetchone()
    return bool(row and row[0])
