"""What was produced and not yet taken: first in memory, then in files without names that go as they are read."""

import os
import shutil
import tempfile
import threading
from collections import deque
from dataclasses import dataclass, replace
from typing import Final

MEBIBYTE: Final = 2**20
# A client that keeps up never makes us touch the disk.
IN_MEMORY_BYTES: Final = 8 * MEBIBYTE
SEGMENT_BYTES: Final = 64 * MEBIBYTE
# What is left of the disk for everybody else.
FREE_BYTES: Final = 512 * MEBIBYTE


class SpoolFull(Exception):
    """The client is so far behind that there is no room for what it has not taken. The text says which limit it was."""


@dataclass(frozen=True, slots=True)
class Block:
    """Some whole rows of an export: how many, and the first and last one's id where those are known."""

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
        # Each end at its own place: the file has only one position.
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
    """A block whose content is in a segment."""

    segment: _Segment
    position: int
    size: int
    block: Block  # but for its content


class Spool:
    """Blocks, first in, first out, between one thread that puts and one that takes.

    `folder` None is the system's own for temporary files; `limit` is how many bytes on disk may wait to be taken.
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
        """Add a block. Raises SpoolFull, and OSError when the disk fails; nothing happens once it is closed."""
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
        """Nothing more will come: because that was all, or because of a failure."""
        with self._changed:
            self._ended = True
            self._failure = failure
            self._changed.notify()

    def wait(self, seconds: float) -> None:
        """Wait for the first block or the end, at most so long. Raises the failure where no block came before it."""
        with self._changed:
            self._changed.wait_for(lambda: self._waiting or self._ended, seconds)
            if self._failure and not self._waiting:
                raise self._failure

    def take(self) -> Block | None:
        """The next block, once it is there; None at the end. Raises the failure, after the last block before it."""
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
        """Let go of everything that waits."""
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
                f"the client is {self._limit // MEBIBYTE} MiB behind what the table gives, more than the service keeps"
            )
        if self._writing is None or self._writing.size + size > SEGMENT_BYTES:
            if shutil.disk_usage(self._folder or tempfile.gettempdir()).free < FREE_BYTES + SEGMENT_BYTES:
                raise SpoolFull("the client takes it slowly, and the service has no room left to keep what it has not")
            self._writing = _Segment(self._folder)
        position = self._writing.size
        self._writing.append(block.content)
        self._on_disk += size
        return _Stored(self._writing, position, size, replace(block, content=b""))

    def _drop_when_read(self, segment: _Segment) -> None:
        following = next((entry for entry in self._waiting if isinstance(entry, _Stored)), None)
        if segment is not self._writing and (following is None or following.segment is not segment):
            segment.close()
