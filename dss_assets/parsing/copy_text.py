"""CSV -> COPY's text form, wherever its quotation marks can go: Postgres reads that with a fifth less CPU.

Of the rows of ONS, half a million with fifty quoted fields, COPY takes 2.2 s of CPU as CSV, 2.0 s without quotation
marks, and 1.75 s as text. Looking at them here takes a third of what is saved, on another core.
"""

from collections.abc import Iterable, Iterator
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from dss_assets.parsing.rows import CopyFormat

_Flags = npt.NDArray[np.bool_]
_Words = npt.NDArray[np.uint64]

# What Postgres takes for a delimiter in both forms, of those that files have.
_DELIMITERS = frozenset(",;|\t")
_LINE_ENDS = b"\r\n"
# More than half a chunk, which is held until the next one comes.
_MAX_LINE_BYTES = 512 * 1024


def in_text_form(chunks: Iterable[bytes], form: CopyFormat) -> Iterator[tuple[CopyFormat, bytes]]:
    """The same rows, each piece in the form in which it is to be copied: COPY's text form, or `form` as it came.

    Pieces of different forms have whole rows. An empty field is NULL in both forms, quoted or not.
    """
    if form.kind == "text" or form.delimiter not in _DELIMITERS:
        yield from ((form, chunk) for chunk in chunks)
        return
    text_form = replace(form, kind="text")
    quote = form.quote.encode()
    rest, is_within = b"", False
    remaining = iter(chunks)
    for chunk in remaining:
        lines, end, rest = (rest + chunk).rpartition(b"\n")
        lines += end
        if len(rest) > _MAX_LINE_BYTES:
            # Lines that end in CR alone, or hardly anything but text: no place is known where a row ends.
            yield form, lines + rest
            yield from ((form, chunk) for chunk in remaining)
            return
        if not lines:
            continue
        if not is_within and (plain := _plain(lines, form)) is not None:
            yield text_form, plain
            continue
        yield form, lines
        is_within ^= lines.count(quote) % 2 == 1
    if rest:
        plain = None if is_within else _plain(rest, form)
        yield (form, rest) if plain is None else (text_form, plain)


def _plain(rows: bytes, form: CopyFormat) -> bytes | None:
    """The rows without quotation marks, None where these have a meaning, or a character has one in the text form.

    `rows` begins outside quotation marks. A mark opens or closes wherever it stands in a field, as COPY reads it.
    """
    if b"\\" in rows:
        return None
    quote = form.quote.encode()
    if quote not in rows:
        return rows
    characters = np.frombuffer(rows, np.uint8)
    breaks = characters == ord(form.delimiter)
    for line_end in _LINE_ENDS:
        breaks |= characters == line_end
    marks = _bits(characters == quote[0])
    within, is_unclosed = _within(marks)
    next_marks = marks >> _ONE
    next_marks[:-1] |= marks[1:] << _LAST
    # Two marks that do not begin a field: the first closes it, and the second says that it was one of the text.
    doubled = marks & next_marks & ~within
    if is_unclosed or (_bits(breaks) & within).any() or doubled.any():
        return None
    return rows.translate(None, quote)


_ONE, _LAST = np.uint64(1), np.uint64(63)
_DOUBLING = tuple(np.uint64(1 << power) for power in range(6))


def _bits(flags: _Flags) -> _Words:
    """A bit for each flag, 64 to a number, the first one lowest: what is done to them takes a quarter of the time."""
    packed = np.packbits(flags, bitorder="little")
    return np.pad(packed, (0, -len(packed) % 8)).view("<u8")


def _within(marks: _Words) -> tuple[_Words, bool]:
    """The bits from each opening mark up to the character before the closing one, and whether the last is not closed.

    Each bit is the parity of the marks up to it: first within its number, by doubling steps, then with those before.
    """
    within = marks.copy()
    for shift in _DOUBLING:
        within ^= within << shift
    odd = np.bitwise_xor.accumulate(within >> _LAST)
    within[1:] ^= np.uint64(0) - odd[:-1]
    return within, bool(odd[-1])
