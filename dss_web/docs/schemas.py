"""The bodies of answers, declared once: JSON Schema, each with an example."""

from typing import Any, Final

Json = dict[str, Any]

_NEXT: Final[Json] = {
    "type": ["string", "null"],
    "format": "uri",
    "description": "The URL of the next page, to be followed letter for letter; null on the last page.",
}
_ROWS: Final[dict[str, Json]] = {
    "headers": {"type": "array", "items": {"type": "string"}, "description": "The columns' names, in their order."},
    "values": {
        "type": "array",
        "items": {"type": "array", "items": {"$ref": "#/components/schemas/Value"}},
        "description": "The rows, each with a value for each column.",
    },
    "results": {
        "type": "array",
        "items": {"type": "object", "additionalProperties": {"$ref": "#/components/schemas/Value"}},
        "description": "The rows, each an object whose keys are the columns' names in their order.",
    },
}


def _object(properties: dict[str, Json], description: str, example: Json) -> Json:
    return {
        "type": "object",
        "description": description,
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
        "examples": [example],
    }


def _rows(*names: str) -> dict[str, Json]:
    return {name: _ROWS[name] for name in names}


_COLUMN: Final = _object(
    {
        "name": {"type": "string", "description": "The column's name as stored."},
        "type": {
            "type": "string",
            "description": "The type's name, `[]` behind it for an array of that type.",
            "examples": ["TEXT", "BIGINT", "TEXT[]"],
        },
    },
    "A column of a table.",
    {"name": "company_name", "type": "TEXT"},
)

_CHECK: Final = _object(
    {
        "ok": {"type": "boolean"},
        "wrong": {"type": ["string", "null"], "description": "What is wrong, in words; null where all is well."},
        "ms": {"type": "number", "description": "How long the check took, in milliseconds."},
    },
    "What a check found.",
    {"ok": True, "wrong": None, "ms": 1.2},
)

SCHEMAS: Final[dict[str, Json]] = {
    "Value": {
        "type": ["string", "number", "boolean", "null", "array", "object"],
        "description": "A value by its column's type, as in the table of types and values.",
    },
    "TabularPage": _object(
        {**_rows("headers", "values"), "next": _NEXT},
        "A page with `orientation=tabular`: the names once, and each row as a list.",
        {"headers": ["id", "company_name"], "values": [[1, "acme ltd"]], "next": None},
    ),
    "RecordsPage": _object(
        {**_rows("results"), "next": _NEXT},
        "A page with `orientation=records`: each row as an object.",
        {"results": [{"id": 1, "company_name": "acme ltd"}], "next": None},
    ),
    "TabularRows": _object(
        _rows("headers", "values"),
        "Rows with `orientation=tabular`.",
        {"headers": ["postcode", "regionName"], "values": [["AB10 1AA", "Scotland"]]},
    ),
    "RecordsRows": _object(
        _rows("results"),
        "Rows with `orientation=records`.",
        {"results": [{"postcode": "AB10 1AA", "regionName": "Scotland"}]},
    ),
    "Structure": _object(
        {"columns": {"type": "array", "items": _COLUMN, "description": "The columns, in the table's order."}},
        "The columns of a table.",
        {"columns": [{"name": "id", "type": "BIGINT"}, {"name": "company_name", "type": "TEXT"}]},
    ),
    "Health": _object({"status": {"const": "OK"}}, "The web app answers.", {"status": "OK"}),
    "Readiness": _object(
        {
            "ready": {"type": "boolean"},
            "checks": {"type": "object", "description": "Each check by its name.", "additionalProperties": _CHECK},
        },
        "Whether each part that the service needs is there.",
        {"ready": True, "checks": {"database": {"ok": True, "wrong": None, "ms": 1.2}}},
    ),
    "Table": {
        "type": "string",
        "description": "Rows as CSV, NDJSON or Parquet.",
        "examples": ["id,company_name\n1,acme ltd\n"],
    },
    "Receipt": {
        "type": "object",
        "description": "What was sent of an export. `bytes`, `rows` and `sha256` are of the content before its "
        "Content-Encoding; each of `checkpoints` says the same of a first part, which ends with a row.",
        "properties": {
            "id": {"type": "string", "format": "uuid"},
            "state": {"enum": ["running", "complete", "broken-off"]},
            "reason": {"type": "string", "description": "Why it broke off."},
            "rows": {"type": "integer"},
            "bytes": {"type": "integer"},
            "sha256": {"type": "string"},
            "last_id": {"type": ["integer", "null"]},
            "generation": {"type": ["integer", "null"]},
            "checkpoints": {"type": "array", "items": {"type": "object"}},
        },
        "examples": [{"id": "c61babe5-5e87-4a69-90ae-17795aa8eda3", "state": "complete", "rows": 1}],
        "required": ["id", "state", "reason", "rows", "bytes", "sha256", "last_id", "generation", "checkpoints"],
    },
    "Error": _object(
        {"error": {"type": "string", "description": "What is wrong, in words."}},
        "Why the request was not served.",
        {"error": "orientation must be tabular or records"},
    ),
    "Changed": _object(
        {
            "error": {"type": "string", "description": "What is wrong, in words."},
            "start": {"type": "string", "format": "uri", "description": "The URL of the first page, to start again."},
        },
        "The table has changed since you began to read it.",
        {
            "error": "hmrc.exporters.L1 was changed after you began to read it: …",
            "start": "https://…?orientation=records",
        },
    ),
    "NotFound": {
        "type": "object",
        "description": "Empty where there is no such table; with words where there is no such route.",
        "properties": {"error": {"type": "string"}},
        "additionalProperties": False,
        "examples": [{}],
    },
    "ServerError": _object(
        {"error": {"const": "Internal server error"}, "id": {"type": "string", "description": "As X-Request-ID."}},
        "Something that nobody foresaw.",
        {"error": "Internal server error", "id": "0f8a6c1e5b7d4f0e9a2b3c4d5e6f7a8b"},
    ),
}
