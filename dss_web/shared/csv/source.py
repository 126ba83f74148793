"""Where rows come from: a text, or a sheet of a workbook."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple, Protocol


class RawBatch(NamedTuple):
    """Rows as they stand in the file, blank ones included, and the lines on which they end."""

    rows: list[list[str]]
    lines: Sequence[int]


class Source(Protocol):
    """The rows of a file."""

    def batches(self) -> Iterator[RawBatch]:
        """All rows in order, once. Raises InvalidCsv at the first that cannot be read, after those before it."""
        ...
