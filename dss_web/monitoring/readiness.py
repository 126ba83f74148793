"""Whether the service can do its work, for monitors and for deployments: `/readiness/`."""

import logging
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Final

from django.http import HttpRequest, HttpResponse

from dss_web.configuration import web_settings
from dss_web.http.request_context import context_of
from dss_web.http.responses import json_response
from dss_web.monitoring.readiness_checks import CHECKS, NotReady

log = logging.getLogger("dss_web.readiness")

SHARED_SECONDS: Final = 1.0


@dataclass(frozen=True)
class Finding:
    """What a check found: `wrong` is None where all is well."""

    name: str
    wrong: str | None
    ms: float


class Check:
    """One check, in a thread of its own: a part that hangs holds that thread alone, however often it is asked."""

    def __init__(self, name: str, look: Callable[[], None]) -> None:
        self.name = name
        self._look = look
        self._thread = threading.Thread()
        self._started = 0.0
        self._found = Finding(name, None, 0)
        self._was_wrong: str | None = None

    def begin(self) -> None:
        """Start to look, unless the look before still hangs."""
        if not self._thread.is_alive():
            self._started = time.perf_counter()
            self._thread = threading.Thread(target=self._run, name=f"check {self.name}", daemon=True)
            self._thread.start()

    def finding(self, deadline: float) -> Finding:
        """What was found by the deadline, of `time.monotonic()`."""
        self._thread.join(max(0.0, deadline - time.monotonic()))
        if self._thread.is_alive():
            return self._told(Finding(self.name, "it does not answer", self._ms()), None)
        return self._found

    def _run(self) -> None:
        wrong: str | None = None
        cause: Exception | None = None
        try:
            self._look()
        except NotReady as error:
            wrong, cause = str(error), error
        except Exception as error:
            wrong, cause = "it fails in a way that nobody foresaw", error
        self._found = self._told(Finding(self.name, wrong, self._ms()), cause)

    def _ms(self) -> float:
        return round((time.perf_counter() - self._started) * 1000, 1)

    def _told(self, finding: Finding, cause: Exception | None) -> Finding:
        """Log when something has gone wrong and when it has come back, not each time that it is asked for."""
        if (finding.wrong is None) != (self._was_wrong is None):
            if finding.wrong:
                log.warning("%s is not ready: %s", self.name, finding.wrong, exc_info=cause)
            else:
                log.info("%s is ready again", self.name)
        self._was_wrong = finding.wrong
        return finding


class Readiness:
    """All checks, side by side. What they find is shared for a second, so that nobody can make them expensive."""

    def __init__(self, checks: Sequence[Check], timeout_seconds: float) -> None:
        self._checks = checks
        self._timeout_seconds = timeout_seconds
        self._looking = threading.Lock()
        self._findings: list[Finding] | None = None
        self._found_at = 0.0

    def findings(self) -> list[Finding]:
        """Of now, of the second before, or of the look before while another request looks."""
        found = self._findings
        if found is not None and self._is_fresh():
            return found
        # Only before the first look is there nothing to be told meanwhile.
        if not self._looking.acquire(blocking=found is None):
            assert found is not None
            return found
        try:
            if self._findings is None or not self._is_fresh():
                self._findings = self._look()
                self._found_at = time.monotonic()
            return self._findings
        finally:
            self._looking.release()

    def _is_fresh(self) -> bool:
        return time.monotonic() - self._found_at < SHARED_SECONDS

    def _look(self) -> list[Finding]:
        deadline = time.monotonic() + self._timeout_seconds
        for check in self._checks:
            check.begin()
        return [check.finding(deadline) for check in self._checks]


@cache
def _readiness() -> Readiness:
    settings = web_settings()
    return Readiness(
        [Check(name, CHECKS[name]) for name in settings.readiness_checks], settings.dss_readiness_timeout_seconds
    )


def readiness(request: HttpRequest) -> HttpResponse:
    """200 if all checks are well, else 503; the body tells of each. Asks no client who it is."""
    findings = _readiness().findings()
    wrong = [finding.name for finding in findings if finding.wrong is not None]
    if wrong:
        context_of(request).outcome = f"not ready: {', '.join(wrong)}"
    answer = json_response(
        {
            "ready": not wrong,
            "checks": {
                finding.name: {"ok": finding.wrong is None, "wrong": finding.wrong, "ms": finding.ms}
                for finding in findings
            },
        },
        503 if wrong else 200,
    )
    answer["Cache-Control"] = "no-store"
    return answer
