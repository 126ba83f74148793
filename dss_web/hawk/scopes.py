"""Which scopes open which routes and tables, and what a scope looks like."""

import re
from collections.abc import Collection
from typing import Final

# A table's name may hold anything; a route's may not.
_ROUTE: Final = re.compile(r"\*|[a-z0-9_]+")
_TABLE: Final = re.compile(r"table:\S.*")
_TABLE_PREFIX: Final = "table:"


def opens(scopes: Collection[str], route: str, schema: str | None = None, table: str | None = None) -> bool:
    """Whether a client with these scopes may use a route and, on a table route, read this table.

    `*` and the route's name open a route. `table:<schema>` and `table:<schema>.<table>` open all table routes for
    those tables. A client that has any `table:` scope reads no other table, whatever other scopes it has.
    """
    opens_route = route in scopes or "*" in scopes
    if schema is None:
        return opens_route
    if not any(scope.startswith(_TABLE_PREFIX) for scope in scopes):
        return opens_route
    return f"table:{schema}" in scopes or f"table:{schema}.{table}" in scopes


def problem_of(scope: str) -> str:
    """What is wrong with a scope, in a sentence for an administrator; '' if it is one."""
    if _ROUTE.fullmatch(scope) or _TABLE.fullmatch(scope):
        return ""
    if not scope:
        problem = "An empty scope opens nothing. Enter at least one scope, and no comma too many."
    elif scope.rstrip() == _TABLE_PREFIX:
        problem = "“table:” needs the name of a dataset or table, such as table:hmrc.exporters.L1."
    elif scope.lower().startswith(_TABLE_PREFIX):
        problem = f"“{scope}” does not begin with “table:” in lower case and a name without a space before it."
    elif ":" in scope:
        problem = f"“{scope}” is no scope. The only scopes with a colon are table:SCHEMA and table:SCHEMA.TABLE."
    elif "." in scope:
        problem = f"“{scope}” is no scope. To open a table, write table:{scope}."
    else:
        problem = (
            f"“{scope}” is no scope. The name of a route has lower-case letters, digits and underscores, such as "
            "get_table_data."
        )
    return problem
