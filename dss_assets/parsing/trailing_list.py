"""Lines whose last column gathers all further fields -> COPY text."""

import codecs
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import BinaryIO

from dss_assets.dataset import Column, TrailingList
from dss_assets.parsing.archive import Archive, chunks_of
from dss_assets.parsing.rows import CopyFormat, Rows, enforce_max_bytes, text_line


@contextmanager
def trailing_list_rows(
    form: TrailingList, columns: tuple[Column, ...], file: BinaryIO, name: str, max_bytes: int
) -> Iterator[Rows]:
    """The rows of all members of a zip (of zips), in their stored order."""
    skipped: Counter[str] = Counter()
    yield Rows(
        place=name,
        columns=columns,
        chunks=_copy_text(_member_chunks(file, name, max_bytes), form, len(columns), skipped),
        copy_format=CopyFormat("text"),
        line_of=lambda copied: copied,
        skipped=skipped,
    )


def _member_chunks(file: BinaryIO, name: str, max_bytes: int) -> Iterator[Iterator[bytes]]:
    archive = Archive(file, name, max_bytes)
    for member in archive.members:
        with archive.open(member) as unpacked:
            nested = unpacked.peek(4)[:4] == b"PK\x03\x04"  # type: ignore[attr-defined]
            if not nested:
                yield enforce_max_bytes(chunks_of(unpacked), max_bytes, f"{name}, member {member}")
        if nested:
            place = f"{name}, member {member}"
            with archive.open_nested(member) as spooled:
                inner = Archive(spooled, place, max_bytes)
                for first in inner.members[:1]:
                    with inner.open(first) as unpacked:
                        yield enforce_max_bytes(chunks_of(unpacked), max_bytes, place)


def _copy_text(
    members: Iterator[Iterator[bytes]], form: TrailingList, width: int, skipped: Counter[str]
) -> Iterator[bytes]:
    for chunks in members:
        for lines in _line_batches(chunks, form.encoding):
            rows = []
            for line in lines:
                fields = line.split(form.separator)
                if len(fields) < width:
                    skipped[f"fewer than {width} fields"] += 1
                    continue
                tail = ",".join(filter(None, fields[width - 1 :]))
                rows.append(text_line([*(field.replace('"', "") for field in fields[: width - 1]), tail]))
            yield "".join(rows).encode()


def _line_batches(chunks: Iterator[bytes], encoding: str) -> Iterator[list[str]]:
    """Lines as `str.splitlines` ends them, a chunk's worth at a time."""
    decoder = codecs.getincrementaldecoder(encoding)()
    rest = ""
    for chunk in chunks:
        # The last line stays back: it may be unfinished, or end in half of a CR LF.
        *whole, rest = (rest + decoder.decode(chunk)).splitlines(keepends=True) or [""]
        yield [line.splitlines()[0] for line in whole]
    yield (rest + decoder.decode(b"", final=True)).splitlines()
