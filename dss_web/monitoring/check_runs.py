"""Running the checks of `/readiness/`: side by side, within a time, and not more often than once a second."""

import logging
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from dss_web.monitoring.readiness_checks import NotReady

log = logging.getLogger("dss_web.readiness")

# Results are shared for this long, so that nobody can make the checks expensive. Monitors ask every few seconds.
SHARED_SECONDS: Final = 1.0


@dataclass(frozen=True)
class Finding:
    """The result of a check: `problem` in words, None if there is none; `ms` is how long the check took."""

    name: str
    problem: str | None
    ms: float


class Check:
    """One check, in a thread of its own: a part that hangs holds up that thread only, however often it is checked.

    `check` returns, or raises NotReady.
    """

    def __init__(self, name: str, check: Callable[[], None]) -> None:
        self.name = name
        self._check = check
        self._thread = threading.Thread()
        self._started = 0.0
        self._finding = Finding(name, None, 0)
        self._logged_problem: str | None = None

    def begin(self) -> None:
        """Start the check, unless the run before still hangs."""
        if not self._thread.is_alive():
            self._started = time.perf_counter()
            self._thread = threading.Thread(target=self._run, name=f"check {self.name}", daemon=True)
            self._thread.start()

    def finding(self, deadline: float) -> Finding:
        """The finding by the deadline, which is a time of `time.monotonic()`."""
        self._thread.join(max(0.0, deadline - time.monotonic()))
        if self._thread.is_alive():
            return self._logged(Finding(self.name, "it does not answer", self._ms()), None)
        return self._finding

    def _run(self) -> None:
        problem: str | None = None
        cause: Exception | None = None
        try:
            self._check()
        except NotReady as error:
            problem, cause = str(error), error
        except Exception as error:
            problem, cause = "it fails in a way that nobody foresaw", error
        self._finding = self._logged(Finding(self.name, problem, self._ms()), cause)

    def _ms(self) -> float:
        return round((time.perf_counter() - self._started) * 1000, 1)

    def _logged(self, finding: Finding, cause: Exception | None) -> Finding:
        """The finding, logged if it changes: when a part fails, and when it is back."""
        if (finding.problem is None) != (self._logged_problem is None):
            if finding.problem:
                log.warning("%s is not ready: %s", self.name, finding.problem, exc_info=cause)
            else:
                log.info("%s is ready again", self.name)
        self._logged_problem = finding.problem
        return finding


class CheckRuns:
    """Runs all checks side by side, each for at most `timeout_seconds`."""

    def __init__(self, checks: Sequence[Check], timeout_seconds: float) -> None:
        self._checks = checks
        self._timeout_seconds = timeout_seconds
        self._running = threading.Lock()
        self._findings: list[Finding] | None = None
        self._ended_at = 0.0

    def findings(self) -> list[Finding]:
        """Those of a run now or within the last second; of the last run while another request runs the checks."""
        findings = self._findings
        if findings is not None and self._is_fresh():
            return findings
        # Only the first run is waited for: later there are the findings of the one before.
        if not self._running.acquire(blocking=findings is None):
            assert findings is not None
            return findings
        try:
            if self._findings is None or not self._is_fresh():
                self._findings = self._run()
                self._ended_at = time.monotonic()
            return self._findings
        finally:
            self._running.release()

    def _is_fresh(self) -> bool:
        return time.monotonic() - self._ended_at < SHARED_SECONDS

    def _run(self) -> list[Finding]:
        deadline = time.monotonic() + self._timeout_seconds
        for check in self._checks:
            check.begin()
        return [check.finding(deadline) for check in self._checks]
