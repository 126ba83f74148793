"""What the API answers, declared: headers, and one `Answer` for each reason to answer something else than rows.

Every name here becomes a component of the OpenAPI document, as do the bodies in schemas.py.
"""

from dataclasses import dataclass
from typing import Final

from dss_web.docs.schemas import Json

HEADERS: Final[dict[str, Json]] = {
    "X-Request-ID": {
        "description": "The id of this request in the service's log. Name it when you ask why something failed.",
        "schema": {"type": "string"},
    },
    "Server-Authorization": {
        "description": 'The answer\'s own signature, by your key: `Hawk mac="…", hash="…"`. It is on every answer '
        "to a request whose MAC was right, errors too.",
        "schema": {"type": "string"},
    },
    "WWW-Authenticate": {
        "description": "The scheme by which to sign requests.",
        "schema": {"type": "string", "const": "Hawk"},
    },
    "ETag": {
        "description": "The table's state. Send it in `If-None-Match` the next time. It is there for every table whose "
        "changes the service notes, which are all but views that operators made by hand.",
        "schema": {"type": "string"},
    },
    "DSS-Export-Id": {
        "description": "Names the export's receipt. `Server-Authorization` signs it as `ext`, in place of a hash of a "
        "body, which nobody has seen yet.",
        "schema": {"type": "string", "format": "uuid"},
    },
    "DSS-Generation": {
        "description": "The table's generation, to go on from a receipt's checkpoint.",
        "schema": {"type": "integer"},
    },
    "Retry-After": {
        "description": "After how many seconds to ask again, with a fresh timestamp and nonce.",
        "schema": {"type": "integer", "minimum": 1},
    },
}


@dataclass(frozen=True, kw_only=True)
class Answer:
    """One kind of answer.

    `name`      as a component of the document
    `bodies`    names of SCHEMAS, of which the body is one; none for an empty body
    `headers`   names of HEADERS that are always there, besides X-Request-ID
    `sometimes` names of HEADERS that may be there
    `media_types` that the body may have
    """

    name: str
    status: int
    description: str
    bodies: tuple[str, ...] = ()
    headers: tuple[str, ...] = ()
    sometimes: tuple[str, ...] = ()
    media_types: tuple[str, ...] = ("application/json",)

    def as_component(self) -> Json:
        """The answer as an OpenAPI Response Object."""
        always = ("X-Request-ID", *self.headers)
        component: Json = {
            "description": self.description,
            "headers": {name: HEADERS[name] | {"required": name in always} for name in (*always, *self.sometimes)},
        }
        references = [{"$ref": f"#/components/schemas/{name}"} for name in self.bodies]
        if references:
            schema = references[0] if len(references) == 1 else {"oneOf": references}
            component["content"] = {media_type: {"schema": schema} for media_type in self.media_types}
        return component


_SIGNED: Final = ("Server-Authorization",)
_TAGGED: Final = ("ETag",)

PAGE: Final = Answer(
    name="Page",
    status=200,
    description="A page of rows, ordered by id.",
    bodies=("TabularPage", "RecordsPage"),
    headers=_SIGNED,
    sometimes=_TAGGED,
)
ROWS: Final = Answer(
    name="Rows",
    status=200,
    description="The row, or none where the postcode is not known.",
    bodies=("TabularRows", "RecordsRows"),
    headers=_SIGNED,
    sometimes=_TAGGED,
)
STRUCTURE: Final = Answer(
    name="Structure",
    status=200,
    description="The table's columns.",
    bodies=("Structure",),
    headers=_SIGNED,
    sometimes=_TAGGED,
)
EXPORT: Final = Answer(
    name="Export",
    status=200,
    description="The rows, ordered by id, of one state of the table. An export that fails midway has no end: the "
    "connection breaks off.",
    bodies=("Table",),
    headers=_SIGNED,
    sometimes=("ETag", "DSS-Export-Id", "DSS-Generation"),
    media_types=("text/csv", "application/x-ndjson", "application/vnd.apache.parquet"),
)
RECEIPT: Final = Answer(
    name="Receipt",
    status=200,
    description="What was sent.",
    bodies=("Receipt",),
    headers=_SIGNED,
)
HEALTHY: Final = Answer(name="Healthy", status=200, description="The web app answers.", bodies=("Health",))

