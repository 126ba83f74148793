"""The service, as a client with an id and a key reaches it."""

import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from types import TracebackType
from typing import Any, Self
from urllib.parse import quote

from .connection import Connection
from .datasets import Dataset, parse_dataset
from .errors import DataStoreError
from .table import Table
from .upload import Upload

# What the documentation's examples read, too.
_VARIABLES = {"url": "API_URL", "id": "HAWK_ID", "key": "HAWK_KEY"}


class Client:
    """A client of a Data Store Service.

    `url` is the service's, such as `https://data-store.example`, without a path. `report`, for example `print`, gets a
    line about each request that is sent again. The client is for one thread; make one for each. As a context manager
    it closes its connections.
    """

    def __init__(self, url: str, id: str, key: str, *, report: Callable[[str], object] = lambda line: None) -> None:
        self.url = url.rstrip("/")
        self.connection = Connection(id, key, report)

    def __repr__(self) -> str:
        """Without the key, since it is logged."""
        return f"Client({self.url!r}, {self.connection.id!r})"

    @classmethod
    def from_environment(cls, *, report: Callable[[str], object] = lambda line: None) -> Self:
        """A client of what API_URL, HAWK_ID and HAWK_KEY say. Raises DataStoreError if one of them is missing."""
        missing = [name for name in _VARIABLES.values() if not os.environ.get(name)]
        if missing:
            raise DataStoreError(f"Not set in the environment: {', '.join(missing)}")
        return cls(*(os.environ[name] for name in _VARIABLES.values()), report=report)

    def datasets(self) -> Iterator[Dataset]:
        """The datasets of which the key opens a table, by their schemas."""
        url: str | None = f"{self.url}/api/v1/datasets"
        while url:
            page = self.connection.get(url).json()
            yield from (parse_dataset(each) for each in page["datasets"])
            url = page["next"]

    def dataset(self, schema: str) -> Dataset:
        """One dataset, by the schema of its tables. Raises Refused if there is none that the key opens."""
        return parse_dataset(self.connection.get(f"{self.url}/api/v1/datasets/{quote(schema, safe='')}").json())

    def table(
        self, schema: str, name: str, *, columns: Iterable[str] = (), where: Mapping[str, object] | None = None
    ) -> Table:
        """A table, or some of its columns and rows. Nothing is requested yet.

        `columns` are shown in this order; all if there are none. `where` filters by columns that have an index:
        `{"postcode": "LS11AA", "id.gte": 100}`, with `.gt`, `.gte`, `.lt` and `.lte` for other comparisons than =.
        """
        return Table(self.connection, self.url, schema, name, tuple(columns), dict(where or {}))

    def upload(self, dataset: str) -> Upload:
        """A file on its way to a dataset (`organisation.dataset`), for a key with the scope `upload:<dataset>`."""
        return Upload(self.connection, self.url, dataset)

    def get(self, path: str) -> Any:
        """The JSON of any route, such as `/api/v1/get-ons-postcodes/`. Raises as Connection.get."""
        return self.connection.get(path if "://" in path else self.url + path).json()

    def close(self) -> None:
        """Close the connections."""
        self.connection.session.close()

    def __enter__(self) -> Self:
        """The client itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the connections."""
        self.close()
