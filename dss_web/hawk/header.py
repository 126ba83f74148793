"""The `Authorization` header of a request → its attributes."""

import re
from typing import Final

from mohawk.exc import BadHeaderValue, HawkFail
from mohawk.util import parse_authorization_header

from dss_web.http.errors import BadRequest

# The contract's limit, which is also mohawk's and npm hawk's.
MAX_LENGTH: Final = 4096
REQUIRED: Final = ("id", "ts", "nonce", "mac")
# mohawk accepts them, but they belong to responses: in a request no MAC covers them.
RESPONSE_ATTRIBUTES: Final = frozenset({"tsm", "error"})

# mohawk also accepts Unicode's white space and letters.
_PRINTABLE: Final = re.compile(r"[\t -~]*")
# Twelve digits last until the year 33658.
_TIMESTAMP: Final = re.compile(r"[0-9]{1,12}")


def parse_header(header: str) -> dict[str, str]:
    """The attributes of an `Authorization` header, all that are required among them. Raises BadRequest."""
    if len(header) > MAX_LENGTH:
        raise BadRequest(f"The Authorization header has {len(header)} characters; at most {MAX_LENGTH} are allowed")
    scheme, _, rest = header.partition(" ")
    if scheme.lower() != "hawk" or not rest:
        raise BadRequest('The Authorization header must have the scheme Hawk and its attributes: Hawk id="…", …')
    try:
        attributes: dict[str, str] = parse_authorization_header(header) if _PRINTABLE.fullmatch(header) else {}
    except BadHeaderValue as error:
        wrong = "an attribute twice" if "Duplicate" in str(error) else 'what is not an attribute of the form name="…"'
        raise BadRequest(f"The Hawk header holds {wrong}") from error
    except HawkFail as error:
        raise BadRequest("The Hawk header holds an attribute that Hawk does not know") from error
    if not attributes:
        raise BadRequest('The Hawk header holds what is not an attribute of the form name="…"')
    if misplaced := sorted(RESPONSE_ATTRIBUTES & attributes.keys()):
        raise BadRequest(f"The Hawk header holds what only a response may have: {', '.join(misplaced)}")
    if missing := [name for name in REQUIRED if not attributes.get(name)]:
        raise BadRequest(f"The Hawk header lacks: {', '.join(missing)}")
    if not _TIMESTAMP.fullmatch(attributes["ts"]):
        raise BadRequest("The Hawk header's ts must be whole seconds since 1970")
    return attributes
