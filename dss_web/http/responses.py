"""JSON responses: UTF-8, compact."""

import orjson
from django.http import HttpResponse

from dss_web.http.bodies import Body


def json_response(body: Body, status: int = 200) -> HttpResponse:
    """A response with this body. Fields that were not set are left out; dates and times are as `isoformat` has them."""
    content = orjson.dumps(body.model_dump(by_alias=True, exclude_unset=True))
    return HttpResponse(content, status=status, content_type="application/json")
