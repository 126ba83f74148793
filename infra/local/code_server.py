"""Dagster's code server: a process that people reload, and the one below it that has the code."""

import time

import psutil

from infra.local.process import Process

# Looking for the process below takes 4 ms on a machine with 200 processes; the run looks twice a second.
_LOOK_SECONDS = 5


class CodeServer(Process):
    """`dagster code-server start`, which counts as dead once the process with the code below it is gone.

    Dagster itself starts that one again only when somebody reloads the definitions.
    """

    _had_code = False
    _is_hollow = False
    _looked_at = 0.0

    def start(self) -> None:
        """Start both."""
        self._had_code = self._is_hollow = False
        super().start()

    @property
    def is_running(self) -> bool:
        """Whether both processes live; the one below may still have to start."""
        if not super().is_running:
            return False
        if time.monotonic() - self._looked_at >= _LOOK_SECONDS:
            self._looked_at = time.monotonic()
            has_code = self._has_code()
            self._is_hollow = self._had_code and not has_code
            self._had_code = self._had_code or has_code
        return not self._is_hollow

    def _has_code(self) -> bool:
        try:
            return any(
                child.status() != psutil.STATUS_ZOMBIE and "grpc" in child.cmdline()
                for child in psutil.Process(self.pid).children()
            )
        except psutil.Error:  # it ended between two questions, and the next look tells
            return self._had_code
