"""The pieces of a release in a folder -> one zip of them.

Operators have a folder for each table of a release, or one for all of them. What they put there is kept as one file,
so that a release is loaded, archived and loaded again as a whole.
"""

import io
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from dss_assets.dataset import Members, Release, matching_members
from dss_assets.sources.remote_file import Part
from dss_assets.storage import ObjectInfo, Storage

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer

# The same pieces make the same bytes: a zip's members have the date with which its format begins.
_MEMBER_DATE = (1980, 1, 1, 0, 0, 0)


@dataclass(frozen=True, slots=True)
class Pieces:
    """What a folder holds of a release: the parts of each table, and the tables of which there is none.

    Of several files that could be the one of a table, the one that was written last is, or, of the same time (S3 tells
    seconds), the one whose name comes last.
    """

    parts: dict[str, tuple[Part, ...]]
    missing: tuple[str, ...]

    @property
    def version(self) -> str:
        """Changes whenever a piece does: a line for each."""
        return "\n".join(f"{part.name} {part.version}" for parts in self.parts.values() for part in parts)

    def unchanged(self, version: str) -> list[str]:
        """The tables of which a piece is the same as in an earlier `version`."""
        before = set(version.splitlines())
        return [
            table
            for table, parts in self.parts.items()
            if any(f"{part.name} {part.version}" in before for part in parts)
        ]


def find_pieces(release: Release, folder: str, files: Iterable[ObjectInfo]) -> Pieces:
    """The pieces of a release among the files of a folder, which have their paths within it for names."""
    named = {file.name: file for file in files}
    parts: dict[str, tuple[Part, ...]] = {}
    for table in release.tables:
        word, matches = matching_members(named, table.member_words)
        found = sorted((named[match[0]] for match in matches), key=lambda file: (file.modified, file.name))
        if found:
            chosen = found if isinstance(word, Members) else found[-1:]
            parts[table.name] = tuple(_part(folder, file) for file in chosen)
    return Pieces(parts, tuple(table.name for table in release.tables if table.name not in parts))


def _part(folder: str, file: ObjectInfo) -> Part:
    return Part(file.name, str(PurePosixPath(folder, file.name)), file.version)


def packed(storage: Storage, parts: tuple[Part, ...]) -> Iterator[bytes]:
    """The bytes of a zip with the parts, in constant memory."""
    sink = _Sink()
    with zipfile.ZipFile(sink, "w") as archive:
        for part in parts:
            info = zipfile.ZipInfo(part.name, _MEMBER_DATE)
            info.compress_type = zipfile.ZIP_DEFLATED
            with archive.open(info, "w", force_zip64=True) as member:
                for chunk in storage.read(part.path):
                    member.write(chunk)
                    yield sink.take()
            yield sink.take()
    yield sink.take()


class _Sink(io.RawIOBase):
    """What a zip is written to, from where its bytes are taken. zipfile does without seeking where it cannot."""

    def __init__(self) -> None:
        self._chunks: list[bytes] = []

    def writable(self) -> bool:
        return True

    def write(self, chunk: "ReadableBuffer") -> int:
        self._chunks.append(bytes(chunk))
        return len(self._chunks[-1])

    def take(self) -> bytes:
        taken = b"".join(self._chunks)
        self._chunks.clear()
        return taken
