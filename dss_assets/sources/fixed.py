"""One file at one URL."""

from dss_assets.dataset import FixedUrl
from dss_assets.sources.client import PublisherClient
from dss_assets.sources.remote_file import Listing, RemoteFile


def fixed_file(source: FixedUrl, publishers: PublisherClient) -> Listing:
    """The file, with what the server says of it. Raises TransientError where it says nothing or the file is not there.

    A file of which no header tells anything has another version each day, so that its bytes are compared.
    """
    url = publishers.url(source.url)
    with publishers.visit(source=source) as visit:
        return Listing([RemoteFile(source.stored_as, url, visit.version(url))])
