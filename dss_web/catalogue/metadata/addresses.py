"""The URLs that documents about datasets name."""

from dataclasses import dataclass
from urllib.parse import quote

from dss_web.configuration import web_settings
from dss_web.registry.catalogue_models import page_of
from dss_web.shared.contract import Table


@dataclass(frozen=True, slots=True)
class Addresses:
    """The URLs for a reader who reaches the service at `origin`, as in `https://example.com:8443`.

    What identifies a dataset is its page at `DSS_WEB_URL`, the same for all readers. `documents` is the URL below which
    the documents about one dataset are for this reader, with a slash at its end; '' in a document about all of them.
    """

    origin: str
    documents: str = ""

    @property
    def catalogue(self) -> str:
        """What identifies the catalogue."""
        return f"{web_settings().dss_web_url.rstrip('/')}/datasets/"

    @property
    def api(self) -> str:
        """The API, below which its routes are."""
        return f"{self.origin}/api/v1"

    @property
    def api_description(self) -> str:
        """The OpenAPI document of the API."""
        return f"{self.origin}/api/docs/openapi.json"

    def dataset(self, key: str) -> str:
        """What identifies a dataset: the URL of its page."""
        return f"{web_settings().dss_web_url.rstrip('/')}{page_of(key)}"

    def document(self, file_name: str) -> str:
        """A document about the same dataset."""
        return f"{self.documents}{file_name}"

    def export(self, table: Table, file_format: str) -> str:
        """A whole table in one file, which takes a signed request."""
        schema, name = quote(table.schema, safe=""), quote(table.name, safe="")
        return f"{self.api}/table-export/{schema}/{name}?format={file_format}"
