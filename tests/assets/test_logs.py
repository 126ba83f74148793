"""What a process of Dagster writes to its log: JSON lines, of which each is worth reading."""

import json
import subprocess
import sys
from typing import Any

from tests.conftest import REPOSITORY
from tests.parts.log import LINE

PROGRAM = """
import logging, warnings
from dss_assets.assets import logs
logs.install()
from dagster._utils.log import configure_loggers
from dagster._daemon.controller import configure_loggers as of_the_daemon
from dagster import BetaWarning, DagsterInstance, build_sensor_context, job, op, sensor, SkipReason

@op
def load(context):
    context.log.info("half of it is done", extra={"file": "a.csv"})
    context.log.debug("a quarter of it is done")

@op
def fail(context):
    raise ValueError("no such place")

@job
def loading():
    load()

@job
def failing():
    fail()

of_the_daemon(handler="default", formatter="colored", log_level="INFO")
logging.getLogger("dagster.daemon.SensorDaemon").info("Checking for new runs for sensor trees")
logging.getLogger("dagster.daemon.SensorDaemon").error("Sensor trees failed")
logging.getLogger("dagster.code_server").info("Started")
warnings.warn("it is old")
warnings.warn("owners may change", BetaWarning)
with DagsterInstance.ephemeral() as instance:
    loading.execute_in_process(instance=instance)
    failing.execute_in_process(instance=instance, raise_on_error=False)
"""


def lines(**environment: str) -> list[dict[str, Any]]:
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        cwd=REPOSITORY,
        env={"PATH": "", **environment},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == ""
    return [json.loads(line) for line in done.stderr.splitlines()]


def test_dagsters_processes_write_json_lines_and_nothing_that_nobody_reads() -> None:
    written = lines()

    assert [line for line in written if not line.keys() >= LINE] == []
    told = [(line["logger"], line["level"], line["message"].partition("\n")[0]) for line in written]
    assert told[:2] == [
        ("dagster.daemon.SensorDaemon", "ERROR", "Sensor trees failed"),
        ("dagster.code_server", "INFO", "Started"),
    ]
    assert told[2][0] == "py.warnings"
    assert told[3:] == [
        ("dagster", "INFO", 'Started execution of run for "loading".'),
        ("dagster", "INFO", "half of it is done"),
        ("dagster", "INFO", 'Finished execution of run for "loading".'),
        ("dagster", "INFO", 'Started execution of run for "failing".'),
        ("dagster", "ERROR", 'Execution of step "fail" failed.'),
        ("dagster", "ERROR", "Execution of run for \"failing\" failed. Steps failed: ['fail']."),
    ]
    for line in written[3:]:
        assert line["run_id"]
        assert line["job"] in {"loading", "failing"}
    assert (written[4]["step"], written[4]["file"]) == ("load", "a.csv")
    assert "no such place" in written[7]["error"]


def test_the_level_is_that_of_the_setting() -> None:
    assert {line["level"] for line in lines(DSS_LOG_LEVEL="ERROR")} == {"ERROR"}


FAILED_LOOK = """
import logging, sys
from dss_assets.assets import logs
logs.install()
from dagster._core.errors import DagsterUserCodeProcessError, SensorExecutionError, user_code_error_boundary
from dagster._daemon.controller import configure_loggers
from dagster._utils.error import serializable_error_info_from_exc_info
from dss_assets.errors import TransientError

def look(error):
    try:
        with user_code_error_boundary(SensorExecutionError, lambda: "Error occurred during the execution"):
            raise error
    except Exception:
        return serializable_error_info_from_exc_info(sys.exc_info())

configure_loggers(handler="default", formatter="colored", log_level="INFO")
log = logging.getLogger("dagster.daemon.SensorDaemon")
for error in (TransientError("the publisher is down"), KeyError("nobody foresaw it")):
    try:
        raise DagsterUserCodeProcessError.from_error_info(look(error))
    except Exception:
        log.exception("Sensor tick caught an error")
        log.exception("Sensor daemon caught an error for sensor trees__files")
"""


def test_a_failed_look_at_a_source_is_one_line_with_its_reason() -> None:
    done = subprocess.run(
        [sys.executable, "-c", FAILED_LOOK],
        cwd=REPOSITORY,
        env={"PATH": ""},
        capture_output=True,
        text=True,
        check=True,
    )

    foreseen, unforeseen = (json.loads(line) for line in done.stderr.splitlines())

    assert foreseen["message"] == unforeseen["message"] == "Sensor daemon caught an error for sensor trees__files"
    assert foreseen["error"] == "dss_assets.errors.TransientError: the publisher is down"
    assert "traceback" not in foreseen
    assert "nobody foresaw it" in unforeseen["traceback"]
