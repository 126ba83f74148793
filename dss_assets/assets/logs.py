"""What Dagster's processes write to their logs: JSON lines as the web half's, and only what an operator reads.

Dagster itself tells of each look of each sensor, and of each step of a run, in colour: 190,000 lines a day of a service
with nothing to do. All of that is in its UI, too. It lets nobody choose the format: `--log-format json` has other keys
and knows nothing of runs, and what runs write is in colour whatever is said. So two functions of Dagster are replaced.
"""

import logging
import logging.config
import sys
import warnings
from functools import partial
from typing import Any, Final

import dagster._utils.log as dagster_log  # where Dagster makes its loggers; there is no public way
from dagster import BetaWarning, DagsterEventType
from dagster._core.errors import DagsterUserCodeProcessError  # what the daemon raises for an error of the code server

from dss_assets.errors import IngestionError
from dss_web.shared.json_lines import JsonFormatter
from dss_web.shared.settings import LogSettings

# Of Dagster's events those are lines by which an operator sees what runs; errors are lines in any case.
_TOLD: Final = frozenset({DagsterEventType.RUN_START, DagsterEventType.RUN_SUCCESS, DagsterEventType.RUN_CANCELED})
_META, _EVENT = "dagster_meta", "dagster_event"
# One line for each look of a sensor, each turn of the queue, each run that is watched, and each process that starts.
_TALKATIVE: Final = (
    "dagster.daemon.SensorDaemon",
    "dagster.daemon.QueuedRunCoordinatorDaemon",
    "dagster.daemon.MonitoringDaemon",
    "alembic",
)


# The daemon tells of a failed look twice, the second time with the name of the sensor.
_TOLD_TWICE: Final = "Sensor tick caught an error"


class DagsterFormatter(JsonFormatter):
    """JSON lines with the run, job and step of what Dagster tells, and the error where a step or run has failed."""

    def more(self, record: logging.LogRecord) -> dict[str, Any]:
        """Run, job and step; then the extras, which for files are `dataset` and `file`."""
        extras = super().more(record)
        meta, event = extras.pop(_META, None) or {}, extras.pop(_EVENT, None)
        extras.pop("dagster_event_batch_metadata", None)
        said = {"message": meta["orig_message"]} if meta.get("orig_message") else {}
        of_run = {"run_id": meta.get("run_id"), "job": meta.get("job_name"), "step": meta.get("step_key")}
        event = meta.get(_EVENT) or event
        error = getattr(getattr(event, "event_specific_data", None), "error", None)
        # Dagster's own error only says in which step ours was raised.
        while error is not None and error.cause is not None:
            error = error.cause
        told = {"error": error.message.strip()} if error is not None else {}
        return said | {key: value for key, value in of_run.items() if value} | extras | told


def _is_told(lowest: int, record: logging.LogRecord) -> bool:
    """Whether an operator reads it: what our code says, the start and end of runs, and whatever is wrong.

    Nothing below `lowest`, the number of a level.
    """
    meta: dict[str, Any] = getattr(record, _META, None) or {}
    event = meta.get(_EVENT) or getattr(record, _EVENT, None)
    if event is not None and event.event_type in _TOLD and record.levelno < logging.INFO:
        # Dagster has it among what nobody reads.
        record.levelno, record.levelname = logging.INFO, "INFO"
    return record.levelno >= (lowest if event is None or event.event_type in _TOLD else max(lowest, logging.WARNING))


def _shorten(record: logging.LogRecord) -> bool:
    """Let errors that we foresaw, such as a source that cannot be listed, be a sentence without a traceback."""
    error = record.exc_info[1] if record.exc_info else None
    if not isinstance(error, DagsterUserCodeProcessError):
        return True
    cause = error.user_code_process_error_infos[-1]
    while cause.cause is not None:
        cause = cause.cause
    if cause.cls_name in _foreseen(IngestionError):
        record.exc_info, record.exc_text = None, None
        record.error = cause.message.strip()
    return record.getMessage() != _TOLD_TWICE


def _foreseen(kind: type[Exception]) -> set[str]:
    """The name of a class of errors, and of those below it."""
    return {kind.__name__}.union(*(_foreseen(narrower) for narrower in kind.__subclasses__()))


def logging_config(level: str) -> dict[str, Any]:
    """The argument of `logging.config.dictConfig`: everything of `level` and above, as JSON on stderr."""
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"json": {"()": DagsterFormatter}},
        "filters": {"shorten": {"()": lambda: _shorten}},
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "json", "filters": ["shorten"]}},
        "root": {"handlers": ["stderr"], "level": level},
        "loggers": {
            # Dagster has given these handlers of their own.
            **{name: {"handlers": [], "level": level} for name in ("dagster", "dagster-webserver")},
            **{name: {"level": "WARNING"} for name in _TALKATIVE},
        },
    }


def configure(*_: object, **__: object) -> None:
    """In place of Dagster's `configure_loggers`, with its arguments: the level is that of DSS_LOG_LEVEL."""
    logging.config.dictConfig(logging_config(LogSettings.from_environment().dss_log_level))
    logging.captureWarnings(capture=True)
    # Dagster may still change the owners of sensors, and would say so in each run's log.
    warnings.filterwarnings("ignore", category=BetaWarning)


def console_logger(name: str, level: str | int) -> logging.Logger:
    """In place of Dagster's `create_console_logger`: where runs and sensors write what they also put into events.

    The level is not looked at: Dagster asks for all that runs tell.
    """
    logger = logging.Logger(name, logging.DEBUG)
    handler = logging.StreamHandler()
    handler.setFormatter(DagsterFormatter())
    # Once, and not for each of the thousands of records of a run.
    lowest = logging.getLevelNamesMapping()[LogSettings.from_environment().dss_log_level]
    handler.addFilter(partial(_is_told, lowest))
    logger.addHandler(handler)
    return logger


def install() -> None:
    """Let this process of Dagster write its logs so, unless it has been told otherwise, as tests are."""
    if logging.getLogger().handlers:
        return
    for name, ours in (("configure_loggers", configure), ("create_console_logger", console_logger)):
        theirs = getattr(dagster_log, name)
        # Modules that are loaded already have it under this name, too.
        for module in [*sys.modules.values()]:
            if vars(module).get(name) is theirs:
                setattr(module, name, ours)
    configure()
