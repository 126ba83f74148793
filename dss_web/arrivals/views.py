"""Files in parts, from the script of a dataset's page (`static/dss/parts.js`). Without it the form sends them whole.

Every answer says that it is the service's own: proxies, too, answer in JSON.
"""

import base64
import binascii
import logging
import re
import uuid
from collections.abc import Callable
from functools import wraps
from typing import Any, Final

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from dss_web.accounts.rights import Right, requires
from dss_web.arrivals import services
from dss_web.arrivals.announced import announced
from dss_web.arrivals.body import PartBody, drain
from dss_web.arrivals.errors import ArrivalError, BeingCompleted, Incomplete, NotTaken
from dss_web.registry.models import Arrival, UploadPipeline
from dss_web.uploads.errors import StorageUnavailable
from dss_web.uploads.views import follow, person_of

log = logging.getLogger(__name__)

SERVICE: Final = "data-store-service"
_STORAGE: Final = "The file could not be stored. This is a fault of the service, not of your file."

View = Callable[..., HttpResponse]


def _for_script(view: View) -> View:
    """A view for people who may upload, whose errors are JSON."""

    @wraps(view)
    def answer(request: HttpRequest, slug: str, **names: Any) -> HttpResponse:
        try:
            return view(request, get_object_or_404(UploadPipeline, slug=slug), **names)
        except Incomplete as error:
            return _json({"problem": str(error), "missing": list(error.missing)}, error.status)
        except ArrivalError as error:
            drain(request)
            return _json({"problem": str(error)}, error.status)
        except BeingCompleted:
            return _json({}, 202)
        except StorageUnavailable as error:
            log.error("%s", error)
            return _json({"problem": _STORAGE}, 503)

    return requires(Right.UPLOAD)(never_cache(answer))


@require_POST
@_for_script
def begin(request: HttpRequest, pipeline: UploadPipeline) -> HttpResponse:
    """A file with `name`, `size` and `modified` is going to come; the answer says which of its parts are here."""
    size = request.POST.get("size", "")
    if not re.fullmatch(r"\d{1,18}", size, re.ASCII):
        raise NotTaken("The size of the file is missing.")
    file = announced(request.POST.get("name", ""), int(size), modified=request.POST.get("modified", ""))
    return _told(services.begin(pipeline, file, person_of(request)))


@require_http_methods(["GET", "HEAD", "DELETE"])
@_for_script
def arrival(request: HttpRequest, pipeline: UploadPipeline, arrival_id: uuid.UUID) -> HttpResponse:
    """Which parts are here; or the whole upload is cancelled."""
    found = services.find(pipeline, arrival_id, person_of(request))
    if request.method != "DELETE":
        return _told(found)
    if not services.is_complete(found):
        services.cancel(found)
    return HttpResponse(status=204)


@require_http_methods(["PUT"])
@_for_script
def part(request: HttpRequest, pipeline: UploadPipeline, arrival_id: uuid.UUID, number: int) -> HttpResponse:
    """A part of the file, whose SHA-256 is in `Content-Digest` (RFC 9530)."""
    found = services.find(pipeline, arrival_id, person_of(request))
    digest = _content_digest(request)
    body = PartBody(request, found.part_size).read_all()
    services.put_part(found, number, bytes(body.content), body.digest, digest)
    return HttpResponse(status=204)


@require_POST
@_for_script
def complete(request: HttpRequest, pipeline: UploadPipeline, arrival_id: uuid.UUID) -> HttpResponse:
    """All parts have been sent: they become a version, to whose page the answer leads."""
    person = person_of(request)
    return follow(services.complete(services.find(pipeline, arrival_id, person), person))


def _content_digest(request: HttpRequest) -> str:
    """The SHA-256 that the sender says, in hexadecimal. https://www.rfc-editor.org/rfc/rfc9530 (seen 2026-11)."""
    found = re.search(r"\bsha-256=:([A-Za-z0-9+/=]+):", request.headers.get("Content-Digest", ""))
    try:
        return base64.b64decode(found[1], validate=True).hex() if found else ""
    except binascii.Error as error:
        raise NotTaken("The Content-Digest of the part cannot be read.") from error


def _told(arrival: Arrival) -> JsonResponse:
    digests = services.digests_of(arrival)
    parts = {str(number): digest for number, digest in digests.items()}
    return _json({"id": str(arrival.id), "part_size": arrival.part_size, "parts": parts})


def _json(fields: dict[str, Any], status: int = 200) -> JsonResponse:
    return JsonResponse({"service": SERVICE, **fields}, status=status)
