"""What each operation is, declared: in words, with its answers besides those that are always possible."""

from dataclasses import dataclass
from typing import Final

from dss_web.api.routes import ROUTES, Route, RowSelection
from dss_web.docs import responses
from dss_web.docs.responses import Answer
from dss_web.docs.schemas import Json
from dss_web.tables.filters import OPERATORS
from dss_web.tables.served_table import Casing

TABLES, DATASETS, HEALTH = "Tables", "Datasets", "Health"

TAGS: Final = {
    TABLES: "Any table that your scopes include, by its schema and name.",
    DATASETS: "Tables that have a route of their own.",
    HEALTH: "Whether the service works. These ask for no signature.",
}

# By name, since a parameter means the same wherever it stands.
PARAMETERS: Final[dict[str, Json]] = {
    "schema_name": {
        "description": "The schema, which is the dataset's name: `organisation.dataset`. Case-sensitive; "
        "percent-encode what is no letter, digit or one of `-._~`.",
        "example": "hmrc.exporters",
    },
    "table_name": {
        "description": "The table: `L1` has the cleaned rows, `L0` the rows as they were published. Case-sensitive.",
        "example": "L1",
    },
    "orientation": {
        "description": "The form of the rows: `tabular` gives the columns' names once and each row as a list, "
        "`records` gives each row as an object.",
        "example": "records",
    },
    "next-id": {
        "description": "Begin at the row with this id or the next greater one. `next` has it already; clients need not "
        "set it. Zero and less mean the beginning.",
        "example": 1,
    },
    "page-size": {
        "description": "How many rows a page has at most. Larger pages mean fewer requests; `next` keeps the size.",
        "example": 5000,
    },
    "columns": {
        "description": "The columns to show, in this order: their names with commas between, a name that holds a comma "
        "in double quotes. `next` keeps them. All columns where it is left out.",
        "explode": False,
    },
    "generation": {
        "description": "The state of the table in which you began to read it. `next` has it; clients need not set it. "
        "It makes the service answer 409 rather than mix two states.",
    },
    "format": {"description": "The format of an export.", "example": "csv"},
    "from-id": {"description": "Begin at the row with this id or the next greater one.", "example": 1},
    "header": {"description": "`false` leaves out a CSV's first line, to be put behind what is there."},
    "export_id": {
        "description": "The export, as `DSS-Export-Id` named it.",
        "example": "c61babe5-5e87-4a69-90ae-17795aa8eda3",
    },
    "postcode": {"description": "A UK postcode. Spaces and case do not matter.", "example": "AB10 1AA"},
}

IF_NONE_MATCH: Final[Json] = {
    "in": "header",
    "name": "If-None-Match",
    "required": False,
    "schema": {"type": "string"},
    "description": "The `ETag` of the answer that you have already. If the table has not changed since, the answer is "
    "304 without a body.",
}
FILTERS: Final[Json] = {
    "in": "query",
    "name": "filters",
    "required": False,
    "style": "form",
    "explode": True,
    # A condition may be given several times, and what names no column is ignored, whatever its value.
    "schema": {
        "type": "object",
        "additionalProperties": {"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}]},
    },
    "description": "Conditions on columns, all of which must hold, each a parameter of its own: `column=value`, or "
    f"with an operator behind the column's name: {', '.join(f'`column.{operator}`' for operator in OPERATORS)}. "
    "`id.gte=100&id.lt=200` is an example. Only for columns by which an index finds rows; for any other the answer is "
    "400 and names those that can be used. `next` keeps the filters.",
}


@dataclass(frozen=True, kw_only=True)
class Operation:
    """What the document says of an operation.

    `answers` besides ALWAYS_POSSIBLE, `scopes` any one of which opens it, `parameters` that the operation reads
    without declaring them to Ninja.
    """

    summary: str
    description: str
    tag: str
    answers: tuple[Answer, ...]
    scopes: tuple[str, ...]
    parameters: tuple[Json, ...] = (IF_NONE_MATCH,)


_PAGES: Final = (responses.PAGE, responses.CHANGED, responses.UNPROCESSABLE)
_OF_PAGES: Final = (FILTERS, IF_NONE_MATCH)


def _table_scopes(route: str) -> tuple[str, ...]:
    return (route, "table:<schema>", "table:<schema>.<table>", "*")


def _of_route(route: Route) -> Operation:
    table = route.table
    columns = {Casing.AS_STORED: "as stored", Casing.CAMEL: "in camel case"}[table.casing]
    without = "" if "id" not in table.hidden else ", without id"
    if route.rows is RowSelection.BY_POSTCODE:
        return Operation(
            summary=f"Look up a postcode by {route.path.strip('/')}",
            description=f"The row of a postcode in `{table.schema}`.`{table.name}`, with names {columns}{without}.",
            tag=DATASETS,
            answers=(responses.ROWS, responses.UNPROCESSABLE),
            scopes=(route.scope, "*"),
        )
    return Operation(
        summary=f"Read {table.schema}",
        description=f"The rows of `{table.schema}`.`{table.name}`, page by page, with names {columns}{without}.",
        tag=DATASETS,
        answers=_PAGES,
        parameters=_OF_PAGES,
        scopes=(route.scope, "*"),
    )


# By the operation's id, which is also the name of the scope that opens it.
OPERATIONS: Final[dict[str, Operation]] = {
    "get_table_structure": Operation(
        summary="List a table's columns",
        description="The columns of a table in their order, each with its type.",
        tag=TABLES,
        answers=(responses.STRUCTURE,),
        scopes=_table_scopes("get_table_structure"),
    ),
    "get_table_data": Operation(
        summary="Read a table",
        description="The rows of a table, page by page, ordered by id, with names as stored and id first. Follow "
        "`next` until it is null.",
        tag=TABLES,
        answers=_PAGES,
        parameters=_OF_PAGES,
        scopes=_table_scopes("get_table_data"),
    ),
    "export_table": Operation(
        summary="Read a whole table in one stream",
        description="All rows, or those from an id on, as CSV, NDJSON or Parquet, compressed as `Accept-Encoding` "
        "prefers. The head is signed without a hash of the body, with the export's id as `ext`: the receipt of that "
        "id, once the body has ended, tells rows, bytes and SHA-256.",
        tag=TABLES,
        answers=(responses.EXPORT, responses.CHANGED, responses.UNPROCESSABLE),
        parameters=_OF_PAGES,
        scopes=_table_scopes("export_table"),
    ),
    "get_export_receipt": Operation(
        summary="Check what was sent of an export",
        description="The receipt of one of your own exports; it is kept for a day.",
        tag=TABLES,
        answers=(responses.RECEIPT,),
        scopes=_table_scopes("export_table"),
        parameters=(),
    ),
    **{route.scope: _of_route(route) for route in ROUTES},
}

# What answers without a signature, by path.
OPEN_OPERATIONS: Final[dict[str, tuple[str, Operation]]] = {
    "/healthcheck/": (
        "healthcheck",
        Operation(
            summary="Ask whether the web app answers",
            description="It asks nothing else: neither the client nor the database.",
            tag=HEALTH,
            answers=(responses.HEALTHY,),
            scopes=(),
        ),
    ),
    "/readiness/": (
        "readiness",
        Operation(
            summary="Ask whether the service can do its work",
            description="It looks at the database, the storage and the heartbeat of the loading half.",
            tag=HEALTH,
            answers=(responses.READY, responses.NOT_READY),
            scopes=(),
        ),
    ),
}
