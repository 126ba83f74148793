"""1: a publisher's page or API -> the files that it offers, and their bytes.

A listing that fails, is cut short or matches nothing is an error, never 'no files': what is not listed today may be on
its way, and nobody would notice that it never came.

client.py           HTTP to publishers, as the rest of the service holds it
http.py             requests, pages, and what a server says of a file
credentials.py      headers with keys, for their own hosts alone
download.py         a file's bytes, whole or not at all
offered_version.py  what a publisher says of a file, or that it is not there
fixed.py            one file at one URL
dated.py            a file for each period, at a URL with its date
html.py             links of HTML pages
json_listing.py     files that an API lists in JSON, ArcGIS, CKAN and DCAT among them
records.py          records of an API, kept as one file
json_pages.py       pages of JSON, all of them or an error
folder.py           a folder of the storage
packing.py          the pieces of a release in such a folder, as one zip
file_names.py       which names the files of a source have
near_misses.py      names that nearly match
remote_file.py      what each source yields
"""

from collections.abc import Callable, Iterator

from dss_assets.dataset import (
    Dataset,
    DatedUrl,
    FixedUrl,
    HtmlLinks,
    HttpSource,
    JsonListing,
    PagedRecords,
    Source,
    StorageFolder,
)
from dss_assets.errors import TransientError
from dss_assets.sources.client import PublisherClient
from dss_assets.sources.dated import dated_files
from dss_assets.sources.fixed import fixed_file
from dss_assets.sources.folder import folder_files, packed_file
from dss_assets.sources.html import linked_files
from dss_assets.sources.json_listing import json_files
from dss_assets.sources.packing import packed
from dss_assets.sources.records import records, records_file
from dss_assets.sources.remote_file import Listing, RemoteFile
from dss_assets.storage import Storage

__all__ = [
    "Listing",
    "PublisherClient",
    "RemoteFile",
    "fetch_file",
    "list_files",
    "packed",
    "packed_file",
    "read_listing",
]


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
    if isinstance(source, StorageFolder):
        return folder_files(dataset, source, storage, loaded)
    if source is None:
        return Listing()
    listing = _listing(dataset, source, publishers, storage)
    if not listing.files and not listing.unanswered:
        near = f" Nearly matching: {', '.join(listing.near_misses)}." if listing.near_misses else ""
        raise TransientError(
            f"The listing of {dataset.key} holds no file that matches {_pattern(source)!r}, though it was read whole."
            f"{near} If this lasts, the publisher has renamed its files: correct the dataset's declaration."
        )
    newest: dict[str, RemoteFile] = {}
    for file in listing.files:
        # Sources list what was published last first.
        newest.setdefault(file.name, file)
    listing.files = sorted(newest.values(), key=lambda file: file.name)
    return listing


def fetch_file(source: Source | None, file: RemoteFile, publishers: PublisherClient) -> Iterator[bytes]:
    """The bytes of a file that a source offers. Raises TransientError where they do not come whole."""
    match source:
        case PagedRecords():
            return records(source, publishers)
        case None | StorageFolder():
            return publishers.fetch(file.name, file.url)
        case _:
            return publishers.fetch(file.name, file.url, source)


def _listing(dataset: Dataset, source: HttpSource, publishers: PublisherClient, storage: Storage) -> Listing:
    match source:
        case FixedUrl():
            return fixed_file(source, publishers)
        case DatedUrl():
            folder = storage.dataset_path(dataset.organisation, dataset.name)
            return dated_files(source, {file.name for file in storage.list_folder(folder)}, publishers)
        case HtmlLinks():
            return linked_files(source, publishers)
        case JsonListing():
            return json_files(source, publishers)
        case PagedRecords():
            return records_file(source, publishers)


def _pattern(source: HttpSource) -> str:
    match source:
        case HtmlLinks():
            return source.name
        case JsonListing():
            return source.matching
        case DatedUrl() | FixedUrl() | PagedRecords():
            return source.stored_as
