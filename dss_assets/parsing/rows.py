"""Rows in the form that COPY reads."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal

from dss_assets.dataset import Column
from dss_assets.errors import InvalidFile


@dataclass(frozen=True, slots=True)
class CopyFormat:
    """How `Rows.chunks` are written.

    `csv`: as published, an empty field is NULL, quoted or not. `text`: COPY's own text form in UTF-8, as
    `text_line` writes it.
    """

    kind: Literal["csv", "text"]
    delimiter: str = "\t"
    quote: str = '"'
    encoding: str = "utf-8"


@dataclass(frozen=True, slots=True)
class Rows:
    """The rows of one file.

    `columns` are L0 columns in the order of a row's fields; `chunks` are to be read once. `place`
    names the file, and the member, for messages. `line_of` gives the file's line for a line of `chunks`, both
    counted from 1. `skipped` counts, while `chunks` are read, what was left out and why. `file_values` hold
    for all rows.
    """

    place: str
    columns: tuple[Column, ...]
    chunks: Iterable[bytes]
    copy_format: CopyFormat
    line_of: Callable[[int], int]
    file_values: Mapping[str, str] = field(default_factory=dict)
    skipped: Counter[str] = field(default_factory=Counter)


_ESCAPES = str.maketrans({"\\": r"\\", "\t": r"\t", "\n": r"\n", "\r": r"\r"})


def text_line(fields: Iterable[str]) -> str:
    """One row in COPY's text form: https://www.postgresql.org/docs/current/sql-copy.html."""
    return "\t".join([value.translate(_ESCAPES) for value in fields]) + "\n"


def enforce_max_bytes(chunks: Iterable[bytes], max_bytes: int, place: str) -> Iterator[bytes]:
    """The same chunks; InvalidFile as soon as they hold more than `max_bytes`."""
    seen = 0
    for chunk in chunks:
        seen += len(chunk)
        if seen > max_bytes:
            raise InvalidFile(
                f"{place} unpacks to more than the {max_bytes:,} bytes that its declaration allows; nothing was "
                "loaded. If the publisher's files have grown so much, raise max_unpacked_bytes in the declaration."
            )
        yield chunk
