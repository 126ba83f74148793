"""Which scopes open which routes and tables."""

from collections.abc import Collection


def opens(scopes: Collection[str], route: str, schema: str | None = None, table: str | None = None) -> bool:
    """Whether a client with these scopes may use a route and, on a table route, read this table.

    `*` and the route's name open a route. `table:<schema>` and `table:<schema>.<table>` open all table routes for
    those tables. A client that has any `table:` scope reads no other table, whatever other scopes it has.
    """
    opens_route = route in scopes or "*" in scopes
    if schema is None:
        return opens_route
    if not any(scope.startswith("table:") for scope in scopes):
        return opens_route
    return f"table:{schema}" in scopes or f"table:{schema}.{table}" in scopes
