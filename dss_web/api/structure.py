"""table-structure: the columns of a table."""

from datetime import date as datetime_date
from datetime import datetime
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
from dss_web.registry.models import CatalogueEntry
from dss_web.shared.contract import HIDDEN_COLUMNS, Classification
from dss_web.tables.latest_file import column_changes, latest_file
from dss_web.tables.type_names import name_for_clients
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
        description="What the column means. Only with `descriptions=true`, where the dataset says so.",
    )


class LatestFile(Body):
    """The newest file of the table's dataset, with the changes of its columns against the file before it."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "name": "ONSPD_NOV_2025_UK.zip",
                    "loaded_at": "2025-11-20T09:30:00+00:00",
                    "rows": 2713000,
                    "date": "2025-11-30",
                    "before": "ONSPD_AUG_2025_UK.zip",
                    "more": ["ruc21ind"],
                    "less": [],
                    "renamed": ["ctry → ctry25cd"],
                }
            ]
        }
    )

    name: str = Field(description="The file's name.")
    loaded_at: datetime = Field(description="When its rows were loaded.")
    rows: int = Field(description="Its rows in the dataset.")
    date: datetime_date | None = Field(
        default=None, description="By what it is ordered; absent where files count as they arrive."
    )
    before: str = Field(default="", description="The file before it; absent if there is none.")
    more: list[str] = Field(default=[], description="Titles of columns that the file before it did not have.")
    less: list[str] = Field(default=[], description="Titles of columns that only the file before it has.")
    renamed: list[str] = Field(default=[], description="Columns whose titles have changed: old → new.")


class StructureDataset(Body):
    """What the dataset of a table is about, and who answers for it. What nobody has said is absent."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "title": "Export wins",
                    "description": "Deals that the department helped to win.",
                    "owner": "ada@example.gov.uk",
                    "contact": "exports@example.gov.uk",
                    "licence": "For use inside government only",
                    "may_hold_personal_data": False,
                    "classification": "OFFICIAL",
                }
            ]
        }
    )

    title: str = Field(default="", description="What people call it.")
    description: str = Field(default="", description="What it is about.")
    owner: str = Field(
        default="", description="Who answers for it here: an email, several with commas between, or `team:` and a name."
    )
    contact: str = Field(default="", description="Whom to ask about the data: an email or a URL.")
    licence: str = Field(default="", description="The name of the licence.")
    licence_url: str = Field(default="", description="The page on which the licence stands.")
    source_page: str = Field(default="", description="Where its publisher presents it.")
    may_hold_personal_data: bool | None = Field(default=None, description="Whether it may hold personal data.")
    classification: Classification | None = Field(default=None, description="How sensitive it is.")


class Structure(Body):
    """The columns of a table."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"columns": [{"name": "id", "type": "BIGINT"}, {"name": "company_name", "type": "TEXT"}]}]
        }
    )

    columns: list[StructureColumn] = Field(description="The columns, in the table's order.")
    dataset: StructureDataset | None = Field(
        default=None, description="What the dataset is about. Only with `descriptions=true`."
    )
    latest_file: LatestFile | None = Field(
        default=None, description="The newest file of the dataset; absent where the service loads none."
    )


class StructureQuery(BaseModel):
    """The parameters of a structure."""

    descriptions: bool = Field(
        False,
        description="`true` adds what the dataset is about and what each column means, where somebody has said so. "
        "Such a response has no `ETag`.",
    )


def get_table_structure(
    request: HttpRequest, schema_name: SchemaName, table_name: TableName, query: Query[StructureQuery]
) -> HttpResponse:
    """The columns of a table with their types, without those of the loader's bookkeeping.

    Existing clients may know no other keys than name and type, so that descriptions come only where they are asked for.
    They change with a release or as people say, and a table's tag does not.
    """
    names = web_settings().dss_table_structure_names
    entry = CatalogueEntry.of_schema(schema_name) if query.descriptions else None
    meanings = entry.column_descriptions(table_name) if entry else {}
    with open_for_request(request, schema_name, table_name, has_tag=not query.descriptions) as relation:
        columns = [
            StructureColumn(
                name=column.name,
                type=name_for_clients(column, names),
                **({"description": meanings[column.name]} if meanings.get(column.name) else {}),
            )
            for column in relation.row_type.columns
            if column.name not in HIDDEN_COLUMNS
        ]
    return json_response(Structure(columns=columns, **_dataset(entry), **_latest_file(schema_name)))


def _dataset(entry: CatalogueEntry | None) -> dict[str, StructureDataset]:
    """The key `dataset`, with what is known of it."""
    if entry is None:
        return {}
    values = {name: getattr(entry, name) for name in StructureDataset.model_fields}
    known = {name: value for name, value in values.items() if value not in {"", None}}
    return {"dataset": StructureDataset(**known)}


def _latest_file(schema: str) -> dict[str, LatestFile]:
    """The key `latest_file`, if there is one."""
    file = latest_file(schema)
    if file is None or file.loaded_at is None or file.rows is None:
        return {}
    date = {"date": file.file_date} if file.file_date else {}
    return {
        "latest_file": LatestFile(
            name=file.file_name, loaded_at=file.loaded_at, rows=file.rows, **date, **column_changes(file)
        )
    }


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
