"""Files that operators put into a folder of the storage."""

import re
from collections.abc import Callable
from pathlib import PurePosixPath

from dss_assets.dataset import Dataset, StorageFolder
from dss_assets.sources.packing import Pieces, find_pieces
from dss_assets.sources.remote_file import Listing, RemoteFile
from dss_assets.storage import Storage

# Names that operators' tools leave in a folder, and our own register of old.
IGNORED_NAMES = re.compile(r"\..*|datafile_register\.csv|\[Content_Types\]\.xml|__MACOSX.*", re.DOTALL)


def folder_files(
    dataset: Dataset, source: StorageFolder, storage: Storage, loaded: Callable[[str], str] = lambda _: ""
) -> Listing:
    """An empty folder is no fault here: operators fill it when they have something.

    Whatever else they put there is a near miss, whatever its name. `loaded` gives the version of a file whose rows are
    in the tables, '' for none: pieces of a release are offered once none of them is of the release before.
    """
    listing = Listing()
    pieces = _pieces(dataset, source, storage)
    known = {source.packed_as, *(part.name for parts in pieces.parts.values() for part in parts)}
    for file in storage.list_folder(storage.dataset_path(dataset.organisation, dataset.name)):
        if IGNORED_NAMES.fullmatch(file.name) or file.name in known:
            continue
        if re.fullmatch(source.name, file.name):
            listing.files.append(RemoteFile(file.name, "", file.version))
        else:
            listing.near_misses.append(file.name)
    if source.packed_as and pieces.parts:
        _offer(listing, source.packed_as, pieces, loaded(source.packed_as))
    return listing


def packed_file(dataset: Dataset, source: StorageFolder, storage: Storage) -> RemoteFile | None:
    """The zip of the pieces that are in the folder now, also of several releases; None where a table has none."""
    pieces = _pieces(dataset, source, storage)
    return _packed_file(source.packed_as, pieces) if source.packed_as and not pieces.missing else None


def _pieces(dataset: Dataset, source: StorageFolder, storage: Storage) -> Pieces:
    if not source.packed_as or not dataset.release:
        return Pieces({}, ())
    folder = storage.dataset_path(dataset.organisation, dataset.name)
    files = [
        file
        for file in storage.list_tree(folder)
        if file.name != source.packed_as and not IGNORED_NAMES.fullmatch(PurePosixPath(file.name).name)
    ]
    return find_pieces(dataset.release, folder, files)


def _packed_file(name: str, pieces: Pieces) -> RemoteFile:
    return RemoteFile(name, "", pieces.version, tuple(part for parts in pieces.parts.values() for part in parts))


def _offer(listing: Listing, name: str, pieces: Pieces, loaded: str) -> None:
    unchanged = pieces.unchanged(loaded)
    if not pieces.missing and (not unchanged or loaded == pieces.version):
        listing.files.append(_packed_file(name, pieces))
        return
    lacks = [f"no file of {table}" for table in pieces.missing] + [f"no new file of {table}" for table in unchanged]
    listing.near_misses.append(f"a release of which there is {', '.join(lacks)}")
