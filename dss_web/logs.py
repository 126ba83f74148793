"""Logs: one JSON object on each line of stderr, with the id of the request in which it was written."""

import logging
from contextvars import ContextVar
from typing import Any

from dss_web.shared.json_lines import JsonFormatter

request_id: ContextVar[str | None] = ContextVar("request_id", default=None)


class RequestFormatter(JsonFormatter):
    """JSON lines with the id of the request in which they were written."""

    def more(self, record: logging.LogRecord) -> dict[str, Any]:
        """The id of the request, and the extras."""
        identifier = request_id.get()
        return ({"request_id": identifier} if identifier else {}) | super().more(record)


def logging_config(level: str) -> dict[str, Any]:
    """The argument of `logging.config.dictConfig`: everything of `level` and above, as JSON on stderr."""
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"json": {"()": "dss_web.logs.RequestFormatter"}},
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "json"}},
        "root": {"handlers": ["stderr"], "level": level},
        "loggers": {
            # mohawk logs normalised requests and keys' ids; `dss_web.hawk` logs what is needed.
            "mohawk": {"level": "ERROR"},
            # Django's line for every 4xx says less than ours.
            "django.request": {"level": "ERROR"},
            "django.server": {"level": "ERROR"},
            # The request that needed a connection logs that there was none.
            "psycopg.pool": {"level": "ERROR"},
        },
    }
