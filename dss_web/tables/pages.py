"""A page of rows: from the open table to the chunks of a JSON body."""

from collections.abc import Sequence
from dataclasses import dataclass

import orjson
from psycopg import sql

from dss_web.tables.columns import Selection
from dss_web.tables.copy_out import all_rows, copy_of
from dss_web.tables.ids import Id, id_column, is_quoted, require_unique, wrong_id
from dss_web.tables.json_rows import Orientation, json_rows
from dss_web.tables.relation import Relation


@dataclass(frozen=True, kw_only=True)
class PageRequest:
    """The rows of a page: at most `size`, with id ≥ `first_id`, for which all `conditions` over `t` hold.

    Without a `first_id`, and with zero or less, the page is the first one.
    """

    selection: Selection
    orientation: Orientation
    size: int
    first_id: Id | None = None
    conditions: Sequence[sql.Composable] = ()


@dataclass(frozen=True)
class Page:
    """`chunks` of the body without its last brace, the number of `rows`, and the `next_id`, None on the last page."""

    chunks: list[bytes]
    rows: int
    next_id: Id | None


def read_page(relation: Relation, page_request: PageRequest) -> Page:
    """Read a page, by one statement that reads a row more than the page has: its id is the next page's.

    Raises Unprocessable if the table has no id, or if ids repeat or are NULL. A table with a version is not checked:
    its id is unique and not null.
    """
    id_type = id_column(relation).type
    first_id = page_request.first_id
    is_first = first_id is None or (isinstance(first_id, int) and first_id <= 0)
    if relation.version is None and is_first and not page_request.conditions:
        _check_no_id_is_missing(relation)
    form = json_rows(page_request.selection, page_request.orientation, id_is_quoted=is_quoted(id_type))
    statement = copy_of(
        relation.identifier,
        form.values,
        form.options,
        first_id=first_id,
        conditions=page_request.conditions,
        limit=page_request.size + 1,
    )
    rows = all_rows(relation.connection, statement)
    ids = form.ids(rows if relation.version is None else rows[page_request.size :])
    require_unique(relation, ids)
    on_page = rows[: page_request.size]
    chunks = form.chunks(on_page, b",")
    if page_request.orientation is Orientation.RECORDS:
        chunks.insert(0, b'{"results":[')
    else:
        chunks[:0] = [b'{"headers":', orjson.dumps(form.names), b',"values":[']
    chunks.append(b"]")
    return Page(chunks, len(on_page), ids[-1] if len(rows) > page_request.size else None)


def _check_no_id_is_missing(relation: Relation) -> None:
    """Rows without an id would be on no page. An index finds them; for a NOT NULL column Postgres 17 needs not look."""
    statement = sql.SQL('SELECT FROM {} WHERE "id" IS NULL LIMIT 1').format(relation.identifier)
    if relation.connection.execute(statement).rowcount:
        raise wrong_id(relation, "is NULL in a row")
