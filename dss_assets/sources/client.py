"""The HTTP client of publishers that the rest of the service holds."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Final

from dss_assets.database import Database
from dss_assets.dataset import HttpSource
from dss_assets.sources.credentials import NO_CREDENTIALS, Credentials, credentials_of, require_keys
from dss_assets.sources.download import download
from dss_assets.sources.http import Visit
from dss_web.shared.public_hosts import Host, host_of

# A sensor has 60 seconds for all that it does.
LISTING_WAIT_SECONDS: Final = 15
# A run that waits holds nothing up but its own dataset; other files of the host take minutes each.
FETCH_WAIT_SECONDS: Final = 10 * 60


class PublisherClient:
    """HTTP to publishers: polite, with time-outs, and to other base URLs where a setting says so.

    With a `database`, all processes of the service together have at most two connections to a host. `keys` are those
    that declarations name in their headers.
    """

    def __init__(
        self,
        base_urls: Mapping[str, str] | None = None,
        database: Database | None = None,
        keys: Mapping[str, str] | None = None,
    ) -> None:
        self._base_urls = sorted((base_urls or {}).items(), key=lambda item: len(item[0]), reverse=True)
        self._database, self._keys = database, keys or {}

    def url(self, published: str) -> str:
        """The URL to use for a URL of a declaration or of a publisher's page."""
        if published.startswith(tuple(other for _, other in self._base_urls)):
            return published
        for base, other in self._base_urls:
            if published.startswith(base):
                return other + published.removeprefix(base)
        return published

    @contextmanager
    def visit(self, wait_seconds: float = LISTING_WAIT_SECONDS, source: HttpSource | None = None) -> Iterator[Visit]:
        """Requests that belong together, with the headers of a source.

        Raises TransientError where a host's turn does not come in time, and MissingKey where a header's key is missing.
        """
        visit = Visit(self._database, wait_seconds, self._named(source), self._credentials(source))
        try:
            yield visit
        finally:
            visit.close()

    def fetch(self, name: str, url: str, source: HttpSource | None = None) -> Iterator[bytes]:
        """The bytes of the file `name`. Raises TransientError where they do not come whole or are no such file."""
        with self.visit(FETCH_WAIT_SECONDS, source) as visit:
            yield from download(visit, name, url)

    def require_keys(self, source: HttpSource) -> None:
        """Raise MissingKey unless the keys of a source's headers are set."""
        require_keys(source, self._keys)

    def _named(self, source: HttpSource | None) -> frozenset[Host]:
        """The hosts that the declaration of a source and the base URLs of the setting name."""
        declared = [self.url(url) for url in source.urls] if source else []
        return frozenset(map(host_of, [*declared, *(other for _, other in self._base_urls)]))

    def _credentials(self, source: HttpSource | None) -> Credentials:
        if source is None or not source.headers:
            return NO_CREDENTIALS
        return credentials_of(source, self._keys, [self.url(url) for url in source.urls])
