"""The bodies of pages, for the documentation: pages themselves are bytes that are never parsed (`dss_web.tables`)."""

from typing import Annotated, Any

from pydantic import ConfigDict, Field, RootModel, WithJsonSchema

from dss_web.http.bodies import Body


class Value(
    RootModel[Annotated[Any, WithJsonSchema({"type": ["string", "number", "boolean", "null", "array", "object"]})]]
):
    """A value in the form of its column's type, as in the table of types and values."""


Headers = Annotated[list[str], Field(description="The columns' names, in their order.")]
Values = Annotated[list[list[Value]], Field(description="The rows, each with a value for each column.")]
Results = Annotated[
    list[dict[str, Value]],
    Field(description="The rows, each an object whose keys are the columns' names in their order."),
]
Next = Annotated[
    str | None,
    Field(
        description="The URL of the next page, to be followed letter for letter; null on the last page.",
        json_schema_extra={"format": "uri"},
    ),
]


class TabularPage(Body):
    """A page with `orientation=tabular`: the names once, and each row as a list."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"headers": ["id", "company_name"], "values": [[1, "acme ltd"]], "next": None}]}
    )

    headers: Headers
    values: Values
    next: Next


class RecordsPage(Body):
    """A page with `orientation=records`: each row as an object."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"results": [{"id": 1, "company_name": "acme ltd"}], "next": None}]}
    )

    results: Results
    next: Next


Version = Annotated[
    int,
    Field(description="The version of the table that you have once you have read this page and those before it."),
]
Removed = Annotated[
    list[tuple[int, int]],
    Field(
        description="The ids of rows that are gone, as the first and last of each range; on the first page only. Rows "
        "of `results` may have ids that you have already: they are the same rows."
    ),
]


class TabularChanges(Body):
    """What has changed since a version, with `orientation=tabular`."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "headers": ["id", "company_name"],
                    "values": [[41, "acme ltd"]],
                    "next": None,
                    "version": 912,
                    "removed": [[7, 9]],
                }
            ]
        }
    )

    headers: Headers
    values: Values
    next: Next
    version: Version
    removed: Removed


class RecordsChanges(Body):
    """What has changed since a version, with `orientation=records`."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "results": [{"id": 41, "company_name": "acme ltd"}],
                    "next": None,
                    "version": 912,
                    "removed": [[7, 9]],
                }
            ]
        }
    )

    results: Results
    next: Next
    version: Version
    removed: Removed


class TabularRows(Body):
    """Rows with `orientation=tabular`."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"headers": ["postcode", "regionName"], "values": [["AB10 1AA", "Scotland"]]}]}
    )

    headers: Headers
    values: Values


class RecordsRows(Body):
    """Rows with `orientation=records`."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"results": [{"postcode": "AB10 1AA", "regionName": "Scotland"}]}]}
    )

    results: Results
