"""table-structure: the columns of a table."""

from typing import Final

from django.http import HttpRequest, HttpResponse
from ninja import Query
from pydantic import BaseModel, ConfigDict, Field

from dss_web.api.parameters import IF_NONE_MATCH, SchemaName, TableName
from dss_web.api.responses import ALWAYS_POSSIBLE, SIGNED, TAGGED
from dss_web.api.signed_operation import SignedOperation, table_scopes
from dss_web.configuration import web_settings
from dss_web.http.bodies import Body
from dss_web.http.operation import ResponseType, Tag
from dss_web.http.responses import json_response
from dss_web.registry.models import Dataset
from dss_web.shared.contract import HIDDEN_COLUMNS
from dss_web.tables.types import name_for_clients
from dss_web.tables.versions import open_for_request


class StructureColumn(Body):
    """A column of a table."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"name": "company_name", "type": "TEXT"}]})

    name: str = Field(description="The column's name as stored.")
    type: str = Field(
        description="The type's name, followed by `[]` for an array of that type.",
        examples=["TEXT", "BIGINT", "TEXT[]"],
    )
    description: str = Field(
        default="",
        description="What the column means. Only with `descriptions=true`, for columns of published datasets.",
    )


class Structure(Body):
    """The columns of a table."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"columns": [{"name": "id", "type": "BIGINT"}, {"name": "company_name", "type": "TEXT"}]}]
        }
    )

    columns: list[StructureColumn] = Field(description="The columns, in the table's order.")


class StructureQuery(BaseModel):
    """The parameters of a structure."""

    descriptions: bool = Field(
        False,
        description="`true` adds what each column means, where a declaration says so. Such a response has no `ETag`.",
    )


def get_table_structure(
    request: HttpRequest, schema_name: SchemaName, table_name: TableName, query: Query[StructureQuery]
) -> HttpResponse:
    """The columns of a table with their types, without those of the loader's bookkeeping.

    Existing clients may know no other keys than name and type, so that descriptions come only where they are asked for.
    They change with a release, and a table's tag does not.
    """
    names = web_settings().dss_table_structure_names
    meanings = Dataset.column_descriptions(schema_name, table_name) if query.descriptions else {}
    with open_for_request(request, schema_name, table_name, has_tag=not query.descriptions) as relation:
        columns = [
            StructureColumn(
                name=column.name,
                type=name_for_clients(column.type, names),
                **({"description": meanings[column.name]} if meanings.get(column.name) else {}),
            )
            for column in relation.row_type.columns
            if column.name not in HIDDEN_COLUMNS
        ]
    return json_response(Structure(columns=columns))


OPERATION: Final = SignedOperation(
    operation_id="get_table_structure",
    path="/api/v1/table-structure/{schema_name}/{table_name}",
    view=get_table_structure,
    summary="List a table's columns",
    description="The columns of a table in their order, each with its type.",
    tag=Tag.TABLES,
    responses=(
        ResponseType(
            name="Structure",
            status=200,
            description="The table's columns.",
            bodies=(Structure,),
            headers=SIGNED,
            optional_headers=TAGGED,
        ),
        *ALWAYS_POSSIBLE,
    ),
    parameters=(IF_NONE_MATCH,),
    scopes=table_scopes("get_table_structure"),
)
