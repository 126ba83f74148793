"""CSV with a header -> its own bytes without the header: Postgres parses CSV faster than we could."""

import codecs
import csv
import io
import re
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, closing, contextmanager, nullcontext
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, BinaryIO

from dss_assets.dataset import Column, Delimited, Member, Members, QuotedNulls, matching_members
from dss_assets.errors import InvalidFile
from dss_assets.parsing.archive import Archive, chunks_of, is_zip
from dss_assets.parsing.header import Header, match_header
from dss_assets.parsing.prefetch import prefetch
from dss_assets.parsing.rows import CopyFormat, Position, Rows, enforce_max_bytes, is_read_by_postgres

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

# One line with its end; a quoted field may hold line ends of its own.
_FIRST_LINE = re.compile(rb'((?:[^"\r\n]|"[^"]*")*)(\r\n|\r|\n|\Z)')
_UTF8_MARK = b"\xef\xbb\xbf"
# Of a file whose columns are skipped: rows that are rewritten at once, about a quarter of a mebibyte.
_BATCH_ROWS = 2000


@dataclass(frozen=True, slots=True)
class _Text:
    """A text to be read: how messages name it, and what opens it, any number of times.

    `recoded` is the encoding of one that Postgres does not read: its bytes are given in UTF-8. '' for all others.
    """

    place: str
    open_file: Callable[[], AbstractContextManager[BinaryIO]]
    recoded: str

    @contextmanager
    def open(self) -> Iterator[BinaryIO]:
        """The text for reading from its beginning, as COPY is to read it."""
        with self.open_file() as file:
            if not self.recoded:
                yield file
                return
            try:
                yield io.BufferedReader(_Recoded(chunks_of(file), self.recoded))
            except UnicodeDecodeError as error:
                raise InvalidFile(
                    f"{self.place} is not text in {self.recoded}: found the byte 0x{error.object[error.start]:02X}. "
                    "Nothing was loaded. If the publisher has changed the encoding, correct the dataset's declaration."
                ) from error


class _Recoded(io.RawIOBase):
    """Chunks in some encoding as a file in UTF-8."""

    def __init__(self, chunks: Iterable[bytes], encoding: str) -> None:
        self._texts = codecs.iterdecode(chunks, encoding)
        self._rest = b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: "WriteableBuffer") -> int:
        while not self._rest and (text := next(self._texts, None)) is not None:
            self._rest = text.encode()
        view = memoryview(buffer).cast("B")
        given = self._rest[: len(view)]
        view[: len(given)] = given
        self._rest = self._rest[len(given) :]
        return len(given)


@contextmanager
def delimited_rows(
    form: Delimited, columns: tuple[Column, ...], file: BinaryIO, place: str, max_bytes: int
) -> Iterator[Rows]:
    """The rows of a delimited file, or of members of a zip.

    Raises InvalidFile for a header that is not as declared, with both lists.
    """
    values: dict[str, str] = {}
    if not is_read_by_postgres(form.encoding):
        recoded, form = form.encoding, replace(form, encoding="utf-8")
    else:
        recoded = ""
    if is_zip(file):
        archive = Archive(file, place, max_bytes)
        names, values = find_members(archive.members, form.members, place)
        texts = [_member(archive, name, place, recoded) for name in names]
    else:
        texts = [_Text(place, lambda: _from_start(file), recoded)]
    header = _read_header(texts[0], form, columns)
    bodies = _without_nulls(_bodies(texts, header, form, max_bytes), form)
    if header.is_whole:
        chunks, copy_format = bodies, CopyFormat("csv", form.delimiter, '"', form.encoding)
    else:
        chunks, copy_format = _rewritten(bodies, header, form), CopyFormat("csv", ",")
    # A zip may be read at two places at once, which `positions` does; another file may not.
    with closing(prefetch(chunks)) if is_zip(file) else nullcontext(chunks) as chunks:
        yield Rows(
            place=texts[0].place if len(texts) == 1 else place,
            columns=header.declared,
            chunks=chunks,
            copy_format=copy_format,
            positions=lambda: _positions(texts) if header.is_whole else _positions_of_rewritten(texts, header, form),
            file_values=values,
            titles=header.titles,
            named=header.named,
        )


