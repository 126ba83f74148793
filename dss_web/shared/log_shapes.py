"""A log line of ours -> the names that a collector knows: as it is, Elastic's ECS, or Microsoft Sentinel's ASIM.

ECS 8.11: https://www.elastic.co/docs/reference/ecs/ecs-field-reference, with the names that its logging libraries
require (https://github.com/elastic/ecs-logging). ASIM: the Web Session schema for requests
(https://learn.microsoft.com/azure/sentinel/normalization-schema-web) and the common fields for everything else; seen
2026-11-26. What they have no name for keeps ours, below `dss.` or in `AdditionalFields`.
"""

from collections.abc import Callable
from functools import cache
from typing import Any, Final

from dss_web.shared.settings import LogFormat, LogSettings

Entry = dict[str, Any]

_REQUESTS: Final = "dss_web.request"
_ECS_NAMES: Final = {
    "time": "@timestamp",
    "level": "log.level",
    "logger": "log.logger",
    "message": "message",
    "request_id": "http.request.id",
    "method": "http.request.method",
    "status": "http.response.status_code",
    "bytes": "http.response.body.bytes",
    "client": "client.user.id",
    "traceback": "error.stack_trace",
}
# https://learn.microsoft.com/azure/sentinel/normalization-common-fields#event-fields
_ASIM_SEVERITIES: Final = {"DEBUG": "Informational", "INFO": "Informational", "WARNING": "Low", "ERROR": "Medium"}
_ASIM_OWN: Final = frozenset({"time", "level", "message", "status", "route", "ms", "method", "bytes", "client"})


def shape() -> Callable[[Entry], Entry]:
    """The shape that DSS_LOG_FORMAT names."""
    return _SHAPES[_format()]


@cache
def _format() -> LogFormat:
    return LogSettings.from_environment().dss_log_format


def as_ecs(entry: Entry) -> Entry:
    """A line with the names of ECS."""
    shaped: Entry = {_ECS_NAMES.get(name, f"dss.{name}"): value for name, value in entry.items()}
    shaped |= {"log.level": entry["level"].lower(), "ecs.version": "8.11.0", "service.name": "data-store-service"}
    if entry["logger"] == _REQUESTS:
        shaped["event.outcome"] = "failure" if entry["status"] >= 400 else "success"
        shaped["event.duration"] = round(shaped.pop("dss.ms") * 1_000_000)  # in nanoseconds
    return shaped


def as_asim(entry: Entry) -> Entry:
    """A line with the names of ASIM: a web session for a request, otherwise an event without a schema of its own."""
    shaped: Entry = {
        "EventMessage": entry["message"],
        "EventCount": 1,
        "EventStartTime": entry["time"],
        "EventEndTime": entry["time"],
        "EventSeverity": _ASIM_SEVERITIES.get(entry["level"], "High"),
        "EventOriginalSeverity": entry["level"],
        "EventProduct": "Data Store Service",
        "EventResult": "NA",
    }
    left = dict(entry)
    if entry["logger"] == _REQUESTS:
        shaped |= {
            "EventType": "HTTPsession",
            "EventSchema": "WebSession",
            "EventSchemaVersion": "0.2.6",
            "EventResult": "Failure" if entry["status"] >= 400 else "Success",
            "EventResultDetails": str(entry["status"]),
            # The route as it is declared: an address may have postcodes.
            "Url": entry["route"],
            "NetworkDuration": round(entry["ms"]),
            "HttpRequestMethod": entry["method"],
            "DstBytes": entry["bytes"],
            "SrcUserId": entry["client"],
        }
        left = {name: value for name, value in entry.items() if name not in _ASIM_OWN}
    else:
        for name in ("time", "level", "message"):
            left.pop(name)
    return shaped | {"AdditionalFields": left}


_SHAPES: Final[dict[LogFormat, Callable[[Entry], Entry]]] = {
    LogFormat.JSON: dict,
    LogFormat.ECS: as_ecs,
    LogFormat.ASIM: as_asim,
}
