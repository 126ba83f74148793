"""A client of the Data Store Service: tables by a key, signed and verified.

    from data_store import Client

    client = Client("https://data-store.example", "my-id", "my-key")
    exporters = client.table("hmrc.exporters", "L1").to_pandas()

client.py            the service, with a client's id and key
datasets.py          what there is: datasets, their tables and columns
table.py             one table: structure, pages, rows, exports
frames.py            a table for Arrow and pandas
errors.py            what can go wrong
connection.py        requests that are sent again, and responses that are verified
signing.py           one signed request
download.py          an export: streamed into a file, verified, resumed
upload.py            a file: sent in parts, resumed, followed through its check
command.py           what the commands have in common
…_command.py         the commands hawk-request, hawk-export and hawk-upload
mcp_server.py        the command data-store-mcp, for agents

The folder imports nothing of the service, and its own modules by relative names: it is `data_store` where it is
installed, and `dss_web.client.data_store` in the service's repository.
"""

from .client import Client
from .datasets import Column, Dataset, DatasetTable
from .download import Export
from .errors import Changed, DataStoreError, NotVerified, Refused, Unreachable
from .table import Changes, Row, Table

__all__ = [
    "Changed",
    "Changes",
    "Client",
    "Column",
    "DataStoreError",
    "Dataset",
    "DatasetTable",
    "Export",
    "NotVerified",
    "Refused",
    "Row",
    "Table",
    "Unreachable",
]
