"""Which scopes open which routes and tables, which let a client upload, and what a scope looks like."""

import re
from collections.abc import Collection
from typing import Final

from dss_web.hawk.credentials import Client
from dss_web.shared.contract import UPLOAD_SCOPE
from dss_web.shared.routes import TABLE_ROUTES

# A table's name may hold anything; a route's may not.
_ROUTE: Final = re.compile(r"\*|[a-z0-9_]+")
_TABLE: Final = re.compile(r"table:\S.*")
_TABLE_PREFIX: Final = "table:"
_ANY_TABLE: Final = frozenset({"*", *TABLE_ROUTES.values()})
# The names of a dataset to which people upload, as `dss_web.uploads.forms` has them.
_UPLOAD: Final = re.compile(UPLOAD_SCOPE + r"[a-z0-9_]+\.[a-z0-9_]+")


def opens(client: Client, route: str, schema: str | None = None, table: str | None = None) -> bool:
    """Whether a client may use a route and, on a table route, read this table.

    `*` and the route's name open a route. `table:<schema>` and `table:<schema>.<table>` open all table routes for
    those tables. A client that has any `table:` scope reads no other table, whatever other scopes it has, except for
    those of the datasets that it was granted: they open all table routes, too.
    """
    scopes = client.scopes
    if schema in client.granted:
        return True
    opens_route = route in scopes or "*" in scopes
    if schema is None:
        return opens_route
    if not _tables(scopes):
        return opens_route
    return f"table:{schema}" in scopes or f"table:{schema}.{table}" in scopes


def opens_every_table(scopes: Collection[str]) -> bool:
    """Whether a client with these scopes reads all tables, those of restricted datasets and of later ones included."""
    return not _ANY_TABLE.isdisjoint(scopes) and not _tables(scopes)


def tables_opened(scopes: Collection[str], schema: str) -> list[str]:
    """Those of the scopes that open all tables of a schema, or some of them."""
    return [scope for scope in _tables(scopes) if f"{scope}.".startswith(f"{_TABLE_PREFIX}{schema}.")]


def describe(scopes: Collection[str]) -> str:
    """What these scopes let a client read, in words for an administrator; '' if nothing."""
    if opens_every_table(scopes):
        return "All tables of all datasets, restricted ones too"
    routes = {scope for scope in scopes if ":" not in scope} - _ANY_TABLE
    parts = [*_tables(scopes), *(f"the route {route}" for route in sorted(routes) if not _tables(scopes))]
    return ", ".join(parts)


def _tables(scopes: Collection[str]) -> list[str]:
    return [scope for scope in scopes if scope.startswith(_TABLE_PREFIX)]


def lets_upload(scopes: Collection[str], dataset: str) -> bool:
    """Whether a client with these scopes may upload to `organisation.dataset`. No other scope implies it, not even `*`.

    It opens no route for reading.
    """
    return f"{UPLOAD_SCOPE}{dataset}" in scopes


def upload_scope(dataset: str) -> str:
    """The scope to upload to `organisation.dataset`."""
    return f"{UPLOAD_SCOPE}{dataset}"


def dataset_of(scope: str) -> str:
    """The `organisation.dataset` to which a scope lets a client upload; '' if it is about something else."""
    return scope.removeprefix(UPLOAD_SCOPE) if _UPLOAD.fullmatch(scope) else ""


def problem_of(scope: str) -> str:
    """What is wrong with a scope, in a sentence for an administrator; '' if it is one."""
    if _ROUTE.fullmatch(scope) or _TABLE.fullmatch(scope) or _UPLOAD.fullmatch(scope):
        return ""
    if not scope:
        problem = "An empty scope opens nothing. Enter at least one scope, and no comma too many."
    elif scope.rstrip() == _TABLE_PREFIX:
        problem = "“table:” needs the name of a dataset or table, such as table:hmrc.exporters.L1."
    elif scope.lower().startswith(_TABLE_PREFIX):
        problem = f"“{scope}” does not begin with “table:” in lower case and a name without a space before it."
    elif scope.lower().startswith(UPLOAD_SCOPE):
        problem = f"“{scope}” must be “upload:” and the two names of a dataset, such as upload:dbt.export_wins."
    elif ":" in scope:
        problem = (
            f"“{scope}” is no scope. The only scopes with a colon are table:SCHEMA, table:SCHEMA.TABLE and "
            "upload:ORGANISATION.DATASET."
        )
    elif "." in scope:
        problem = f"“{scope}” is no scope. To open a table, write table:{scope}."
    else:
        problem = (
            f"“{scope}” is no scope. The name of a route has lower-case letters, digits and underscores, such as "
            "get_table_data."
        )
    return problem
