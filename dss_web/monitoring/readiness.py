"""`/readiness/`: whether the service can do its work, for monitors and for deployments."""

from functools import cache
from typing import Final

from django.http import HttpRequest, HttpResponse
from pydantic import ConfigDict, Field

from dss_web.configuration import web_settings
from dss_web.http.bodies import Body
from dss_web.http.operation import Operation, ResponseType, Tag
from dss_web.http.request_context import context_of
from dss_web.http.responses import json_response
from dss_web.monitoring.check_runs import Check, CheckRuns
from dss_web.monitoring.readiness_checks import ADVISORY, CHECKS


class CheckResult(Body):
    """The result of a check."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"ok": True, "wrong": None, "ms": 1.2}]})

    ok: bool = Field(description="Whether the part works.")
    wrong: str | None = Field(description="What is wrong, in words; null if nothing is.")
    ms: float = Field(description="How long the check took, in milliseconds.")


class Readiness(Body):
    """Whether each part works that the service needs."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"ready": True, "checks": {"database": {"ok": True, "wrong": None, "ms": 1.2}}}]
        }
    )

    ready: bool = Field(
        description="Whether all of them work; `datasets` that stand still, and a `replica` that is away, leave the "
        "service ready."
    )
    checks: dict[str, CheckResult] = Field(description="Each check by its name.")


@cache
def _check_runs() -> CheckRuns:
    settings = web_settings()
    return CheckRuns(
        [Check(name, CHECKS[name]) for name in settings.readiness_checks], settings.dss_readiness_timeout_seconds
    )


def readiness(request: HttpRequest) -> HttpResponse:
    """200 if all checks but ADVISORY ones succeed, otherwise 503; the body has the result of each. Open to everyone."""
    findings = _check_runs().findings()
    failed = [one.name for one in findings if one.problem is not None and one.name not in ADVISORY]
    if failed:
        context_of(request).outcome = f"not ready: {', '.join(failed)}"
    checks = {
        finding.name: CheckResult(ok=finding.problem is None, wrong=finding.problem, ms=finding.ms)
        for finding in findings
    }
    response = json_response(Readiness(ready=not failed, checks=checks), 503 if failed else 200)
    response["Cache-Control"] = "no-store"
    return response


OPERATION: Final = Operation(
    operation_id="readiness",
    path="/readiness/",
    summary="Ask whether the service can do its work",
    description="Checks the database, the storage, the loading half's heartbeat, and whether datasets stand still.",
    tag=Tag.HEALTH,
    responses=(
        ResponseType(name="Ready", status=200, description="Every part works.", bodies=(Readiness,)),
        ResponseType(
            name="NotReady",
            status=503,
            description="A part is out of reach: `checks` shows which.",
            bodies=(Readiness,),
        ),
    ),
)
