"""1: a publisher's page or API -> the files that it offers.

A listing that fails, is cut short or matches nothing is an error, never 'no files': what is not listed today may be on
its way, and nobody would notice that it never came.

client.py       HTTP to publishers, as the rest of the service holds it
http.py         requests, pages, and what a server says of a file
download.py     a file's bytes, whole or not at all
arcgis.py       the search API of ArcGIS portals
html.py         links of HTML pages
folder.py       a folder of the storage
packing.py      the pieces of a release in such a folder, as one zip
near_misses.py  names that nearly match
remote_file.py  what each source yields
"""

from collections.abc import Callable

from dss_assets.dataset import ArcGisSearch, Dataset, HtmlLinks, Source, StorageFolder
from dss_assets.errors import TransientError
from dss_assets.sources.arcgis import arcgis_files
from dss_assets.sources.client import PublisherClient
from dss_assets.sources.folder import folder_files, packed_file
from dss_assets.sources.html import linked_files
from dss_assets.sources.packing import packed
from dss_assets.sources.remote_file import Listing, RemoteFile
from dss_assets.storage import Storage

__all__ = ["Listing", "PublisherClient", "RemoteFile", "list_files", "packed", "packed_file", "read_listing"]


def list_files(dataset: Dataset, publishers: PublisherClient, storage: Storage) -> list[RemoteFile]:
    """The files that a dataset's source offers now, by name. Raises TransientError for any doubt about the listing."""
    return read_listing(dataset, publishers, storage).files


def read_listing(
    dataset: Dataset, publishers: PublisherClient, storage: Storage, loaded: Callable[[str], str] = lambda _: ""
) -> Listing:
    """What a dataset's source offers now, its files by name. Raises TransientError for any doubt about the listing.

    `loaded` gives the version of a file whose rows are in the tables, '' for none.
    """
    source = dataset.source
    match source:
        case ArcGisSearch():
            listing = arcgis_files(source, publishers)
        case HtmlLinks():
            listing = linked_files(source, publishers)
        case StorageFolder():
            return folder_files(dataset, source, storage, loaded)
        case None:
            return Listing()
    remote_files = listing.files
    if not remote_files:
        near = f" Nearly matching: {', '.join(listing.near_misses)}." if listing.near_misses else ""
        raise TransientError(
            f"The listing of {dataset.key} holds no file that matches {_pattern(source)!r}, though it was read whole."
            f"{near} If this lasts, the publisher has renamed its files: correct the dataset's declaration."
        )
    newest: dict[str, RemoteFile] = {}
    for file in remote_files:
        # Sources list what was published last first.
        newest.setdefault(file.name, file)
    listing.files = sorted(newest.values(), key=lambda file: file.name)
    return listing


def _pattern(source: Source) -> str:
    return source.title if isinstance(source, ArcGisSearch) else source.name
