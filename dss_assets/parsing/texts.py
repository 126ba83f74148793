"""A file -> what is read of it: the file itself, or members of a zip, each unpacked where it is a gzip."""

import gzip
import re
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, field
from typing import BinaryIO, cast

from dss_assets.dataset import Column, Member, Members, Packed, matching_members
from dss_assets.errors import DamagedFile, InvalidFile
from dss_assets.parsing.archive import Archive, is_zip

_GZIP = b"\x1f\x8b\x08"


@dataclass(frozen=True, slots=True)
class Text:
    """A text to be read: how messages name it, and what opens it, any number of times.

    `values` are those of the named groups of its own name and of the file's.
    """

    place: str
    open_file: Callable[[], AbstractContextManager[BinaryIO]]
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

    `is_archive`: a zip may be read at two places at once, another file may not.
    """

    texts: list[Text]
    values: Mapping[str, str]
    is_archive: bool

    @property
    def place(self) -> str:
        """How messages name the text that is read first."""
        return self.texts[0].place


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
    found = find_members(archive.members, form.members, place)
    of_rows = {column.from_name for column in columns}
    return Texts(
        [_member(archive, match[0], place, {**file_values, **match.groupdict()}) for match in found],
        {**file_values, **_common_values(found, of_rows, place)},
        is_archive=True,
    )


def find_members(names: list[str], words: Sequence[Member], place: str) -> list[re.Match[str]]:
    """The members that the first word finds that any matches."""
    word, matches = matching_members(names, words)
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


def _member(archive: Archive, name: str, place: str, values: Mapping[str, str | None]) -> Text:
    return Text(f"{place}, member {name}", lambda: archive.open(name), values)


def _from_start(file: BinaryIO) -> AbstractContextManager[BinaryIO]:
    file.seek(0)
    return nullcontext(file)
