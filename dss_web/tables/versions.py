"""A table's state for clients: its ETag, and whether it is still the state that they began to read.

Only tables whose changes are tracked have a version (`dss_web.tables.relation.Version`).
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
from dss_web.tables.opening import open_table, peek_state
from dss_web.tables.relation import Relation, RowType, State

# Increase it when a release changes the form of a body, so that no client keeps the old form.
_RELEASE_FORM: Final = 3


@contextmanager
def open_for_request(
    request: HttpRequest, schema: str, table: str, generation: int | None = None, *, has_tag: bool = True
) -> Iterator[Relation]:
    """A table held open for a request, whose response gets the table's ETag.

    A request for a `generation` reads the table of that one as long as it is kept, and otherwise the one in use.
    Without a tag the response may depend on more than the table and the release. Raises NotModified if the client
    already has the response, and what `open_table` raises.
    """
    context = context_of(request)
    context.table = f"{schema}.{table}"
    if not has_tag:
        with open_table(schema, table, generation) as relation:
            yield relation
        return
    if if_none_match := request.headers.get("If-None-Match"):
        tag = context.entity_tag = entity_tag(peek_state(schema, table, generation))
        if tag and matches(tag, if_none_match):
            raise NotModified
    with open_table(schema, table, generation) as relation:
        context.entity_tag = entity_tag(relation)
        yield relation


def entity_tag(state: State) -> str | None:
    """The `ETag` of all responses about a table in this state; None if its changes are not tracked."""
    if state.version is None:
        return None
    return f'"{state.version.number}-{_form(state.row_type)}"'


@lru_cache(maxsize=1000)
def _form(row_type: RowType) -> str:
    """A digest of all that a body depends on apart from the rows and the request: columns, settings, the release."""
    settings = web_settings()
    form = repr((_RELEASE_FORM, row_type.columns, settings.dss_pagination_size, settings.dss_table_structure_names))
    return hashlib.sha256(form.encode()).hexdigest()[:12]


def matches(tag: str, if_none_match: str) -> bool:
    """Whether a client's `If-None-Match` has the tag, also as a weak one: a proxy that compresses makes it weak."""
    tags = parse_etags(if_none_match)
    return tags == ["*"] or tag in {each.removeprefix("W/") for each in tags}


def require_generation(relation: Relation, generation: int | None, start: str) -> None:
    """Raise TableChanged, with the URL `start`, if rows were changed or removed since this generation of the table."""
    if generation is None or (relation.version and relation.version.generation == generation):
        return
    raise TableChanged(
        f"{relation} was changed after you began to read it: rows that you have were replaced or removed. "
        "Start again at the URL in start, and drop what you have read",
        start,
    )
