"""The parameters of an export."""

from collections.abc import Iterable
from enum import StrEnum
from urllib.parse import urlencode

from django.http import HttpRequest
from pydantic import BaseModel, Field

from dss_web.http.query_parameters import ColumnNames, Integer
from dss_web.http.request_url import origin, raw_path


class Format(StrEnum):
    """The formats of an export; each is also the extension of its file's name."""

    CSV = "csv"
    NDJSON = "ndjson"
    PARQUET = "parquet"


class Formulas(StrEnum):
    """What becomes of values of a CSV that a spreadsheet program would take for formulas."""

    KEEP = "keep"
    ESCAPE = "escape"


class ExportQuery(BaseModel):
    """The parameters of an export, apart from filters on columns."""

    format: Format = Field(Format.CSV, description="The format of the export.", json_schema_extra={"example": "csv"})
    columns: ColumnNames = Field(default_factory=list)
    from_id: Integer = Field(
        0,
        alias="from-id",
        description="Start at the row with this id or the next greater one.",
        json_schema_extra={"example": 1},
    )
    generation: Integer | None = Field(
        None,
        description="The generation of the table in a receipt. If rows have been replaced or removed since, you read "
        "the earlier table while it is kept; otherwise the response is 409 rather than a mix of two states.",
    )
    header: bool = Field(
        True, description="`false` leaves out a CSV's first line, so that the rows can be appended to a file."
    )

    formulas: Formulas = Field(
        Formulas.KEEP,
        description="`escape` puts an apostrophe before text of a CSV that a spreadsheet program would take for a "
        "formula: what begins with `=`, `+`, `-`, `@`, a tab or the end of a line. Ask for it where people open the "
        "file; by default values are those of the table.",
    )

    def kept(self) -> list[tuple[str, str]]:
        """The parameters of the same export from its start, apart from filters."""
        formulas = [("formulas", self.formulas)] if self.formulas is not Formulas.KEEP else []
        return [("format", self.format), *(("columns", names) for names in self.columns), *formulas]


def start_url(request: HttpRequest, parameters: Iterable[tuple[str, str]]) -> str:
    """The absolute URL, as this client reaches it, of an export from its start."""
    return f"{origin(request)}{raw_path(request)}?{urlencode(list(parameters))}"
