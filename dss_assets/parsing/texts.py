"""A file -> what is read of it: the file itself, or members of a zip, each unpacked where it is a gzip."""

import gzip
import re
import zlib
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, field
from functools import partial
from typing import BinaryIO, NamedTuple, cast

from dss_assets.dataset import Column, Member, Members, Packed, matching_members
from dss_assets.errors import DamagedFile, InvalidFile
from dss_assets.parsing.archive import Archive, chunks_of, is_zip, is_zip_start
from dss_assets.parsing.rows import Allowance
from dss_assets.parsing.text_encoding import has_a_byte_a_character, is_utf_8

_GZIP = b"\x1f\x8b\x08"

# Opens the bytes of a text from their beginning.
OpenText = Callable[[], AbstractContextManager[BinaryIO]]


@dataclass(frozen=True, slots=True)
class Text:
    """A text to be read: how messages name it, and what opens it, any number of times.

    `values` are those of the named groups of its own name and of the file's.
    """

    place: str
    open_file: OpenText
    values: Mapping[str, str | None] = field(default_factory=dict)

    @contextmanager
    def open(self) -> Iterator[BinaryIO]:
        """The bytes from their beginning. Raises DamagedFile while they are read where a gzip is not whole."""
        with self.open_file() as file:
            is_gzip = file.read(len(_GZIP)) == _GZIP
            file.seek(0)
            if not is_gzip:
                yield file
                return
            try:
                yield cast(BinaryIO, gzip.GzipFile(fileobj=file))
            except (gzip.BadGzipFile, zlib.error, EOFError) as error:
                raise DamagedFile(
                    f"{self.place} is not a whole gzip: {error}. Nothing was loaded. The bytes are kept as they came; "
                    "it is fetched again when the publisher offers another version, or when the partition is "
                    "materialised again."
                ) from error


@dataclass(frozen=True, slots=True)
class Texts:
    """What is read of a file, at least one text. `values` are those of the names that hold for all of its rows.

    `is_archive`: a zip may be read at two places at once, another file may not. `left_out` members of a zip are not
    read, since their names are others.
    """

    texts: list[Text]
    values: Mapping[str, str]
    is_archive: bool
    left_out: int = 0

    def encoding(self, declared: str, max_bytes: int) -> str:
        """UTF-8 where all texts are, though an encoding of one byte a character is declared; otherwise that.

        Publishers change to UTF-8, and so do people who save a file again. Nothing else would tell: any bytes are text
        in such an encoding. Raises InvalidFile where more than `max_bytes` would have to be looked at.
        """
        return "utf-8" if has_a_byte_a_character(declared) and is_utf_8(self._chunks(max_bytes)) else declared

    def _chunks(self, max_bytes: int) -> Iterator[bytes]:
        allowance = Allowance(max_bytes)
        for text in self.texts:
            with text.open() as file:
                yield from allowance.enforce(chunks_of(file), text.place)

    @property
    def place(self) -> str:
        """How messages name the text that is read first."""
        return self.texts[0].place

    @property
    def skipped(self) -> Counter[str]:
        """What was left out by its name, as `Rows.skipped` counts it."""
        return Counter({"a member of another name": self.left_out} if self.left_out else {})


def find_texts(
    form: Packed,
    columns: tuple[Column, ...],
    file: BinaryIO,
    place: str,
    max_bytes: int,
    file_values: Mapping[str, str],
    is_archive: Callable[[BinaryIO], bool] = is_zip,
) -> Texts:
    """The texts of a file, for which its name has given `file_values`. Raises InvalidFile where there are none."""
    if not is_archive(file):
        return Texts([Text(place, lambda: _from_start(file), file_values)], file_values, is_archive=False)
    archive = Archive(file, place, max_bytes)
    members = {name: _Member(partial(archive.open, name), archive.size(name)) for name in archive.members}
    if matching_members(members, form.members)[0] is None:
        members = _with_nested(archive, members, place, max_bytes)
    found = find_members(list(members), form.members, place)
    if len(found) > 1:
        _require_allowed(sum(members[match[0]].size for match in found), max_bytes, place)
    of_rows = {column.from_name for column in columns}
    return Texts(
        [
            Text(f"{place}, member {match[0]}", members[match[0]].open, {**file_values, **match.groupdict()})
            for match in found
        ],
        {**file_values, **_common_values(found, of_rows, place)},
        is_archive=True,
        left_out=len(members) - len(found),
    )