def find_members(names: list[str], words: Sequence[Member], place: str) -> tuple[list[str], dict[str, str]]:
    """The members that the first word finds that any matches, and what its groups say of the whole file."""
    word, matches = matching_members(names, words)
    if matches:
        if len(matches) > 1 and not isinstance(word, Members):
            raise InvalidFile(
                f"{place} has {len(matches)} members that match {word.name if word else ''!r}, where one is expected: "
                f"{', '.join(match[0] for match in matches)}. Nothing was loaded. Which of them counts, or that all "
                "do, is for the dataset's declaration to say."
            )
        values = {tuple(sorted(match.groupdict().items())) for match in matches}
        if len(values) > 1:
            raise InvalidFile(
                f"{place}: the names of its members disagree: {', '.join(match[0] for match in matches)}. "
                "Nothing was loaded."
            )
        return [match[0] for match in matches], dict(values.pop())
    raise InvalidFile(
        f"{place} has no member that matches {' or '.join(repr(word.name) for word in words)}; its members are: "
        f"{', '.join(names) or 'none'}. Nothing was loaded. "
        "If the publisher has renamed the member, correct the dataset's declaration."
    )


def _member(archive: Archive, name: str, place: str, recoded: str) -> _Text:
    return _Text(f"{place}, member {name}", lambda: archive.open(name), recoded)


def _from_start(file: BinaryIO) -> AbstractContextManager[BinaryIO]:
    file.seek(0)
    return nullcontext(file)


def _read_header(text: _Text, form: Delimited, columns: tuple[Column, ...]) -> Header:
    with text.open() as file:
        line, _ = _cut_header(next(chunks_of(file), b""), text.place)
    return match_header(_titles(line, form, text.place), columns, form.others, text.place)


def _cut_header(start: bytes, place: str) -> tuple[bytes, bytes]:
    """The first line without its end, and what comes after it."""
    start = start.removeprefix(_UTF8_MARK)
    line = _FIRST_LINE.match(start)
    if line is None or (line.end() == len(start) and not line[2]):
        raise InvalidFile(
            f"{place} has no line that ends within its first {len(start):,} bytes, so no header: {start[:200]!r}."
        )
    return line[1], start[line.end() :]


def _titles(line: bytes, form: Delimited, place: str) -> list[str]:
    try:
        return next(csv.reader([line.decode(form.encoding)], delimiter=form.delimiter), [])
    except UnicodeDecodeError as error:
        raise InvalidFile(
            f"{place}, line 1: byte {error.start + 1} is not {form.encoding}: {line[:100]!r}. Nothing was loaded."
        ) from error


def _bodies(texts: list[_Text], header: Header, form: Delimited, max_bytes: int) -> Iterator[bytes]:
    """The texts without their headers, one after the other, as if they were one."""
    for number, text in enumerate(texts, start=1):
        with text.open() as file:
            chunks = enforce_max_bytes(chunks_of(file), max_bytes, text.place)
            line, last = _cut_header(next(chunks, b""), text.place)
            titles = tuple(_titles(line, form, text.place))
            if titles != header.titles:
                raise InvalidFile(
                    f"{text.place}, line 1: the header is another than that of {texts[0].place}. Found: "
                    f"{', '.join(titles)}. Expected: {', '.join(header.titles)}. Nothing was loaded."
                )
            yield last
            for chunk in chunks:
                yield chunk
                last = chunk or last
            if number < len(texts) and last and not last.endswith((b"\n", b"\r")):
                yield b"\n"


