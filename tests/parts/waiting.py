"""Waiting for what another process or thread does by itself."""

import time
from collections.abc import Callable

# Far more than anything here takes, so that a busy machine fails no test. What never happens is noticed late instead.
PATIENCE_SECONDS = 120


def wait_until(
    is_so: Callable[[], object], what: object | Callable[[], object] = "in vain", seconds: float = PATIENCE_SECONDS
) -> None:
    """Wait until `is_so` answers something true.

    Raises AssertionError after `seconds`, with `what` was waited for, or with what it answers then.
    """
    deadline = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < deadline, f"waited {seconds:g} s: {what() if callable(what) else what}"
        time.sleep(0.05)