class _Member(NamedTuple):
    """A member of a zip: what opens it, and the bytes to which it unpacks."""

    open: OpenText
    size: int


def _with_nested(archive: Archive, members: Mapping[str, _Member], place: str, max_bytes: int) -> dict[str, _Member]:
    """The same members, and those of the zips among them, as `inner.zip/name`, in the place of these."""
    found: dict[str, _Member] = {}
    for outer, member in members.items():
        with member.open() as file:
            is_nested = is_zip_start(file.read(4))
        if not is_nested:
            found[outer] = member
            continue
        with archive.open_nested(outer) as nested:
            inner = Archive(nested, f"{place}, member {outer}", max_bytes)
            found |= {
                f"{outer}/{name}": _Member(
                    partial(_open_nested, archive, outer, name, place, max_bytes), inner.size(name)
                )
                for name in inner.members
            }
    return found


def _require_allowed(size: int, max_bytes: int, place: str) -> None:
    """Refuse members that are small enough each, and too much together: zips have been made of one that is in a
    thousand places (https://www.bamsoftware.com/hacks/zipbomb/, seen 2026-11).
    """
    if size > max_bytes:
        raise InvalidFile(
            f"{place}: its members would unpack to {size:,} bytes together, over the {max_bytes:,} that its "
            "declaration allows; nothing was loaded. If the publisher's files have grown so much, raise "
            "max_unpacked_bytes in the declaration."
        )


@contextmanager
def _open_nested(archive: Archive, inner: str, name: str, place: str, max_bytes: int) -> Iterator[BinaryIO]:
    with (
        archive.open_nested(inner) as nested,
        Archive(nested, f"{place}, member {inner}", max_bytes).open(name) as file,
    ):
        yield file


def find_members(names: list[str], words: Sequence[Member], place: str) -> list[re.Match[str]]:
    """The members that the first word finds that any matches."""
    word, matches = matching_members(names, words)
    if (word is None or len(matches) > 1) and "xl/workbook.xml" in names:
        raise InvalidFile(f"{place} is a workbook. Nothing was loaded. If its sheets are the data, declare a Sheet.")
    if word is None:
        raise InvalidFile(
            f"{place} has no member that matches {' or '.join(repr(word.name) for word in words)}; its members are: "
            f"{', '.join(names) or 'none'}. Nothing was loaded. "
            "If the publisher has renamed the member, correct the dataset's declaration."
        )
    if len(matches) > 1 and not isinstance(word, Members):
        raise InvalidFile(
            f"{place} has {len(matches)} members that match {word.name!r}, where one is expected: "
            f"{', '.join(match[0] for match in matches)}. Nothing was loaded. Which of them counts, or that all "
            "do, is for the dataset's declaration to say."
        )
    return matches


def values_of_name(pattern: str, file_name: str) -> Mapping[str, str]:
    """The values that the named groups of a pattern find in a file's name. Raises InvalidFile where it does not match.

    Without named groups nothing is asked of the name.
    """
    expression = re.compile(pattern, re.IGNORECASE)
    if not expression.groupindex:
        return {}
    match = expression.fullmatch(file_name)
    if match is None:
        raise InvalidFile(
            f"{file_name}: the name does not match {pattern!r}, from which values of its rows are taken. Nothing was "
            "loaded. Rename the file, or correct the dataset's declaration."
        )
    return {name: value for name, value in match.groupdict().items() if value is not None}


def _common_values(found: list[re.Match[str]], of_rows: set[str], place: str) -> dict[str, str]:
    """What the names of all members say alike. Values `of_rows` may differ from member to member."""
    kinds = [{name: value for name, value in match.groupdict().items() if name not in of_rows} for match in found]
    if any(kind != kinds[0] for kind in kinds):
        raise InvalidFile(
            f"{place}: the names of its members disagree: {', '.join(match[0] for match in found)}. Nothing was loaded."
        )
    return {name: value for name, value in kinds[0].items() if value is not None}


def _from_start(file: BinaryIO) -> AbstractContextManager[BinaryIO]:
    file.seek(0)
    return nullcontext(file)
