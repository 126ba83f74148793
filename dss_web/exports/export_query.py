"""What a client may ask of an export."""

from collections.abc import Iterable
from enum import StrEnum
from urllib.parse import urlencode

from django.http import HttpRequest
from pydantic import BaseModel, Field

from dss_web.http.query_parameters import Integer
from dss_web.http.request_url import origin, raw_path


class Format(StrEnum):
    """The formats of an export; each is also the end of its file's name."""

    CSV = "csv"
    NDJSON = "ndjson"
    PARQUET = "parquet"


class ExportQuery(BaseModel):
    """What a client asks of an export, besides filters on columns."""

    format: Format = Field(Format.CSV, description="CSV as Postgres writes it, JSON objects a line, or Parquet.")
    columns: list[str] = Field(
        default_factory=list,
        description="Only these columns, in this order; commas between.",
        json_schema_extra={"uniqueItems": True},
    )
    from_id: Integer = Field(0, alias="from-id", description="Only rows with this id or a greater one.")
    generation: Integer | None = Field(
        None, description="Refuse with 409 if rows were changed or removed since this generation of the table."
    )
    header: bool = Field(True, description="false: CSV without its first line, to be put behind what is there.")

    def kept(self) -> list[tuple[str, str]]:
        """The parameters of the same export from its start, besides filters."""
        return [("format", self.format), *(("columns", names) for names in self.columns)]


def start_url(request: HttpRequest, parameters: Iterable[tuple[str, str]]) -> str:
    """The absolute URL, as this client reaches it, of an export from its start."""
    return f"{origin(request)}{raw_path(request)}?{urlencode(list(parameters))}"
