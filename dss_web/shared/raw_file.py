"""Files of our own, as Python's io knows raw files."""

import io
from abc import abstractmethod
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer, WriteableBuffer


class RawFile(io.RawIOBase):
    """A file for reading at any position. A class made of it says how: `take`, `seek` and `tell`."""

    @abstractmethod
    def take(self, size: int) -> "ReadableBuffer":
        """The next bytes, at most `size`; b'' at the end."""

    def readable(self) -> bool:
        """Whether it can be read: yes."""
        return True

    def seekable(self) -> bool:
        """Whether it can be read at any position: yes."""
        return True

    def readinto(self, buffer: "WriteableBuffer") -> int:
        """What `io.BufferedReader` calls."""
        view = memoryview(buffer).cast("B")
        taken = memoryview(self.take(len(view)))
        view[: len(taken)] = taken
        return len(taken)
