"""Datasets without a publisher: operators put their files into the storage. Here a run does so in their place.

The inbox is what lies in the publisher's folder for datasets that declare a folder of the storage as their source, in
its subfolders too.
"""

import shutil
from collections.abc import Iterator
from pathlib import Path

from infra.local.declarations import storage_datasets
from infra.local.publisher import settled_files


def inbox_files(folder: Path, settle_seconds: float = 0) -> Iterator[tuple[str, Path]]:
    """The datasets (organisation/dataset) whose files operators bring, with their files below a publisher's folder."""
    for name in sorted(storage_datasets()):
        for inner in _folders(folder / name):
            yield from ((name, file) for file in settled_files(inner, settle_seconds))


def _folders(folder: Path) -> Iterator[Path]:
    """A folder and those within it, by name."""
    yield folder
    for inner in sorted(folder.iterdir()) if folder.is_dir() else ():
        if inner.is_dir() and not inner.name.startswith("."):
            yield from _folders(inner)


def copy_inbox(folder: Path, datasets_folder: Path, settle_seconds: float = 0.5) -> list[Path]:
    """Copy what is new or has changed into the storage's folder of datasets; the new copies."""
    copies = []
    for _, file in inbox_files(folder, settle_seconds):
        copy = datasets_folder / file.relative_to(folder)
        before, now = copy.stat() if copy.exists() else None, file.stat()
        if before is None or (before.st_size, before.st_mtime_ns) != (now.st_size, now.st_mtime_ns):
            copy.parent.mkdir(parents=True, exist_ok=True)
            unfinished = copy.with_name(f".{copy.name}.part")
            shutil.copy2(file, unfinished)  # with its time, which shows a later look that nothing has changed
            unfinished.replace(copy)
            copies.append(copy)
    return copies
