"""A function in a process of its own, which is forked from this one and so starts within milliseconds.

What it holds in memory goes with it, it can be ended whatever it does, and what ends it ends nothing else. It relies on
its parent having no threads, no connection of Django's and no storage open, since none of them survives a fork.
"""

import logging
import multiprocessing
import signal
from collections.abc import Callable
from typing import Any, Final

log = logging.getLogger(__name__)

_FORK: Final = multiprocessing.get_context("fork")


class Child:
    """A running function. `sentinel` is readable once it has ended."""

    def __init__(self, run: Callable[..., object], *arguments: Any) -> None:
        """Start it."""
        self._process = _FORK.Process(target=_run, args=(run, *arguments), daemon=True)
        self._process.start()

    @property
    def sentinel(self) -> int:
        """For `multiprocessing.connection.wait`."""
        return self._process.sentinel

    @property
    def has_ended(self) -> bool:
        """Whether it is over, in whatever way."""
        return self._process.exitcode is not None

    @property
    def has_failed(self) -> bool:
        """Whether it ended with an error, or was ended."""
        return bool(self._process.exitcode)

    def reap(self) -> None:
        """Let go of it, once `sentinel` is readable: until then it stays as a zombie."""
        self._process.join()

    def end(self) -> None:
        """End it at once, wherever it is. Postgres rolls back what it has begun."""
        self._process.kill()
        self._process.join()


def name_of(run: Callable[..., object]) -> str:
    """What logs call a function: with its module, since several are called `send_due`."""
    return f"{run.__module__}.{run.__name__}"


def _run(run: Callable[..., object], *arguments: Any) -> None:
    # The parent's own handlers, and the descriptor that they write to, are none of the child's.
    signal.set_wakeup_fd(-1)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # of Ctrl-C the parent tells it
    try:
        run(*arguments)
    except Exception:
        log.exception("%s has failed", name_of(run))
        raise SystemExit(1) from None
