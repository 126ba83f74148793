"""The web app's log, as what collects it reads it."""

import json
import time
from pathlib import Path
from typing import Any

# What each line of either half has.
LINE = {"time", "level", "logger", "message"}
FIELDS = {"request_id", "client", "method", "route", "table", "status", "rows", "bytes", "ms", "outcome"}


def entries(log: Path) -> list[dict[str, Any]]:
    """All that was logged, in order. A line may hold what Python takes for the end of one, such as U+2028."""
    return [json.loads(line) for line in log.read_text().split("\n") if line.startswith("{")]


def request_lines(log: Path) -> list[dict[str, Any]]:
    """The lines of requests."""
    return [entry for entry in entries(log) if entry["logger"] == "dss_web.request"]


def line_of(log: Path, identifier: str) -> dict[str, Any]:
    """The one line of a request, once it is there: that of a stream is written after its last byte."""
    deadline = time.monotonic() + 10
    while not (found := [entry for entry in request_lines(log) if entry["request_id"] == identifier]):
        assert time.monotonic() < deadline, "the request left no line"
        time.sleep(0.02)
    assert len(found) == 1
    assert found[0].keys() >= FIELDS
    return found[0]
