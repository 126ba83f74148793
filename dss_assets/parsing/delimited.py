"""Delimited text -> its own bytes without the header: Postgres parses CSV faster than we could.

Where a declaration needs it, lines are left out (`_BY_LINE` below), or whole rows are rewritten (records.py).
"""

import csv
import re
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager, nullcontext
from dataclasses import replace
from itertools import chain, islice
from typing import BinaryIO, NamedTuple

from dss_assets.dataset import Column, Delimited, HeaderLine, Pattern
from dss_assets.errors import InvalidFile
from dss_assets.parsing.archive import chunks_of
from dss_assets.parsing.header import Header, HeaderReader
from dss_assets.parsing.lines import Line, line_ends, read_lines
from dss_assets.parsing.nulls import empty_null_words, empty_null_words_of_line, null_fields
from dss_assets.parsing.prefetch import prefetch
from dss_assets.parsing.records import Record, Selected, Selection, rewritten_rows, targets_of
from dss_assets.parsing.rows import CopyFormat, Position, Rows, enforce_max_bytes, is_read_by_postgres
from dss_assets.parsing.text_encoding import utf_8_remark
from dss_assets.parsing.texts import Text, Texts, find_texts

# What COPY is told where quotation marks are text: a character that no text has. A file that has it is refused.
_NO_QUOTE = "\x01"
_UTF8_MARK = b"\xef\xbb\xbf"
# About a quarter of a mebibyte.
_BATCH_LINES = 2000
# Some hundred rows, which takes a millisecond or two.
_LOOKED_AT_BYTES = 64 * 1024
# Longer fields are not CSV; Python's own limit is 131,072 characters.
_FIELD_CHARACTERS = 10 * 1024**2


@contextmanager
def delimited_rows(
    form: Delimited,
    columns: tuple[Column, ...],
    file: BinaryIO,
    place: str,
    max_bytes: int,
    file_values: Mapping[str, str],
) -> Iterator[Rows]:
    """The rows of a delimited file, or of members of a zip.

    Raises InvalidFile for a header that is not as declared, with both lists.
    """
    texts = find_texts(form, columns, file, place, max_bytes, file_values)
    encoding = texts.encoding(form.encoding, max_bytes)
    remarks = () if encoding == form.encoding else (utf_8_remark(texts.place, form.encoding),)
    rows = _DelimitedFile(replace(form, encoding=encoding), columns, texts, max_bytes).rows(place)
    # A zip may be read at two places at once, which `positions` does; another file may not.
    with closing(prefetch(rows.chunks)) if texts.is_archive else nullcontext(rows.chunks) as chunks:
        yield replace(rows, chunks=chunks, remarks=(*remarks, *rows.remarks))


class _Part(NamedTuple):
    """A text, its header, and the line in which that is, if any."""

    text: Text
    header: Header
    line: Line | None


