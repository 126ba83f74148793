"""1: a publisher's page or API -> the files that it offers.

A listing that fails, is cut short or matches nothing is an error, never 'no files': what is not listed today may be on
its way, and nobody would notice that it never came.

http.py         pages, versions and bytes from publishers
arcgis.py       the search API of ArcGIS portals
html.py         links of HTML pages
folder.py       a folder of the storage
remote_file.py  what each of them yields
"""

from dss_assets.dataset import ArcGisSearch, Dataset, HtmlLinks, Source, StorageFolder
from dss_assets.errors import TransientError
from dss_assets.sources.arcgis import arcgis_files
from dss_assets.sources.folder import folder_files
from dss_assets.sources.html import linked_files
from dss_assets.sources.http import PublisherClient
from dss_assets.sources.remote_file import RemoteFile
from dss_assets.storage import Storage

__all__ = ["PublisherClient", "RemoteFile", "list_files"]


def list_files(dataset: Dataset, publishers: PublisherClient, storage: Storage) -> list[RemoteFile]:
    """The files that a dataset's source offers now, by name. Raises TransientError for any doubt about the listing."""
    source = dataset.source
    match source:
        case ArcGisSearch():
            remote_files = list(arcgis_files(source, publishers))
        case HtmlLinks():
            remote_files = list(linked_files(source, publishers))
        case StorageFolder():
            return folder_files(dataset, source, storage)
        case None:
            return []
    if not remote_files:
        raise TransientError(
            f"The listing of {dataset.key} holds no file that matches {_pattern(source)!r}, though it was read whole. "
            "If this lasts, the publisher has renamed its files: correct the dataset's declaration."
        )
    newest: dict[str, RemoteFile] = {}
    for file in remote_files:
        # Sources list what was published last first.
        newest.setdefault(file.name, file)
    return sorted(newest.values(), key=lambda file: file.name)


def _pattern(source: Source) -> str:
    return source.title if isinstance(source, ArcGisSearch) else source.name
