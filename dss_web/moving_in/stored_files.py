"""Kept files, under their paths: copied from the Flask service's storage, or read through once where they lie."""

import hashlib
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import obstore
from obstore.store import ObjectStore

from dss_web.moving_in.report import Entry, Step
from dss_web.registry.models import MovedThing
from dss_web.shared.former import What
from dss_web.shared.object_store import CHUNK_BYTES, object_store, object_version
from dss_web.uploads.file_storage import put_stream

if TYPE_CHECKING:
    from obstore import ObjectMeta

KIND = "file"
# After so many files an operator is told how far it is.
_TOLD_EVERY = 100


def move_files(
    theirs_url: str,
    ours_url: str,
    folders: list[str],
    is_wanted: Callable[[str], bool],
    *,
    is_applied: bool,
    is_empty: bool,
    say: Callable[[str], None],
) -> Step:
    """Bring the files in `folders` for which `is_wanted` holds, each noted with its SHA-256 once it is here.

    Goes on with the file at which an earlier run ended. A file of another content that is here by its path stays.
    """
    step = Step("Files")
    theirs, ours = object_store(theirs_url), object_store(ours_url)
    before = {} if is_empty else {moved.name: moved for moved in MovedThing.objects.filter(kind=KIND)}
    number = 0
    for meta in _listed(theirs, folders):
        path = meta["path"]
        if not is_wanted(path):
            continue
        number += 1
        if number % _TOLD_EVERY == 0:
            say(f"{number:,} files …")
        moved = before.get(path)
        version = object_version(meta)
        if moved and moved.theirs == version:
            step.entries.append(Entry(path, What.SAME))
        else:
            step.entries.append(
                _move(theirs, ours, meta, moved, is_copied=theirs_url != ours_url, is_applied=is_applied)
            )
    return step


def digest_and_size(path: str) -> tuple[str, int] | None:
    """SHA-256 and size in bytes of a file that was brought; None for any other."""
    moved = MovedThing.objects.filter(kind=KIND, name=path).first()
    if moved is None:
        return None
    digest, size = moved.ours.split()
    return digest, int(size)


def version_of(url: str, path: str) -> str | None:
    """What the storage says of a file, as the assets half has it; None where there is none."""
    try:
        return object_version(obstore.head(object_store(url), path))
    except FileNotFoundError:
        return None


def first_bytes(url: str, path: str, size: int) -> bytes:
    """The beginning of a file; nothing where there is none."""
    try:
        return bytes(obstore.get_range(object_store(url), path, start=0, length=size))
    except (FileNotFoundError, OSError):
        return b""


def _listed(store: ObjectStore, folders: list[str]) -> Iterator["ObjectMeta"]:
    for folder in folders:
        for batch in obstore.list(store, folder):
            yield from batch


def _move(
    theirs: ObjectStore,
    ours: ObjectStore,
    meta: "ObjectMeta",
    moved: MovedThing | None,
    *,
    is_copied: bool,
    is_applied: bool,
) -> Entry:
    path = meta["path"]
    what = What.UPDATED if moved else What.NEW
    details = {"bytes": meta["size"]}
    if is_copied and (here := _head(ours, path)):
        known = _read(ours, path)
        if moved is None or moved.ours != f"{known[0]} {known[1]}":
            if here["size"] != meta["size"] or _read(theirs, path) != known:
                return Entry(path, What.LEFT, ["Another file is here by this path."], details)
            if is_applied:
                _note(path, meta, *known)
            return Entry(path, What.SAME, (), details)
    if is_applied:
        if is_copied:
            written = put_stream(path, _chunks(theirs, path))
            if written.size != meta["size"]:
                return Entry(path, What.REFUSED, [f"{meta['size']:,} bytes were expected, {written.size:,} came."])
            _note(path, meta, written.digest, written.size)
        else:
            _note(path, meta, *_read(ours, path))
    return Entry(path, what, (), details)


def _note(path: str, meta: "ObjectMeta", digest: str, size: int) -> None:
    MovedThing.objects.update_or_create(
        kind=KIND, name=path, defaults={"theirs": object_version(meta), "ours": f"{digest} {size}"}
    )


def _head(store: ObjectStore, path: str) -> "ObjectMeta | None":
    try:
        return obstore.head(store, path)
    except FileNotFoundError:
        return None


def _chunks(store: ObjectStore, path: str) -> Iterator[bytes]:
    for chunk in obstore.get(store, path).stream(min_chunk_size=CHUNK_BYTES):
        yield bytes(chunk)


def _read(store: ObjectStore, path: str) -> tuple[str, int]:
    """SHA-256 and size of a file, read through once."""
    digest, size = hashlib.sha256(), 0
    for chunk in _chunks(store, path):
        digest.update(chunk)
        size += len(chunk)
    return digest.hexdigest(), size
