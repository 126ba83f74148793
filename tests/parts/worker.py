"""What works behind the requests of a site: `manage.py work`."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from infra.local.process import Process
from tests.conftest import REPOSITORY, web_environment


def worker(folder: Path, database_url: str, storage_url: str, name: str = "worker", **settings: str) -> Process:
    """A worker that is to be started. Its log is in `folder`, by its name."""
    return Process(
        name,
        [sys.executable, "manage.py", "work"],
        folder / f"{name}.log",
        {**web_environment(database_url, storage_url), **settings},
        folder=REPOSITORY,
    )


@contextmanager
def running_worker(folder: Path, database_url: str, storage_url: str, **settings: str) -> Iterator[Process]:
    """A worker, which need not be ready yet."""
    process = worker(folder, database_url, storage_url, **settings)
    process.start()
    try:
        yield process
    finally:
        process.stop(timeout_seconds=5)
