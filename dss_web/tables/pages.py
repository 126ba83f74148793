"""A page of rows, from COPY to the bytes of a JSON body."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import orjson
from psycopg import sql

from dss_web.tables.columns import Selection, require_id, without_id
from dss_web.tables.copy_out import all_rows, copy_of
from dss_web.tables.json_rows import Orientation, json_rows
from dss_web.tables.relation import Relation


@dataclass(frozen=True, kw_only=True)
class PageRequest:
    """What a page is to hold: `size` rows at most with id ≥ `first_id`, for which all `conditions` over `t` hold."""

    selection: Selection
    orientation: Orientation
    size: int
    first_id: int = 0
    conditions: Sequence[sql.Composable] = ()


@dataclass(frozen=True)
class Page:
    """`chunks` are the body's but for its last brace, `rows` their number, `next_id` where the next page starts."""

    chunks: list[bytes]
    rows: int
    next_id: int | None


def read_page(relation: Relation, wanted: PageRequest) -> Page:
    """Read a page. One statement, which reads a row more than the page has: it tells the next page's id.

    Raises Unprocessable where the table has no id, or where ids repeat or are missing: of a table with a version
    it is known that they do not.
    """
    require_id(relation)
    if relation.version is None and wanted.first_id <= 0 and not wanted.conditions:
        _check_no_id_is_missing(relation)
    form = json_rows(wanted.selection, wanted.orientation)
    statement = copy_of(
        relation.identifier,
        form.values,
        form.options,
        first_id=wanted.first_id,
        conditions=wanted.conditions,
        limit=wanted.size + 1,
    )
    rows = all_rows(relation.connection, statement)
    ids = form.ids(rows if relation.version is None else rows[wanted.size :])
    if any(following <= earlier for earlier, following in pairwise(ids)):
        raise without_id()
    on_page = rows[: wanted.size]
    chunks = form.chunks(on_page, b",")
    if wanted.orientation is Orientation.RECORDS:
        chunks.insert(0, b'{"results":[')
    else:
        chunks[:0] = [b'{"headers":', orjson.dumps(form.names), b',"values":[']
    chunks.append(b"]")
    return Page(chunks, len(on_page), ids[-1] if len(rows) > wanted.size else None)


def _check_no_id_is_missing(relation: Relation) -> None:
    """Rows without id stand on no page. A look into the index; Postgres 17 knows it of a NOT NULL column at once."""
    statement = sql.SQL('SELECT FROM {} WHERE "id" IS NULL LIMIT 1').format(relation.identifier)
    if relation.connection.execute(statement).rowcount:
        raise without_id()
