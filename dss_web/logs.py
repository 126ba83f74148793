"""Logs: one JSON object on each line of stderr, with the id of the request in which it was written."""

import logging
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Any

import orjson

request_id: ContextVar[str | None] = ContextVar("request_id", default=None)

# The attributes of every LogRecord; any other was passed as `extra`.
_OWN = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}
# Django's loggers pass the request with its headers, and the server's own objects: they must not be in a log.
_NO_EXTRAS = _OWN | {"request", "server_time", "status_code"}


class JsonFormatter(logging.Formatter):
    """Formats records as JSON: time (UTC), level, logger, message, request_id, the extras, the traceback."""

    def format(self, record: logging.LogRecord) -> str:
        """One line of JSON."""
        entry: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
        }
        if identifier := request_id.get():
            entry["request_id"] = identifier
        entry |= {key: value for key, value in vars(record).items() if key not in _NO_EXTRAS}
        if record.exc_info:
            entry["traceback"] = self.formatException(record.exc_info)
        return orjson.dumps(entry, default=str).decode()


def logging_config(level: str) -> dict[str, Any]:
    """The argument of `logging.config.dictConfig`: everything of `level` and above, as JSON on stderr."""
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"json": {"()": "dss_web.logs.JsonFormatter"}},
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
