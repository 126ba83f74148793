"""A wrong clock for the processes of the service, by libfaketime. Postgres, storage and clients keep the right time."""

import importlib.util
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

from infra.local.process import LocalError


class Clock:
    """What processes that are started with `environment` take for the time; `file` says how wrong it is."""

    def __init__(self, file: Path) -> None:
        self._file = file
        file.write_text("+0")

    @property
    def environment(self) -> dict[str, str]:
        """What a process needs to have this clock. Elapsed times stay right, as they do where a clock is set."""
        found = importlib.util.find_spec("libfaketime")
        if found is None or found.origin is None:
            raise LocalError("libfaketime is not installed: run `make install`")
        library = Path(found.origin).parent / "vendor/libfaketime/src/libfaketime.so.1"
        return {
            "LD_PRELOAD": str(library),
            "FAKETIME_TIMESTAMP_FILE": str(self._file),
            "FAKETIME_CACHE_DURATION": "1",
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",
        }

    @contextmanager
    def wrong_by(self, offset: timedelta) -> Iterator[None]:
        """The clock is ahead of the time, or behind it where `offset` is negative."""
        self._file.write_text(f"{offset.total_seconds():+.0f}")
        try:
            yield
        finally:
            self._file.write_text("+0")