def _without_nulls(chunks: Iterator[bytes], form: Delimited) -> Iterator[bytes]:
    """The same rows with nothing in the place of the words for NULL. Lines stay as they are counted."""
    if not form.nulls:
        yield from chunks
        return
    words = [word.encode(form.encoding) for word in form.nulls]
    separator = re.escape(form.delimiter.encode())
    null = rb" *(?:" + b"|".join(map(re.escape, words)) + rb") *"
    if form.quoted_nulls is QuotedNulls.NULL:
        null = null + rb'|"' + null + rb'"'
    # Any other quoted field is passed over as a whole: what looks like such a word in it is text.
    field = re.compile(
        rb"(?:(?<=[\r\n" + separator + rb"])|^)(?P<null>" + null + rb")(?=[\r\n" + separator + rb']|$)|"[^"]*"'
    )
    rest = b""
    for chunk in chunks:
        # Up to the last line end: a field, and a quoted one with its line ends, may go on in the next chunk.
        whole, end, rest = (rest + chunk).rpartition(b"\n")
        if whole.count(b'"') % 2:
            rest, whole, end = whole + end + rest, b"", b""
        whole += end
        yield field.sub(_null, whole) if any(word in whole for word in words) else whole
    yield field.sub(_null, rest)


def _null(field: re.Match[bytes]) -> bytes:
    return field[0] if field["null"] is None else b""


def _rewritten(chunks: Iterable[bytes], header: Header, form: Delimited) -> Iterator[bytes]:
    """The rows without the columns that are skipped."""
    for rows in _batches(csv.reader(_lines(chunks, form.encoding), delimiter=form.delimiter)):
        target = io.StringIO(newline="")
        writer = csv.writer(target, lineterminator="\n")
        for fields in rows:
            writer.writerow(_kept_fields(fields, header))
        yield target.getvalue().encode()


def _kept_fields(fields: list[str], header: Header) -> list[str]:
    """The fields of the columns that are loaded. A row that is too short or too long stays so, for COPY to refuse."""
    surplus = len(fields) - len(header.columns)
    kept = [field for field, column in zip(fields, header.columns, strict=False) if column is not None]
    if surplus > 0:
        return [*kept, *fields[-surplus:]]
    return kept[: len(header.declared) - 1] if surplus else kept


def _batches(rows: Iterator[list[str]]) -> Iterator[list[list[str]]]:
    batch = []
    for row in rows:
        if row:
            batch.append(row)
        if len(batch) == _BATCH_ROWS:
            yield batch
            batch = []
    yield batch


def _lines(chunks: Iterable[bytes], encoding: str) -> Iterator[str]:
    """Lines that keep their ends, decoded. Bytes that are not of the encoding raise UnicodeDecodeError."""
    rest = b""
    for chunk in chunks:
        *lines, rest = (rest + chunk).split(b"\n")
        for line in lines:
            yield line.decode(encoding) + "\n"
    if rest:
        yield rest.decode(encoding)


def _positions(texts: Iterable[_Text]) -> Iterator[Position]:
    copied, row_end = 0, None
    for text in texts:
        with text.open() as file:
            # Quotation marks and line ends are the same bytes in every encoding of `Delimited`; Latin-1 has all bytes.
            lines = io.TextIOWrapper(file, encoding="latin-1", newline="")
            try:
                copied, row_end = yield from _positions_of_lines(lines, text.place, copied, row_end)
            finally:
                lines.detach()  # or it would close the file


def _positions_of_lines(
    lines: Iterable[str], place: str, copied: int, row_end: str | None
) -> Generator[Position, None, tuple[int, str | None]]:
    """The rows of lines that keep their ends, the first row being the header; then the lines copied so far.

    COPY counts a line for each row, and one for each line end within quotation marks that is written as the rows' line
    ends are, or with CR until the first row has ended (CopyReadLineText in Postgres's copyfromparse.c).
    """
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
    return copied, row_end


def _positions_of_rewritten(texts: Iterable[_Text], header: Header, form: Delimited) -> Iterator[Position]:
    copied = 0
    for text in texts:
        with text.open() as file:
            reader = csv.reader(_lines(chunks_of(file), form.encoding), delimiter=form.delimiter)
            next(reader, None)
            for fields in filter(None, reader):
                # As in `_positions_of_lines`: within the first row, COPY counts CR alone.
                counted = "\n" if copied else "\r"
                copied += 1 + sum(field.count(counted) for field in _kept_fields(fields, header))
                yield Position(copied, text.place, reader.line_num)
