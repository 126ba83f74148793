"""CSV with a header -> its own bytes without the header: Postgres parses CSV faster than we could."""

import csv
import itertools
import re
from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import BinaryIO

from dss_assets.dataset import Column, Delimited
from dss_assets.errors import InvalidFile, WrongHeader
from dss_assets.parsing.archive import Archive, chunks_of, is_zip
from dss_assets.parsing.prefetch import prefetch
from dss_assets.parsing.rows import CopyFormat, Rows, enforce_max_bytes

# One line with its end; a quoted field may hold line ends of its own.
_FIRST_LINE = re.compile(rb'((?:[^"\r\n]|"[^"]*")*)(\r\n|\r|\n|\Z)')
_UTF8_MARK = b"\xef\xbb\xbf"


@contextmanager
def delimited_rows(
    form: Delimited, columns: tuple[Column, ...], file: BinaryIO, name: str, max_bytes: int
) -> Iterator[Rows]:
    """The rows of a delimited file. Raises InvalidFile for a header that is not as declared, with both lists."""
    if form.member is None and not is_zip(file):
        yield _rows(form, columns, enforce_max_bytes(chunks_of(file), max_bytes, name), name, {})
        return
    archive = Archive(file, name, max_bytes)
    member, values = _find_member(archive, form, name)
    with archive.open(member) as unpacked:
        place = f"{name}, member {member}"
        with closing(prefetch(enforce_max_bytes(chunks_of(unpacked), max_bytes, place))) as chunks:
            yield _rows(form, columns, chunks, place, values)


def _find_member(archive: Archive, form: Delimited, name: str) -> tuple[str, dict[str, str]]:
    for member in archive.members:
        match = re.fullmatch(form.member or ".*", member)
        if match:
            return member, match.groupdict()
    raise InvalidFile(
        f"{name} has no member that matches {form.member!r}; its members are: {', '.join(archive.members) or 'none'}. "
        "Nothing was loaded. If the publisher has renamed the member, correct the dataset's declaration."
    )


def _rows(
    form: Delimited, columns: tuple[Column, ...], chunks: Iterator[bytes], place: str, values: dict[str, str]
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
        line_of=lambda copied: copied + 1 + line[1].count(line[2]),
        file_values=values,
    )


def _titles(line: bytes, form: Delimited, place: str) -> list[str]:
    try:
        return next(csv.reader([line.decode(form.encoding)], delimiter=form.delimiter), [])
    except UnicodeDecodeError as error:
        raise InvalidFile(
            f"{place}, line 1: byte {error.start + 1} is not {form.encoding}: {line[:100]!r}. Nothing was loaded."
        ) from error


def match_header(titles: list[str], columns: tuple[Column, ...], place: str) -> tuple[Column, ...]:
    """`columns` in the order of `titles`. InvalidFile unless each column stands there exactly once."""
    found = [next((column for column in columns if column.is_titled(title)), None) for title in titles]
    unknown = [title for title, column in zip(titles, found, strict=True) if column is None]
    missing = [column.name for column in columns if column not in found]
    doubled = [column.name for column in columns if found.count(column) > 1]
    if unknown or missing or doubled:
        faults = [("unknown", unknown), ("missing", missing), ("twice", doubled)]
        raise WrongHeader(
            f"{place}, line 1: the header is not as declared; "
            + "; ".join(f"{what}: {', '.join(names)}" for what, names in faults if names)
            + f". Found {len(titles)} columns: {', '.join(titles)}. "
            f"Expected {len(columns)}: {', '.join(column.name for column in columns)}. Nothing was loaded. "
            "If this is a new edition, declare its titles and materialise the partition again."
        )
    return tuple(column for column in found if column is not None)
