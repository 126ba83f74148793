"""The response types that several operations have, described for clients, and what the headers mean."""

from typing import Final

from dss_web.http.bodies import Error, NotFound, ServerError, StartAgain
from dss_web.http.operation import Json, ResponseType

HEADERS: Final[dict[str, Json]] = {
    "X-Request-ID": {
        "description": "The id of this request in the service's log. Quote it when you ask why something failed.",
        "schema": {"type": "string"},
    },
    "Server-Authorization": {
        "description": 'The response\'s own signature, made with your key: `Hawk mac="…", hash="…"`. It is on every '
        "response to a request with a valid MAC, including errors.",
        "schema": {"type": "string"},
    },
    "WWW-Authenticate": {
        "description": "The scheme with which to sign requests.",
        "schema": {"type": "string", "const": "Hawk"},
    },
    "ETag": {
        "description": "The state of the table, or of what is said of datasets. Send it in `If-None-Match` the next "
        "time. Every table has one whose changes the service tracks, which is all but views that operators made by "
        "hand.",
        "schema": {"type": "string"},
    },
    "DSS-Export-Id": {
        "description": "The id of the export's receipt. `Server-Authorization` signs it as `ext`, instead of a hash of "
        "the body, which is not known yet.",
        "schema": {"type": "string", "format": "uuid"},
    },
    "DSS-Generation": {
        "description": "The table's generation, to resume from a receipt's checkpoint.",
        "schema": {"type": "integer"},
    },
    "Retry-After": {
        "description": "The number of seconds after which to send the request again, with a fresh timestamp and nonce.",
        "schema": {"type": "integer", "minimum": 1},
    },
}

SIGNED: Final = ("Server-Authorization",)
TAGGED: Final = ("ETag",)

NOT_MODIFIED: Final = ResponseType(
    name="NotModified",
    status=304,
    description="What you asked for has not changed since the `ETag` that you sent in `If-None-Match`. The body is "
    "empty.",
    headers=SIGNED + TAGGED,
)
BAD_REQUEST: Final = ResponseType(
    name="BadRequest",
    status=400,
    description="The `Authorization` header cannot be parsed, a parameter is not valid, or a filter is on a column "
    "without an index: `error` says what is wrong.",
    bodies=(Error,),
    optional_headers=SIGNED,
)
UNAUTHENTICATED: Final = ResponseType(
    name="Unauthenticated",
    status=401,
    description="No `Authorization` header, or one that is not valid: an unknown id, a wrong MAC or payload hash, a "
    "timestamp too far from the service's clock, or a nonce that was used before. The body is empty; only the "
    "service's log has the reason, under the `X-Request-ID`.",
    headers=("WWW-Authenticate",),
)
FORBIDDEN: Final = ResponseType(
    name="Forbidden",
    status=403,
    description="The signature is valid, but your scopes do not include this route, this table or this dataset.",
    bodies=(Error,),
    headers=SIGNED,
)
NO_SUCH_TABLE: Final = ResponseType(
    name="NotFound",
    status=404,
    description="There is no such table, or none has been loaded yet. Names are case-sensitive.",
    bodies=(NotFound,),
    optional_headers=SIGNED,
)
CHANGED: Final = ResponseType(
    name="Changed",
    status=409,
    description="Rows that you may have read were replaced or removed after you began to read the table, and are not "
    "kept any more. Drop what you have of it, and start again at the URL in `start`.",
    bodies=(StartAgain,),
    headers=SIGNED,
)
GONE: Final = ResponseType(
    name="ChangesUnknown",
    status=410,
    description="What has changed since your version cannot be told (any more): the table was replaced as a whole, its "
    "columns or values were changed, the version is none of this table's, or it is too long ago. Drop what you have, "
    "and start again at the URL in `start`.",
    bodies=(StartAgain,),
    headers=SIGNED,
)
UNPROCESSABLE: Final = ResponseType(
    name="Unprocessable",
    status=422,
    description="The table cannot be read in pages: it has no unique integer column `id`, or it is a view that fails "
    "on its own rows.",
    bodies=(Error,),
    headers=SIGNED,
)
TOO_MANY_FAILURES: Final = ResponseType(
    name="TooManyFailures",
    status=429,
    description="Too many requests of your id, or from your address, could not be authenticated within the last "
    "minute. Correct the credentials or the clock, and try again after `Retry-After` seconds. A valid request "
    "is never refused because of others' failures.",
    bodies=(Error,),
    headers=("Retry-After",),
)
SERVER_ERROR: Final = ResponseType(
    name="ServerError",
    status=500,
    description="An unforeseen error. Tell us the `id`.",
    bodies=(ServerError,),
    optional_headers=SIGNED,
)
UNAVAILABLE: Final = ResponseType(
    name="Unavailable",
    status=503,
    description="The database is out of reach, the table is being replaced, or reading took too long. Try again "
    "after `Retry-After` seconds.",
    bodies=(Error,),
    headers=("Retry-After",),
    optional_headers=SIGNED,
)

# Every operation that asks for a signature may give these responses.
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
