"""Bytes -> the lines that hold a header and rows: without titles above, comments, and footers below."""

import codecs
import io
import re
from collections import deque
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from dss_assets.dataset import Pattern, Tabular
from dss_assets.errors import InvalidFile
from dss_assets.parsing.archive import chunks_of
from dss_assets.parsing.rows import enforce_max_bytes
from dss_assets.parsing.texts import Text

# A row with its line ends is held whole. Longer ones are binary files, or have a quotation mark that is never closed.
MOST_CHARACTERS = 16 * 1024**2


class Line(NamedTuple):
    """A line with its end, and those lines after it over which a quoted field goes on; `number` is that of the last."""

    number: int
    text: str


def read_lines(
    form: Tabular, text: Text, encoding: str, quote: str | None, max_bytes: int, *, keep_blank: bool = False
) -> Iterator[Line]:
    """The lines of header and rows. Raises InvalidFile, with the line, for what is not text in the encoding."""
    with text.open() as file:
        chunks = enforce_max_bytes(chunks_of(file), max_bytes, text.place)
        lines = _without_ends(form, _decoded(chunks, encoding, text.place))
        yield from _joined(form, lines, quote, text.place, keep_blank=keep_blank)


def _decoded(chunks: Iterable[bytes], encoding: str, place: str) -> Iterator[Line]:
    decoder = codecs.getincrementaldecoder(encoding)()
    number, rest, is_start = 0, "", True
    try:
        for chunk in chunks:
            # A mark at the beginning is no part of the text, in whichever encoding the rest is.
            decoded = decoder.decode(chunk.removeprefix(codecs.BOM_UTF8) if is_start else chunk)
            rest += decoded.removeprefix("\ufeff") if is_start else decoded
            is_start = False
            # A StringIO ends lines at CR, LF and CR LF alone. The last one stays back: it may be unfinished.
            *whole, rest = io.StringIO(rest, newline="") if rest else [""]
            for number, line in enumerate(whole, start=number + 1):  # noqa: B020 it goes on counting
                yield Line(number, line)
            require_short(rest, place, number + 1)
        rest += decoder.decode(b"", final=True)
    except UnicodeDecodeError as error:
        before = io.StringIO(rest + error.object[: error.start].decode(encoding, errors="replace") + "x", newline="")
        raise InvalidFile(
            f"{place}, line {number + len(list(before))}: found the byte 0x{error.object[error.start]:02X}, expected "
            f"text in {encoding}. Nothing was loaded. {_advice(error.object)}"
        ) from error
    for number, line in enumerate(io.StringIO(rest, newline=""), start=number + 1):  # noqa: B020
        yield Line(number, line)


def _advice(content: bytes) -> str:
    """What can be done about a text that is not in its encoding, of which the beginning or a chunk is given."""
    likely = "utf-16" if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) else "windows-1252"
    return f"If the file is in another encoding, declare it: encoding={likely!r}, for example."


def _without_ends(form: Tabular, lines: Iterator[Line]) -> Iterator[Line]:
    """The lines without those that are counted from the beginning and from the end."""
    footer = 0 if isinstance(form.footer, Pattern) else form.footer
    if not footer:
        yield from (line for line in lines if line.number > form.skip_lines) if form.skip_lines else lines
        return
    waiting: deque[Line] = deque()
    for line in lines:
        if line.number > form.skip_lines:
            waiting.append(line)
            if len(waiting) > footer:
                yield waiting.popleft()


def _joined(form: Tabular, lines: Iterator[Line], quote: str | None, place: str, *, keep_blank: bool) -> Iterator[Line]:
    """The lines without comments and from a footer on, joined where a quoted field holds their ends."""
    ends = form.footer if isinstance(form.footer, Pattern) else None
    started, parts = 0, ""
    for line in lines:
        number, text = line
        is_odd = quote is not None and quote in text and text.count(quote) % 2 == 1
        if parts:
            parts += text
            require_short(parts, place, started)
            if is_odd:
                yield Line(number, parts)
                parts = ""
            continue
        if form.comment and text.startswith(form.comment):
            continue
        if ends and ends.matches(text.strip()):
            return
        if is_odd:
            started, parts = number, text
        elif keep_blank or text not in _BLANK:
            yield line
    if parts:
        raise InvalidFile(
            f"{place}, line {started}: a quotation mark {quote} is never closed: {parts[:100]!r}. Nothing was loaded. "
            "If quotation marks are text in this file, declare quote=None."
        )


_BLANK = frozenset({"\n", "\r\n", "\r"})


def require_short(text: str, place: str, number: int) -> None:
    """Raise InvalidFile where the beginning of a line is longer than any line is."""
    if len(text) > MOST_CHARACTERS:
        raise InvalidFile(
            f"{place}, line {number}: it is longer than {MOST_CHARACTERS:,} characters, or has a quotation mark that "
            f"is never closed: {text[:100]!r}. Nothing was loaded."
        )


def line_ends(text: str) -> list[str]:
    """The ends of the lines of a text, each '' or a line end of one or two characters."""
    return re.findall(r"\r\n|\r|\n", text)
