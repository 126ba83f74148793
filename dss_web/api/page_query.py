"""The parameters of a page, and the URL of the next one."""

from collections.abc import Iterable
from typing import Annotated, Final
from urllib.parse import urlencode

from django.http import HttpRequest
from pydantic import BaseModel, Field, WithJsonSchema

from dss_web.http.errors import BadRequest
from dss_web.http.query_parameters import ColumnNames, Integer
from dss_web.http.request_url import origin, raw_path
from dss_web.tables.ids import Id
from dss_web.tables.json_rows import Orientation
from dss_web.tables.relation import Version

# A page is held in memory several times over while it is made: 10,000 rows of 50 columns are 5 MB of JSON.
MAX_PAGE_SIZE: Final = 10_000

# What is told of any other orientation.
INVALID_ORIENTATION: Final = "orientation must be tabular or records"

_ORIENTATION: Final = Field(
    description="The form of the rows: `tabular` gives the columns' names once and each row as a list, `records` "
    "gives each row as an object.",
    json_schema_extra={"enum": list(Orientation), "example": "records"},
)


class PageQuery(BaseModel):
    """The parameters of a page, apart from filters on columns.

    `orientation` and `next_id` are read once the table is open: what is wrong with it is told first, and its id says
    what an id is.
    """

    orientation: Annotated[str, _ORIENTATION] = Orientation.TABULAR
    # Described as an integer, which it is in all tables that the service has loaded.
    next_id: Annotated[str, WithJsonSchema({"type": "integer", "example": 1})] | None = Field(
        None,
        alias="next-id",
        description="Start at the row with this id or the next greater one. `next` includes it; clients need not set "
        "it. Zero and less mean the beginning. In a table that others have made it may be text or a UUID.",
    )
    page_size: Integer | None = Field(
        None,
        alias="page-size",
        ge=1,
        le=MAX_PAGE_SIZE,
        description="The most rows that a page may have. Larger pages mean fewer requests; `next` keeps the size.",
        json_schema_extra={"example": 5000},
    )
    columns: ColumnNames = Field(default_factory=list)
    generation: Integer | None = Field(
        None,
        description="The state of the table in which you began to read it. `next` includes it; clients need not set "
        "it. If rows have been replaced or removed since, you read the earlier table while it is kept; otherwise the "
        "response is 409 rather than a mix of two states.",
    )

    def form(self) -> Orientation:
        """The orientation. Raises BadRequest if there is no such one."""
        try:
            return Orientation(self.orientation)
        except ValueError:
            raise BadRequest(INVALID_ORIENTATION) from None

    def kept(self) -> list[tuple[str, str]]:
        """The parameters that the next page has too, apart from orientation and filters."""
        size = [] if self.page_size is None else [("page-size", str(self.page_size))]
        return [*size, *(("columns", names) for names in self.columns)]


class PostcodeQuery(BaseModel):
    """The parameters of a postcode."""

    orientation: Annotated[Orientation, _ORIENTATION] = Orientation.TABULAR
    postcode: str = Field(
        min_length=1,
        description="A UK postcode. Spaces and case do not matter.",
        json_schema_extra={"example": "AB10 1AA"},
    )


def page_url(
    request: HttpRequest,
    orientation: Orientation,
    kept: Iterable[tuple[str, str]],
    next_id: Id | None = None,
    version: Version | None = None,
) -> str:
    """The absolute URL of a page as this client reaches it: the first page, or the one that starts at `next_id`.

    Clients follow it letter for letter. The version's generation is that of the rows that they have by then.
    """
    parameters: list[tuple[str, object]] = [("orientation", orientation)]
    if next_id is not None:
        parameters.append(("next-id", next_id))
    if version is not None:
        parameters.append(("generation", version.generation))
    return f"{origin(request)}{raw_path(request)}?{urlencode([*parameters, *kept])}"