class _DelimitedFile:
    """A delimited file, of which the headers have been read."""

    def __init__(self, form: Delimited, columns: tuple[Column, ...], texts: Texts, max_bytes: int) -> None:
        self._form, self._texts, self._max_bytes = form, texts, max_bytes
        self._headers = HeaderReader(form.header, columns, form.others)
        self._is_by_line = (
            bool(form.comment or form.footer)
            or form.header is HeaderLine.NAMING
            or not is_read_by_postgres(form.encoding)
        )
        self._parts = [self._part(text) for text in texts.texts]
        self._header = self._parts[0].header
        self._targets = targets_of(columns, self._header)
        self._is_rewritten = (
            not self._header.is_whole
            or any(part.header.columns != self._header.columns for part in self._parts)
            or any(c.written or c.from_name for c in self._targets)
        )

    def rows(self, place: str) -> Rows:
        """All rows, rewritten no further than they have to be."""
        if self._is_rewritten:
            return rewritten_rows(self._texts, place, self._targets, self._header.titles, self._selected)
        encoding = "utf-8" if self._is_by_line else self._form.encoding
        chunks = self._joined_lines() if self._is_by_line else self._bodies()
        return Rows(
            place=self._texts.place if len(self._texts.texts) == 1 else place,
            columns=self._header.declared,
            chunks=empty_null_words(chunks, self._form, encoding),
            copy_format=CopyFormat("csv", self._form.delimiter, self._form.quote or _NO_QUOTE, encoding),
            positions=self._positions,
            file_values=self._texts.values,
            skipped=self._texts.skipped,
            titles=self._header.titles,
            remarks=self._remarks(),
        )

    def _remarks(self) -> tuple[str, ...]:
        """Whether quotation marks look like text, which COPY takes for marks: rows may be merged without an error.

        Only the beginning is looked at: the rest goes by as it came.
        """
        form, text = self._form, self._texts.texts[0]
        if form.quote is None or not is_read_by_postgres(form.encoding):
            return ()
        with text.open() as file:
            start = file.read(_LOOKED_AT_BYTES).removeprefix(_UTF8_MARK)
        around = re.escape(f"\r\n{form.quote}{form.delimiter}")
        lone = re.search(rf"[^{around}]{re.escape(form.quote)}[^{around}]".encode(), start)
        if lone is None:
            return ()
        line = start.count(b"\n", 0, lone.start()) + 1
        found = start[max(0, lone.start() - 10) : lone.end() + 10].decode(form.encoding, errors="replace")
        return (
            f"{text.place}, line {line}: a quotation mark stands within a field, {found!r}. It was left out, and the "
            "text up to the next one is one field. If quotation marks are text in this file, declare quote=None.",
        )

    def _part(self, text: Text) -> _Part:
        form = self._form
        # Titles above a header may hold quotation marks that close nothing.
        quote = None if form.header is HeaderLine.NAMING else form.quote
        header, line, _ = self._headers.read(self._lines(form, text, quote), self._fields, text.place)
        return _Part(text, header.widened(self._first_rows(line, text), form.others) if line else header, line)

    def _lines_below(self, part: _Part) -> Iterator[Line]:
        """The lines of the rows of a text."""
        return self._lines(self._below(part.line), part.text, self._form.quote)

    def _first_rows(self, header: Line, text: Text) -> list[list[str]]:
        """The fields of the first two rows, or of none where they cannot be told: whoever reads all rows says why."""
        lines = read_lines(self._below(header), text, self._form.encoding, None, self._max_bytes)
        try:
            return list(islice(self._csv(line.text for line in lines), 2))
        except (csv.Error, InvalidFile):
            return []

    def _below(self, header: Line | None) -> Delimited:
        """The form of a text as it is below its header."""
        skipped = header.number if header else self._form.skip_lines
        return replace(self._form, header=HeaderLine.FIRST, skip_lines=skipped)

    def _lines_for_fields(self, part: _Part) -> Iterator[Line]:
        """The same lines for Python's reader.

        It joins lines itself, and better: a mark within a field is text to it. Only where lines are to be left out, or
        words for NULL to be found, they are joined before.
        """
        form = self._form
        if form.comment or form.nulls or isinstance(form.footer, Pattern):
            return self._lines_below(part)
        return read_lines(self._below(part.line), part.text, form.encoding, None, self._max_bytes, keep_blank=True)

    def _lines(self, form: Delimited, text: Text, quote: str | None) -> Iterator[Line]:
        return read_lines(form, text, form.encoding, quote, self._max_bytes, keep_blank=not self._is_by_line)

    def _fields(self, line: Line) -> list[str]:
        try:
            return next(self._csv(iter([line.text])), [])
        except csv.Error:
            # A title above the header may have quotation marks anywhere.
            return [line.text.strip()]

    def _csv(self, lines: Iterator[str]) -> Iterator[list[str]]:
        csv.field_size_limit(_FIELD_CHARACTERS)
        form = self._form
        if form.quote is None:
            return csv.reader(lines, delimiter=form.delimiter, quoting=csv.QUOTE_NONE)
        return csv.reader(lines, delimiter=form.delimiter, quotechar=form.quote, strict=True)

    def _bodies(self) -> Iterator[bytes]:
        """The texts without their headers, one after the other, as if they were one."""
        for number, part in enumerate(self._parts, start=1):
            skipped, place = self._below(part.line).skip_lines, part.text.place
            with part.text.open() as file:
                chunks = enforce_max_bytes(chunks_of(file), self._max_bytes, place)
                last = _without_lines(next(chunks, b""), skipped, place)
                end = _line_end(part.line.text if part.line else "").encode()
                for chunk in chain([last], chunks):
                    self._require_no_mark(chunk, part)
                    yield chunk
                    last = chunk or last
            if number < len(self._texts.texts) and last and not last.endswith((b"\n", b"\r")):
                yield end

    def _joined_lines(self) -> Iterator[bytes]:
        """The lines of all texts, in UTF-8."""
        for part in self._parts:
            first = part.line
            for batch in _batches(self._lines_below(part)):
                first = first or batch[0]
                joined = "".join(line.text for line in batch)
                chunk = (joined if joined.endswith(("\n", "\r")) else joined + _line_end(first.text)).encode()
                self._require_no_mark(chunk, part)
                yield chunk

    def _require_no_mark(self, chunk: bytes, part: _Part) -> None:
        """Refuse the character that COPY would take for a quotation mark."""
        if self._form.quote is not None or _NO_QUOTE.encode() not in chunk:
            return
        number = next((line.number for line in self._lines_below(part) if _NO_QUOTE in line.text), 0)
        raise InvalidFile(
            f"{part.text.place}, line {number}: found the control character {_NO_QUOTE!r}, expected text. "
            "Nothing was loaded."
        )

    def _selected(self) -> Selected:
        """The rows of all texts by fields."""
        for part in self._parts:
            selection = Selection(part.text.place, part.header, self._targets, part.text.values, "line")
            for record in self._records(self._lines_for_fields(part), part.text.place):
                yield selection, record

    def _records(self, lines: Iterator[Line], place: str) -> Iterator[Record]:
        """The fields of each row. Rows without any value are left out."""
        number = 0
        nulls, words = null_fields(self._form) if self._form.nulls else None, self._form.nulls

        def texts() -> Iterator[str]:
            nonlocal number
            for line in lines:
                number = line.number
                yield empty_null_words_of_line(line.text, nulls, words) if nulls else line.text

        try:
            for fields in self._csv(texts()):
                if any(map(str.strip, fields)):
                    yield Record(number, fields)
        except csv.Error as error:
            raise InvalidFile(
                f"{place}, line {number}: {error}. Nothing was loaded. Expected fields with {self._form.delimiter!r} "
                f"between, and {self._form.quote or 'no quotation marks'} around those that hold it."
            ) from error

    def _positions(self) -> Iterator[Position]:
        """Where each row is that is copied as it came.

        COPY counts a line for each row, and one for each line end within quotation marks that is written as the rows'
        line ends are, or with CR until the first row has ended (CopyReadLineText in Postgres's copyfromparse.c).
        """
        copied, row_end = 0, None
        for part in self._parts:
            for line in self._lines_below(part):
                *within, end = line_ends(line.text) or [""]
                copied += 1 + sum((row_end or "\r") in each for each in within)
                row_end = row_end or ("\r" if "\r" in end else "\n")
                yield Position(copied, part.text.place, line.number)


def _batches(lines: Iterator[Line]) -> Iterator[list[Line]]:
    batch: list[Line] = []
    for line in lines:
        batch.append(line)
        if len(batch) == _BATCH_LINES:
            yield batch
            batch = []
    if batch:
        yield batch


def _line_end(line: str) -> str:
    """How a line ends, LF where it is the last one of a text and does not."""
    return (line_ends(line[-2:]) or ["\n"])[-1]


def _without_lines(start: bytes, lines: int, place: str) -> bytes:
    """The beginning of a text without its first lines."""
    end = re.match(rb"(?:[^\r\n]*(?:\r\n|\r|\n|\Z)){%d}" % lines, start.removeprefix(_UTF8_MARK))
    if end is None:
        raise InvalidFile(f"{place}: its first {lines} lines do not end within {len(start):,} bytes.")
    return start.removeprefix(_UTF8_MARK)[end.end() :]