READY: Final = Answer(name="Ready", status=200, description="Every part is there.", bodies=("Readiness",))
NOT_READY: Final = Answer(
    name="NotReady", status=503, description="A part is out of reach: `checks` tells which.", bodies=("Readiness",)
)

NOT_MODIFIED: Final = Answer(
    name="NotModified",
    status=304,
    description="The table is as it was when you got the `ETag` that you sent in `If-None-Match`. The body is empty.",
    headers=_SIGNED + _TAGGED,
)
BAD_REQUEST: Final = Answer(
    name="BadRequest",
    status=400,
    description="The `Authorization` header cannot be parsed, or a parameter is wrong, or a filter is on a column by "
    "which no index finds rows: `error` says which and how.",
    bodies=("Error",),
    sometimes=_SIGNED,
)
UNAUTHENTICATED: Final = Answer(
    name="Unauthenticated",
    status=401,
    description="No `Authorization` header, or one that is not believed: an unknown id, a wrong MAC or payload hash, a "
    "timestamp too far from the service's clock, or a nonce that was used before. The body is empty; which of them it "
    "was stands in the service's log alone, under the `X-Request-ID`.",
    headers=("WWW-Authenticate",),
)
FORBIDDEN: Final = Answer(
    name="Forbidden",
    status=403,
    description="The signature is right, and your scopes do not include this route or this table.",
    bodies=("Error",),
    headers=_SIGNED,
)
NO_SUCH_TABLE: Final = Answer(
    name="NotFound",
    status=404,
    description="There is no such table, or none has been loaded yet. Names are case-sensitive.",
    bodies=("NotFound",),
    sometimes=_SIGNED,
)
CHANGED: Final = Answer(
    name="Changed",
    status=409,
    description="Rows that you may have read were replaced or removed since you began to read the table. Drop what you "
    "have of it, and start again at the URL in `start`.",
    bodies=("Changed",),
    headers=_SIGNED,
)
UNPROCESSABLE: Final = Answer(
    name="Unprocessable",
    status=422,
    description="The table cannot be read in pages: it has no unique integer column `id`, or it is a view that fails "
    "on its own rows.",
    bodies=("Error",),
    headers=_SIGNED,
)
TOO_MANY_FAILURES: Final = Answer(
    name="TooManyFailures",
    status=429,
    description="Too many requests of your id, or from your address, could not be authenticated within the last "
    "minute. Mend the credentials or the clock, and ask again after `Retry-After` seconds. A request that is "
    "authenticated is never refused for what others did.",
    bodies=("Error",),
    headers=("Retry-After",),
)
SERVER_ERROR: Final = Answer(
    name="ServerError",
    status=500,
    description="Something that nobody foresaw. Tell us the `id`.",
    bodies=("ServerError",),
    sometimes=_SIGNED,
)
UNAVAILABLE: Final = Answer(
    name="Unavailable",
    status=503,
    description="For now the database is out of reach, the table is being replaced, or reading took too long. Ask "
    "again after `Retry-After` seconds.",
    bodies=("Error",),
    headers=("Retry-After",),
    sometimes=_SIGNED,
)

# What every route that wants a signature may answer.
ALWAYS_POSSIBLE: Final = (
    NOT_MODIFIED,
    BAD_REQUEST,
    UNAUTHENTICATED,
    FORBIDDEN,
    NO_SUCH_TABLE,
    TOO_MANY_FAILURES,
    SERVER_ERROR,
    UNAVAILABLE,
)
