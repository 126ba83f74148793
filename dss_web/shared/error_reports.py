"""Errors that nobody foresaw -> Sentry, or what speaks its protocol, where SENTRY_DSN is set.

A report has the kind of the error, where in our code it arose, and the route of the request. It has no message, since
that may quote a row, no variables, and nothing of the request: neither its body, query and headers nor its person.
"""

import importlib
import os
from typing import Any, Final

# What of a request says nothing of its client.
_OF_REQUESTS: Final = ("method",)
# A run that ends so has files that failed, of which the registry has the reasons, and alerts tell.
_FORESEEN: Final = ("dagster._core.definitions.events.Failure",)
_is_on = False


def start_error_reports(dsn: str, half: str) -> None:
    """Report errors of this process from now on; nothing is imported without a DSN. `half` is `web` or `assets`."""
    global _is_on  # noqa: PLW0603 a process has one, as it has one log
    if not dsn or _is_on:
        return
    sentry = importlib.import_module("sentry_sdk")
    logging = importlib.import_module("sentry_sdk.integrations.logging")
    integrations: list[Any] = [logging.LoggingIntegration(level=None)]
    for name in ("atexit.Atexit", "dedupe.Dedupe", "excepthook.Excepthook", "threading.Threading"):
        module, _, integration = name.partition(".")
        found = importlib.import_module(f"sentry_sdk.integrations.{module}")
        integrations.append(getattr(found, f"{integration}Integration")())
    if half == "web":
        django = importlib.import_module("sentry_sdk.integrations.django")
        integrations.append(django.DjangoIntegration(middleware_spans=False, signals_spans=False))
    else:
        # Its lines quote whatever a run says. What is unforeseen there is reported by `report_error`.
        logging.ignore_logger("dagster*")
    sentry.init(
        dsn=dsn,
        release=os.environ.get("DSS_BUILD") or None,
        # Others would add the arguments of processes, what is installed, and what was asked of other hosts.
        default_integrations=False,
        auto_enabling_integrations=False,
        integrations=integrations,
        send_default_pii=False,
        include_local_variables=False,
        max_request_body_size="never",
        max_breadcrumbs=0,
        ignore_errors=list(_FORESEEN),
        before_send=without_values,
    )
    sentry.set_tag("half", half)
    _is_on = True


def report_error(error: BaseException) -> None:
    """Report an error that is dealt with here, and that nobody foresaw."""
    if _is_on:
        importlib.import_module("sentry_sdk").capture_exception(error)


def without_values(event: dict[str, Any], _: object = None) -> dict[str, Any]:
    """A report without what may be a value of a file, a key or a person."""
    for error in (event.get("exception") or {}).get("values", []):
        error["value"] = ""
        error.pop("mechanism", None)
    if "logentry" in event:
        event["logentry"] = {"message": event["logentry"].get("message", "")}
    if "request" in event:
        event["request"] = {name: event["request"][name] for name in _OF_REQUESTS if name in event["request"]}
    if (event.get("transaction_info") or {}).get("source") == "url":
        # No route: a path that a client has made up, or one with a postcode.
        event.pop("transaction", None)
    for name in ("user", "extra", "breadcrumbs", "modules"):
        event.pop(name, None)
    return event
