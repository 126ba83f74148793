"""The text that COPY reads -> its rows, for a file that has wrong ones, which are looked at one by one."""

from collections.abc import Iterator, Mapping
from dataclasses import replace

from dss_assets.errors import InvalidFile
from dss_assets.parsing.rows import CopyFormat, Fault, Position, Rows

# A longer row has a quotation mark that is never closed, and is the rest of the file.
_MAX_ROW_BYTES = 16 * 1024**2


def split_rows(rows: Rows) -> Iterator[list[bytes]]:
    """Each row without the end of its line, some at a time. Raises InvalidFile where a quotation mark is not closed."""
    rest, number = b"", 0
    for chunk in rows.chunks:
        found, rest = _split(rest + chunk, rows.copy_format, is_end=False)
        number += len(found)
        if len(rest) > _MAX_ROW_BYTES:
            raise InvalidFile(_unclosed(rows, number + 1, rest))
        if found:
            yield found
    found, rest = _split(rest, rows.copy_format, is_end=True)
    if rest:
        raise InvalidFile(_unclosed(rows, number + len(found) + 1, rest))
    if found:
        yield found


def without_rows(rows: Rows, bad: Mapping[int, Fault]) -> Rows:
    """The rows without those of the numbers in `bad`, counted from 1. They become rejects, which are counted and listed
    once all chunks are read.
    """

    def chunks() -> Iterator[bytes]:
        number = 0
        for found in split_rows(rows):
            good = [row for at, row in enumerate(found, start=number + 1) if at not in bad]
            number += len(found)
            if good:
                yield b"\n".join([*good, b""])
        tally = rows.tally
        if not tally.records:
            tally.records = tally.accepted = tally.rows = number
        tally.accepted -= len(bad)
        tally.rows -= len(bad)
        tally.rejected += len(bad)
        tally.bad_rows += sum(fault.is_bad for fault in bad.values())

    def positions() -> Iterator[Position]:
        copied, before = 0, 0
        for number, position in enumerate(rows.positions(), start=1):
            if number not in bad:
                copied += position.copied_line - before
                yield position._replace(copied_line=copied)
            before = position.copied_line

    return replace(rows, chunks=chunks(), positions=positions)


def list_rejects(rows: Rows, bad: Mapping[int, Fault]) -> None:
    """Count and list the rows that were left out, with their places. `rows` are all of the file, and are read again."""
    if not bad:
        return
    last = max(bad)
    for number, position in enumerate(rows.positions(), start=1):
        if number in bad:
            rows.reject(position, bad[number])
        if number == last:
            return


def _split(text: bytes, form: CopyFormat, *, is_end: bool) -> tuple[list[bytes], bytes]:
    """The rows of a text that begins with one, and what is left of it: an unfinished row."""
    if form.kind == "text":
        *whole, rest = text.split(b"\n")
        return ([*whole, rest], b"") if is_end and rest else (whole, rest)
    lines = text.splitlines(keepends=True)
    # The last one may be unfinished, or end in half of a CR LF.
    held = b"" if is_end or not lines or lines[-1].endswith(b"\n") else lines.pop()
    quote = form.quote.encode()
    found: list[bytes] = []
    parts: list[bytes] = []
    for line in lines:
        is_odd = quote in line and line.count(quote) % 2 == 1
        if parts or is_odd:
            parts.append(line)
            if is_odd and len(parts) > 1:
                found.append(b"".join(parts).rstrip(b"\r\n"))
                parts = []
        else:
            found.append(line.rstrip(b"\r\n"))
    return found, b"".join(parts) + held


def _unclosed(rows: Rows, number: int, rest: bytes) -> str:
    text = rest[:100].decode(rows.copy_format.encoding, errors="replace")
    return (
        f"{rows.place_of_row(number)}: a quotation mark {rows.copy_format.quote} is never closed: {text!r}. "
        "Nothing was loaded."
    )
