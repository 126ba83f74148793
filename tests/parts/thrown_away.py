"""Folders for what a server keeps no longer than the tests."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import psutil

_MEMORY: Final = Path("/dev/shm")  # noqa: S108 a file system in memory, in which each test has a folder of its own
# The servers of two workers take 0.8 GiB of it together.
_ENOUGH_BYTES: Final = 4 * 2**30


@contextmanager
def postgres_folder() -> Iterator[Path]:
    """A folder for a Postgres, in memory where there is enough: a database has 500 files, and each test its database.

    To make one takes 0.05 s there, and on a disk up to ten times as long. It is not in pytest's folder, which is closed
    to the user under which Postgres runs.
    """
    with tempfile.TemporaryDirectory(prefix="dss-postgres-", dir=_MEMORY if _has_room() else None) as name:
        folder = Path(name)
        folder.chmod(0o711)
        yield folder


def _has_room() -> bool:
    if not (_MEMORY.is_dir() and os.access(_MEMORY, os.W_OK)):
        return False
    return min(psutil.disk_usage(str(_MEMORY)).free, psutil.virtual_memory().available) > _ENOUGH_BYTES
