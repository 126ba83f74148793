"""What was produced and not yet taken: first in memory, then in files without names, deleted as they are read."""

import os
import shutil
import tempfile
import threading
from collections import deque
from dataclasses import dataclass, replace
from typing import Final

MEBIBYTE: Final = 2**20
# A client that keeps up with the database is served without touching the disk.
IN_MEMORY_BYTES: Final = 8 * MEBIBYTE
# The space of a file is free again when its last block is taken.
SEGMENT_BYTES: Final = 64 * MEBIBYTE
# How much of the disk is left for other programs.
MIN_FREE_BYTES: Final = 512 * MEBIBYTE


class SpoolFull(Exception):
    """The client is so far behind that there is no room for what it has not taken. The text names the limit."""


@dataclass(frozen=True, slots=True)
class Block:
    """Some whole rows of an export: how many, and the ids of the first and the last one if they are known."""

    content: bytes
    rows: int = 0
    first_id: int | None = None
    last_id: int | None = None


class _Segment:
    """A file without a name, written once and read once, front to back."""

    def __init__(self, folder: str | None) -> None:
        self._file = tempfile.TemporaryFile(dir=folder, buffering=0)  # noqa: SIM115 closed when its last block is taken
        self.size = 0

    def append(self, content: bytes) -> None:
        # pwrite and pread have positions of their own, where the file has only one for both ends.
        rest = memoryview(content)
        while rest:
            written = os.pwrite(self._file.fileno(), rest, self.size)
            self.size += written
            rest = rest[written:]

    def read(self, size: int, position: int) -> bytes:
        parts = []
        while size:
            part = os.pread(self._file.fileno(), size, position)
            if not part:
                raise OSError("a file of the export's spool ends before what was written to it")
            parts.append(part)
            size -= len(part)
            position += len(part)
        return b"".join(parts)

    def close(self) -> None:
        self._file.close()


@dataclass(frozen=True, slots=True)
class _Stored:
    """A block whose content is in a segment, at `position`."""

    segment: _Segment
    position: int
    size: int
    block: Block  # without its content


class Spool:
    """Blocks, first in, first out, between one thread that puts and one that takes.

    `folder` is where files are made, None for the system's folder for temporary files; `limit` is how many bytes may
    wait on disk.
    """

    def __init__(self, folder: str | None, limit: int) -> None:
        self._folder = folder
        self._limit = limit
        self._changed = threading.Condition()
        self._waiting: deque[Block | _Stored] = deque()
        self._in_memory = 0
        self._on_disk = 0
        self._writing: _Segment | None = None
        self._ended = False
        self._failure: BaseException | None = None
        self._closed = False

    def put(self, block: Block) -> None:
        """Add a block; do nothing after `close`. Raises SpoolFull, and OSError if the disk fails."""
        with self._changed:
            if self._closed:
                return
            if self._in_memory + len(block.content) <= IN_MEMORY_BYTES or not self._waiting:
                self._in_memory += len(block.content)
                self._waiting.append(block)
            else:
                self._waiting.append(self._store(block))
            self._changed.notify()

    def end(self, failure: BaseException | None = None) -> None:
        """Mark the end: nothing more will be put, because that was all or because of a failure."""
        with self._changed:
            self._ended = True
            self._failure = failure
            self._changed.notify()

    def take(self) -> Block | None:
        """Wait for the next block; None at the end. Raises the failure after the last block before it."""
        with self._changed:
            self._changed.wait_for(lambda: self._waiting or self._ended)
            if not self._waiting:
                if self._failure:
                    raise self._failure
                return None
            entry = self._waiting.popleft()
            if isinstance(entry, Block):
                self._in_memory -= len(entry.content)
                return entry
            content = entry.segment.read(entry.size, entry.position)
            self._on_disk -= entry.size
            self._drop_when_read(entry.segment)
            return replace(entry.block, content=content)

    def close(self) -> None:
        """Drop everything that waits, and delete its files."""
        with self._changed:
            self._closed = True
            segments = {entry.segment for entry in self._waiting if isinstance(entry, _Stored)}
            self._waiting.clear()
            if self._writing:
                segments.add(self._writing)
            for segment in segments:
                segment.close()
            self._writing = None

    def _store(self, block: Block) -> _Stored:
        size = len(block.content)
        if self._on_disk + size > self._limit:
            raise SpoolFull(
                f"the client is {self._limit // MEBIBYTE} MiB behind the database, as much as the service keeps"
            )
        if self._writing is None or self._writing.size + size > SEGMENT_BYTES:
            if shutil.disk_usage(self._folder or tempfile.gettempdir()).free < MIN_FREE_BYTES + SEGMENT_BYTES:
                raise SpoolFull("the client is slow, and the service's disk has no room for what it has not taken")
            self._writing = _Segment(self._folder)
        position = self._writing.size
        self._writing.append(block.content)
        self._on_disk += size
        return _Stored(self._writing, position, size, replace(block, content=b""))

    def _drop_when_read(self, segment: _Segment) -> None:
        following = next((entry for entry in self._waiting if isinstance(entry, _Stored)), None)
        if segment is not self._writing and (following is None or following.segment is not segment):
            segment.close()
