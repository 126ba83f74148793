"""Which scopes open what."""

from collections.abc import Collection


def opens(scopes: Collection[str], route: str, schema: str | None = None, table: str | None = None) -> bool:
    """Whether a client with these scopes may use a route, and on a table route this table.

    `*` and the route's name open a route. `table:<schema>` and `table:<schema>.<table>` open both table routes for
    those tables; and a client that has any of these reads no other table, whatever else it has.
    """
    named = route in scopes or "*" in scopes
    if schema is None:
        return named
    if not any(scope.startswith("table:") for scope in scopes):
        return named
    return f"table:{schema}" in scopes or f"table:{schema}.{table}" in scopes
