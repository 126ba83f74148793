"""The parameters of a page, and the URL of the next one."""

from collections.abc import Iterable
from typing import Final
from urllib.parse import urlencode

from django.http import HttpRequest
from ninja import Schema
from pydantic import Field

from dss_web.http.query_parameters import Integer
from dss_web.http.request_url import origin, raw_path
from dss_web.tables.json_rows import Orientation
from dss_web.tables.relation import Version

MAX_PAGE_SIZE: Final = 10_000

WRONG_PARAMETER: Final = {
    "orientation": "orientation must be tabular or records",
    "next-id": "next-id must be an integer",
    "page-size": f"page-size must be an integer from 1 to {MAX_PAGE_SIZE}",
    "generation": "generation must be an integer",
    "format": "format must be csv, ndjson or parquet",
    "from-id": "from-id must be an integer",
    "header": "header must be true or false",
    "export_id": "The id of an export is a UUID, as DSS-Export-Id named it",
    "postcode": "No postcode specified",
}


class PageQuery(Schema):
    """What a client asks of a page, besides filters on columns."""

    orientation: Orientation = Orientation.TABULAR
    next_id: Integer = Field(0, alias="next-id")
    page_size: Integer | None = Field(None, alias="page-size", ge=1, le=MAX_PAGE_SIZE)
    columns: list[str] = Field(default_factory=list, json_schema_extra={"uniqueItems": True})
    generation: Integer | None = None

    def kept(self) -> list[tuple[str, str]]:
        """The parameters that the next page has as well, besides orientation and filters."""
        size = [] if self.page_size is None else [("page-size", str(self.page_size))]
        return [*size, *(("columns", names) for names in self.columns)]


class PostcodeQuery(Schema):
    """What a client asks of a postcode."""

    orientation: Orientation = Orientation.TABULAR
    postcode: str = Field(min_length=1)


def page_url(
    request: HttpRequest,
    orientation: Orientation,
    kept: Iterable[tuple[str, str]],
    next_id: int | None = None,
    version: Version | None = None,
) -> str:
    """The absolute URL of a page as this client reaches it: of the first page, or of the one that begins at an id.

    Clients follow it letter for letter. The version's generation is that of the rows that they have by then.
    """
    parameters: list[tuple[str, object]] = [("orientation", orientation)]
    if next_id is not None:
        parameters.append(("next-id", next_id))
    if version is not None:
        parameters.append(("generation", version.generation))
    return f"{origin(request)}{raw_path(request)}?{urlencode([*parameters, *kept])}"
