"""`/healthcheck/`: whether the web app responds, for load balancers."""

from typing import Final, Literal

from django.http import HttpRequest, HttpResponse
from pydantic import ConfigDict

from dss_web.http.bodies import Body
from dss_web.http.operation import Operation, ResponseType, Tag
from dss_web.http.responses import json_response


class Health(Body):
    """The web app responds."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"status": "OK"}]})

    status: Literal["OK"]


def healthcheck(request: HttpRequest) -> HttpResponse:
    """200. Depends on nothing else: neither on the client nor on the database."""
    return json_response(Health(status="OK"))


OPERATION: Final = Operation(
    operation_id="healthcheck",
    path="/healthcheck/",
    summary="Ask whether the web app responds",
    description="Depends on nothing else: neither on the client nor on the database.",
    tag=Tag.HEALTH,
    responses=(ResponseType(name="Healthy", status=200, description="The web app responds.", bodies=(Health,)),),
)
