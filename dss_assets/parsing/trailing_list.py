"""Lines whose last column gathers all further fields -> COPY text."""

import codecs
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import BinaryIO, NamedTuple

from dss_assets.counts import counted
from dss_assets.dataset import Column, TrailingList
from dss_assets.errors import InvalidFile
from dss_assets.parsing.archive import Archive, chunks_of
from dss_assets.parsing.lines import require_short
from dss_assets.parsing.prefetch import prefetch
from dss_assets.parsing.rows import (
    LISTED_REJECTS,
    Allowance,
    CopyFormat,
    Position,
    Reject,
    Rows,
    Tally,
    text_line,
)
from dss_assets.parsing.text_encoding import choose_encoding, is_utf_8, utf_8_remark


@contextmanager
def trailing_list_rows(
    form: TrailingList, columns: tuple[Column, ...], file: BinaryIO, place: str, max_bytes: int
) -> Iterator[Rows]:
    """The rows of all members of a zip (of zips), in their stored order.

    Lines end as `str.splitlines` ends them. A byte that is not of the encoding raises InvalidFile.
    """
    tally, rejects = Tally(), list[Reject]()
    skipped: Counter[str] = Counter()
    encoding, remarks = _choose_encoding(form, file, place, max_bytes)
    members = _members(file, place, max_bytes)
    copied = _copy_text(members, form, encoding, len(columns), tally, rejects, skipped)
    # Rows are made while Postgres takes those before: each is about half of the work.
    with closing(prefetch(copied)) as chunks:

        def positions() -> Iterator[Position]:
            chunks.close()  # Only one may read the file.
            return _positions(_members(file, place, max_bytes), form, encoding, len(columns))

        yield Rows(
            place=place,
            columns=columns,
            chunks=chunks,
            copy_format=CopyFormat("text"),
            positions=positions,
            skipped=skipped,
            rejects=rejects,
            tally=tally,
            remarks=remarks,
        )


def _choose_encoding(form: TrailingList, file: BinaryIO, place: str, max_bytes: int) -> tuple[str, tuple[str, ...]]:
    """The encoding of all members, and what is to be said of the choice."""

    def chunks() -> Iterator[bytes]:
        return (chunk for member in _members(file, place, max_bytes) for chunk in member.chunks)

    if is_utf_8(chunks()):
        # Each member may begin with the mark of UTF-8, which is no part of its first line.
        return "utf-8-sig", (utf_8_remark(place, " or ".join(form.encodings)),)
    if len(form.encodings) == 1:
        return form.encodings[0], ()
    encoding, is_certain = choose_encoding(chunks(), form.encodings)
    if is_certain:
        return encoding, ()
    others = " or ".join(other for other in form.encodings if other != encoding)
    return encoding, (f"{place} was read as {encoding}. Its bytes beyond ASCII fit {others} as well.",)


class _Member(NamedTuple):
    """A text member: how messages name it, and its bytes, which are to be read before the next member is asked for."""

    place: str
    chunks: Iterator[bytes]


def _members(file: BinaryIO, place: str, max_bytes: int) -> Iterator[_Member]:
    archive, allowance = Archive(file, place, max_bytes), Allowance(max_bytes)
    for name in archive.members:
        member = f"{place}, member {name}"
        with archive.open(name) as unpacked:
            is_zip = unpacked.peek(4)[:4] == b"PK\x03\x04"  # type: ignore[attr-defined]
            if not is_zip:
                yield _Member(member, allowance.enforce(chunks_of(unpacked), member))
        if is_zip:
            with archive.open_nested(name) as spooled:
                inner = Archive(spooled, member, max_bytes)
                for first in inner.members[:1]:
                    with inner.open(first) as unpacked:
                        nested = f"{member}, member {first}"
                        yield _Member(nested, allowance.enforce(chunks_of(unpacked), nested))


def _copy_text(
    members: Iterator[_Member],
    form: TrailingList,
    encoding: str,
    width: int,
    tally: Tally,
    rejects: list[Reject],
    skipped: Counter[str],
) -> Iterator[bytes]:
    for member in members:
        lines_before = 0
        for lines in _line_batches(member, encoding):
            rows = []
            for number, quoted in enumerate(lines, start=lines_before + 1):
                line = quoted.replace('"', "")
                fields = line.split(form.separator, width - 1)
                if len(fields) < width:
                    skipped[f"fewer than {width} fields"] += 1
                    if len(rejects) < LISTED_REJECTS:
                        reason = f"found {counted(len(fields), 'field')}, expected at least {width}: {line[:200]!r}"
                        rejects.append(Reject(member.place, reason, number))
                    continue
                rows.append(_copied_row(line, fields, form.separator))
            lines_before += len(lines)
            tally.records += len(lines)
            tally.rejected = skipped.total()
            tally.accepted += len(rows)
            tally.rows += len(rows)
            yield "".join(rows).encode()


def _copied_row(line: str, fields: list[str], separator: str) -> str:
    """A row in COPY's text form: the last of `fields` holds all further ones, with separators between."""
    codes = fields[-1].strip(separator)
    if separator + separator in codes:
        codes = ",".join(filter(None, codes.split(separator)))
    elif separator in codes:
        codes = codes.replace(separator, ",")
    if separator == "\t" and "\\" not in line:
        # Nothing has to be escaped. This takes a quarter of the time that `text_line` does.
        return "\t".join([*fields[:-1], codes]) + "\n"
    return text_line([*fields[:-1], codes])


def _positions(members: Iterator[_Member], form: TrailingList, encoding: str, width: int) -> Iterator[Position]:
    """One copied line for each line that is not skipped."""
    copied = 0
    for member in members:
        number = 0
        for lines in _line_batches(member, encoding):
            for line in lines:
                number += 1
                if line.count(form.separator) >= width - 1:
                    copied += 1
                    yield Position(copied, member.place, number)


def _line_batches(member: _Member, encoding: str) -> Iterator[list[str]]:
    """Lines without their ends, a chunk's worth at a time."""
    decoder = codecs.getincrementaldecoder(encoding)()
    number, rest = 0, ""
    try:
        for chunk in member.chunks:
            text = rest + decoder.decode(chunk)
            # The last line stays back: it may be unfinished, or end in half of a CR LF.
            end = text.rfind("\n") + 1 or len(text) - len((text.splitlines(keepends=True) or [""])[-1])
            whole, rest = text[:end].splitlines(), text[end:]
            number += len(whole)
            yield whole
            # Without this, a member without line ends would be copied as often as it has chunks.
            require_short(rest, member.place, number + 1)
        yield (rest + decoder.decode(b"", final=True)).splitlines()
    except UnicodeDecodeError as error:
        # What follows the last line end before the byte is on the line of the byte; so is the "x".
        before = rest + error.object[: error.start].decode(encoding, errors="replace") + "x"
        raise InvalidFile(
            f"{member.place}, line {number + len(before.splitlines())}: found the byte "
            f"0x{error.object[error.start]:02X}, expected text in {encoding}. Nothing was loaded. "
            "If the publisher has changed the encoding, correct the dataset's declaration."
        ) from error
