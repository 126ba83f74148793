"""What clients are told of a table's state: its entity tag, and whether it is still the one that they began to read.

Only tables whose changes are noted have a version (`dss_web.tables.relation.Version`).
"""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from typing import Final

from django.http import HttpRequest
from django.utils.http import parse_etags

from dss_web.configuration import web_settings
from dss_web.http.errors import NotModified, TableChanged
from dss_web.http.request_context import context_of
from dss_web.tables.relation import Relation, RowType, State, open_table, peek_state

# To be raised when a release tells the same table in another form, so that no client keeps the old one.
_FORM: Final = 1


@contextmanager
def open_for_request(request: HttpRequest, schema: str, table: str) -> Iterator[Relation]:
    """A table held open for a request; the answer gets its entity tag.

    Raises NotModified where the client has the answer already, and whatever `open_table` raises.
    """
    context = context_of(request)
    context.table = f"{schema}.{table}"
    if held := request.headers.get("If-None-Match"):
        tag = context.entity_tag = entity_tag(peek_state(schema, table))
        if tag and is_held(tag, held):
            raise NotModified
    with open_table(schema, table) as relation:
        context.entity_tag = entity_tag(relation)
        yield relation


def entity_tag(state: State) -> str | None:
    """The `ETag` of whatever is answered about a table in this state; None where its changes are not noted."""
    if state.version is None:
        return None
    return f'"{state.version.number}-{_form(state.row_type)}"'


@lru_cache(maxsize=1000)
def _form(row_type: RowType) -> str:
    """What an answer depends on besides the rows and the request: columns, settings, this release."""
    settings = web_settings()
    form = repr((_FORM, row_type.columns, settings.dss_pagination_size, settings.dss_table_structure_names))
    return hashlib.sha256(form.encode()).hexdigest()[:12]


def is_held(tag: str, if_none_match: str) -> bool:
    """Whether a client's `If-None-Match` names the tag; a proxy that compresses makes it a weak one."""
    held = parse_etags(if_none_match)
    return held == ["*"] or tag in {each.removeprefix("W/") for each in held}


def require_generation(relation: Relation, generation: int | None, start: str) -> None:
    """Raise TableChanged, with the URL `start`, unless the rows of the pages before still stand as they were read."""
    if generation is None or (relation.version and relation.version.generation == generation):
        return
    raise TableChanged(
        f"{relation} was changed after you began to read it: rows that you have were replaced or removed. "
        "Start again at the URL in start, and drop what you have read",
        start,
    )
