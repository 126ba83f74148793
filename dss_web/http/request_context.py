"""What the layers of the web app learn about a request and pass to one another."""

from dataclasses import dataclass, field
from typing import Protocol

import mohawk
from django.http import HttpRequest

# The one attribute that we add to Django's requests.
_ATTRIBUTE = "dss_context"


class Payload(Protocol):
    """A request's body that is read by whoever verifies its signature."""

    def read(self, _size: int = ..., /) -> bytes:
        """The next bytes; b'' at the end."""
        ...


@dataclass(slots=True)
class RequestContext:
    """Facts about one request. Those of the first group appear in its log line under their own names.

    `outcome` replaces the phrase of the status; `refusal` says why authentication failed, for logs and metrics only.
    `entity_tag` is the `ETag` of the response, `hawk` the receiver that signs it, None for responses without a
    signature; `payload` is the request's body where it is read in another way. `is_over_upload_limit` is set when the
    request's file was dropped because of its size.
    """

    client: str | None = None
    table: str | None = None
    rows: int | None = None
    outcome: str | None = None
    refusal: str | None = None

    entity_tag: str | None = None
    hawk: mohawk.Receiver | None = field(default=None, repr=False)
    payload: Payload | None = field(default=None, repr=False)
    is_over_upload_limit: bool = False
    dropped_headers: list[str] = field(default_factory=list)


def context_of(request: HttpRequest) -> RequestContext:
    """The context of a request, made when it is first asked for."""
    attributes = vars(request)
    context: RequestContext | None = attributes.get(_ATTRIBUTE)
    if context is None:
        context = attributes[_ATTRIBUTE] = RequestContext()
    return context
