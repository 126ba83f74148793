"""Files that operators put into a folder of the storage."""

import re

from dss_assets.dataset import Dataset, StorageFolder
from dss_assets.sources.remote_file import Listing, RemoteFile
from dss_assets.storage import Storage

# Names that operators' tools leave in a folder, and our own register of old.
IGNORED_NAMES = re.compile(r"\..*|datafile_register\.csv|\[Content_Types\]\.xml|__MACOSX.*", re.DOTALL)


def folder_files(dataset: Dataset, source: StorageFolder, storage: Storage) -> Listing:
    """An empty folder is no fault here: operators fill it when they have something.

    Whatever else they put there is a near miss, whatever its name.
    """
    listing = Listing()
    for file in storage.list_folder(storage.dataset_path(dataset.organisation, dataset.name)):
        if IGNORED_NAMES.fullmatch(file.name):
            continue
        if re.fullmatch(source.name, file.name):
            listing.files.append(RemoteFile(file.name, "", file.version))
        else:
            listing.near_misses.append(file.name)
    return listing
