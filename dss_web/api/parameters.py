"""Parameters that several operations have, described for clients."""

from typing import Final

from ninja import PathEx
from ninja.params import P

from dss_web.api.page_query import INVALID_ORIENTATION, MAX_PAGE_SIZE
from dss_web.http.operation import Json
from dss_web.tables.filters import OPERATORS

SchemaName = PathEx[
    str,
    P(
        description="The schema, which is the dataset's name: `organisation.dataset`. Case-sensitive. Percent-encode "
        "everything but letters, digits and `-._~`.",
        example="hmrc.exporters",
    ),
]
TableName = PathEx[
    str,
    P(description="The table: `L1` has the cleaned rows, `L0` the rows as published. Case-sensitive.", example="L1"),
]

# Read by the table's room itself: a header parameter of Ninja's would cost each page a pydantic model.
IF_NONE_MATCH: Final[Json] = {
    "in": "header",
    "name": "If-None-Match",
    "required": False,
    "schema": {"type": "string"},
    "description": "The `ETag` of the response that you already have. If the table has not changed since, the response "
    "is 304 without a body.",
}
# Their names are those of the table's columns, which nobody knows before the table is open.
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
    "description": "Conditions on columns, all of which must hold. Each is a parameter of its own: `column=value`, or "
    f"with an operator after the column's name: {', '.join(f'`column.{operator}`' for operator in OPERATORS)}. "
    "`id.gte=100&id.lt=200` is an example. Only columns with an index can be used; for any other the response is 400 "
    "and lists those that can. `next` keeps the filters.",
}

# What a client is told of a parameter that is not valid, by its name.
INVALID_PARAMETER: Final = {
    "orientation": INVALID_ORIENTATION,
    "page-size": f"page-size must be an integer from 1 to {MAX_PAGE_SIZE}",
    "generation": "generation must be an integer",
    "format": "format must be csv, ndjson or parquet",
    "from-id": "from-id must be an integer",
    "header": "header must be true or false",
    "descriptions": "descriptions must be true or false",
    "export_id": "The id of an export is a UUID, as DSS-Export-Id named it",
    "upload_id": "The id of an upload is a UUID, as the answer to its beginning has it",
    "number": "The number of a part is an integer from 0",
    "postcode": "No postcode specified",
}
