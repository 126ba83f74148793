"""How a run learns that it shall end: a signal becomes an exception, but not between a process and its record."""

import contextlib
import signal
import threading
from collections.abc import Iterator
from types import FrameType

_stopping = threading.Event()
_held_back = threading.Event()


class Stopped(BaseException):
    """Somebody asked for the end: Ctrl-C, SIGTERM, or the terminal has gone. No fault, so no Exception."""


@contextlib.contextmanager
def stoppable() -> Iterator[None]:
    """Within, the first signal to stop raises Stopped; further ones are ignored, since the stop is under way."""

    def stop(number: int, frame: FrameType | None) -> None:
        is_first = not _stopping.is_set()
        _stopping.set()
        if is_first and not _held_back.is_set():
            raise Stopped

    signals = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    _stopping.clear()
    before = [signal.signal(number, stop) for number in signals]
    try:
        yield
    finally:
        for number, handler in zip(signals, before, strict=True):
            signal.signal(number, handler)


@contextlib.contextmanager
def deferred() -> Iterator[None]:
    """Let a signal to stop that arrives within the block raise Stopped at its end, and not in the middle of it."""
    was_stopping = _stopping.is_set()
    _held_back.set()
    try:
        yield
    finally:
        _held_back.clear()
    if _stopping.is_set() and not was_stopping:
        raise Stopped
