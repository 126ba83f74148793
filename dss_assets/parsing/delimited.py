"""CSV with a header -> its own bytes without the header: Postgres parses CSV faster than we could."""

import csv
import io
import itertools
import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager, nullcontext
from typing import BinaryIO

from dss_assets.dataset import Column, Delimited
from dss_assets.errors import InvalidFile, WrongHeader
from dss_assets.parsing.archive import Archive, chunks_of, is_zip
from dss_assets.parsing.prefetch import prefetch
from dss_assets.parsing.rows import CopyFormat, Position, Rows, enforce_max_bytes

# One line with its end; a quoted field may hold line ends of its own.
_FIRST_LINE = re.compile(rb'((?:[^"\r\n]|"[^"]*")*)(\r\n|\r|\n|\Z)')
_UTF8_MARK = b"\xef\xbb\xbf"


@contextmanager
def delimited_rows(
    form: Delimited, columns: tuple[Column, ...], file: BinaryIO, place: str, max_bytes: int
) -> Iterator[Rows]:
    """The rows of a delimited file. Raises InvalidFile for a header that is not as declared, with both lists."""
    if form.member is None and not is_zip(file):
        chunks = enforce_max_bytes(chunks_of(file), max_bytes, place)
        yield _rows(form, columns, chunks, place, {}, lambda: _from_start(file))
        return
    archive = Archive(file, place, max_bytes)
    member, values = _find_member(archive, form, place)
    with archive.open(member) as unpacked:
        place = f"{place}, member {member}"
        with closing(prefetch(enforce_max_bytes(chunks_of(unpacked), max_bytes, place))) as prefetched:
            yield _rows(form, columns, prefetched, place, values, lambda: archive.open(member))


def _from_start(file: BinaryIO) -> AbstractContextManager[BinaryIO]:
    file.seek(0)
    return nullcontext(file)


def _find_member(archive: Archive, form: Delimited, place: str) -> tuple[str, dict[str, str]]:
    for member in archive.members:
        match = re.fullmatch(form.member or ".*", member)
        if match:
            return member, match.groupdict()
    raise InvalidFile(
        f"{place} has no member that matches {form.member!r}; its members are: {', '.join(archive.members) or 'none'}. "
        "Nothing was loaded. If the publisher has renamed the member, correct the dataset's declaration."
    )


def _rows(
    form: Delimited,
    columns: tuple[Column, ...],
    chunks: Iterator[bytes],
    place: str,
    values: dict[str, str],
    open_again: Callable[[], AbstractContextManager[BinaryIO]],
) -> Rows:
    start = next(chunks, b"").removeprefix(_UTF8_MARK)
    line = _FIRST_LINE.match(start)
    if line is None or (line.end() == len(start) and not line[2]):
        header = start[:200]
        raise InvalidFile(
            f"{place} has no line that ends within its first {len(start):,} bytes, so no header: {header!r}."
        )
    titles = _titles(line[1], form, place)
    return Rows(
        place=place,
        columns=match_header(titles, columns, place),
        chunks=itertools.chain([start[line.end() :]], chunks),
        copy_format=CopyFormat("csv", form.delimiter, '"', form.encoding),
        positions=lambda: _positions(open_again, place),
        file_values=values,
    )


def _positions(open_again: Callable[[], AbstractContextManager[BinaryIO]], place: str) -> Iterator[Position]:
    with open_again() as file:
        # Quotation marks and line ends are the same bytes in every encoding of `Delimited`, and Latin-1 has all bytes.
        text = io.TextIOWrapper(file, encoding="latin-1", newline="")
        try:
            yield from _positions_of_lines(text, place)
        finally:
            text.detach()  # or it would close the file


def _positions_of_lines(lines: Iterable[str], place: str) -> Iterator[Position]:
    """The rows of lines that keep their ends, the first row being the header.

    COPY counts a line for each row, and one for each line end within quotation marks that is written as the rows' line
    ends are, or with CR until the first row has ended (CopyReadLineText in Postgres's copyfromparse.c).
    """
    copied = 0
    row_end = None
    is_header, is_quoted = True, False
    for number, line in enumerate(lines, start=1):
        is_quoted ^= line.count('"') % 2 == 1
        if is_header:
            is_header = is_quoted
        elif is_quoted:
            copied += (row_end or "\r") in line[-2:]
        else:
            copied += 1
            row_end = row_end or ("\r" if "\r" in line[-2:] else "\n")
            yield Position(copied, place, number)


def _titles(line: bytes, form: Delimited, place: str) -> list[str]:
    try:
        return next(csv.reader([line.decode(form.encoding)], delimiter=form.delimiter), [])
    except UnicodeDecodeError as error:
        raise InvalidFile(
            f"{place}, line 1: byte {error.start + 1} is not {form.encoding}: {line[:100]!r}. Nothing was loaded."
        ) from error


def match_header(titles: list[str], columns: tuple[Column, ...], place: str) -> tuple[Column, ...]:
    """`columns` in the order of `titles`. Raises WrongHeader unless each column is there exactly once."""
    matched = [next((column for column in columns if column.is_titled(title)), None) for title in titles]
    unknown = [title for title, column in zip(titles, matched, strict=True) if column is None]
    missing = [column.name for column in columns if column not in matched]
    doubled = [column.name for column in columns if matched.count(column) > 1]
    if unknown or missing or doubled:
        differences = [("unknown", unknown), ("missing", missing), ("twice", doubled)]
        raise WrongHeader(
            f"{place}, line 1: the header is not as declared; "
            + "; ".join(f"{what}: {', '.join(names)}" for what, names in differences if names)
            + f". Found {len(titles)} columns: {', '.join(titles)}. "
            f"Expected {len(columns)}: {', '.join(column.name for column in columns)}. Nothing was loaded. "
            "If this is a new edition, declare its titles and materialise the partition again."
        )
    return tuple(column for column in matched if column is not None)
