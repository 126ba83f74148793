"""Log records -> one JSON object on a line. Both halves write their logs so."""

import logging
from datetime import UTC, datetime
from typing import Any

import orjson

from dss_web.shared.log_shapes import shape

# The attributes of every LogRecord; any other was passed as `extra`.
_OWN = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}
# Django's loggers pass the request with its headers, and the server's own objects: they must not be in a log. uvicorn
# passes its message once more, in colour.
_NO_EXTRAS = _OWN | {"request", "server_time", "status_code", "color_message"}


class JsonFormatter(logging.Formatter):
    """Formats records as JSON: time (UTC), level, logger, message, the extras, the traceback."""

    def format(self, record: logging.LogRecord) -> str:
        """One line of JSON."""
        entry: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
            **self.more(record),
        }
        if record.exc_info and not isinstance(record.exc_info, str):
            entry["traceback"] = self.formatException(record.exc_info)
        return orjson.dumps(shape()(entry), default=str).decode()

    def more(self, record: logging.LogRecord) -> dict[str, Any]:
        """What else is said of a record: its extras."""
        return {key: value for key, value in vars(record).items() if key not in _NO_EXTRAS}
