"""The `Authorization` header of a request, in attributes."""

import re
from typing import Final

from mohawk.exc import BadHeaderValue, HawkFail
from mohawk.util import parse_authorization_header

from dss_web.http.errors import BadRequest

MAX_LENGTH: Final = 4096
REQUIRED: Final = ("id", "ts", "nonce", "mac")
# mohawk knows them as well, but they are an answer's: in a request they would go through unsigned.
OF_ANSWERS: Final = frozenset({"tsm", "error"})

# mohawk takes what Unicode calls white space and letters for such.
_PRINTABLE: Final = re.compile(r"[\t -~]*")
_TIMESTAMP: Final = re.compile(r"[0-9]{1,12}")


def parse_header(header: str) -> dict[str, str]:
    """The attributes of an `Authorization` header; raises BadRequest with what is wrong with it."""
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
    if misplaced := sorted(OF_ANSWERS & attributes.keys()):
        raise BadRequest(f"The Hawk header holds what only an answer may have: {', '.join(misplaced)}")
    if missing := [name for name in REQUIRED if not attributes.get(name)]:
        raise BadRequest(f"The Hawk header lacks: {', '.join(missing)}")
    if not _TIMESTAMP.fullmatch(attributes["ts"]):
        raise BadRequest("The Hawk header's ts must be whole seconds since 1970")
    return attributes
