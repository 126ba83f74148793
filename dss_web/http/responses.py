"""JSON responses: UTF-8, compact."""

import orjson
from django.http import HttpResponse


def json_response(content: object, status: int = 200) -> HttpResponse:
    """A response with `content` as its body."""
    return HttpResponse(orjson.dumps(content), status=status, content_type="application/json")
