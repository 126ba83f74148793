"""Whether clients read the same of a table as before: sums over all rows, there and here."""

from collections.abc import Sequence

from psycopg import sql

from dss_assets.counts import counted
from dss_assets.database import Connection
from dss_assets.moving_in.former import FormerTable
from dss_web.shared.contract import HIDDEN_COLUMNS


def compare(
    source: Connection, former: FormerTable, target: Connection, served: sql.Identifier, known_by: str
) -> list[str]:
    """What is different for clients, in sentences; nothing where each row has the same values.

    A row is known on both sides by its value of the column `known_by`, which is a whole number.
    """
    here = target.execute(sql.SQL("SELECT * FROM {} LIMIT 0").format(served)).description or []
    # Where the numbers of rows change, that has been said.
    left_out = HIDDEN_COLUMNS | {"id", "data_source_row_id"}
    names = [column.name for column in here if column.name in former.columns and column.name not in left_out]
    theirs, ours = (
        connection.execute(_sums(table, names, known_by)).fetchone()
        for connection, table in ((source, former.identifier), (target, served))
    )
    assert theirs
    assert ours
    if theirs[0] != ours[0]:
        return [f"It has {counted(ours[0], 'row')}, where it had {theirs[0]:,}."]
    different = [
        name for name, there, now in zip([known_by, *names], theirs[1:], ours[1:], strict=True) if there != now
    ]
    return [f"Values are not all the same as before in: {', '.join(different)}."] if different else []


def _sums(table: sql.Identifier, names: Sequence[str], known_by: str) -> sql.Composed:
    # A hash of Postgres is the same in all of its versions; the key is its seed, so that no two rows change places.
    key = sql.Identifier(known_by)
    return sql.SQL("SELECT count(*), sum({key}::bigint){sums} FROM {table}").format(
        key=key,
        table=table,
        sums=sql.Composed(
            [
                # NULL is not the empty text.
                sql.SQL(", sum(hashtextextended(coalesce('+' || {}::text, ''), {}::bigint))").format(
                    sql.Identifier(name), key
                )
                for name in names
            ]
        ),
    )
