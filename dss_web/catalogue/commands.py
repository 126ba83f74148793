"""Ready commands that read a table from the API, in what people use: each can be pasted as it is.

All read the service's URL, the client's id and its key from the environment, as the Python client and the examples of
the documentation do: what is pasted into a file is shared with it.
"""

from dataclasses import dataclass
from typing import Final
from urllib.parse import quote

from django.urls import reverse

from dss_web.catalogue.tables import DatasetTable
from dss_web.client.wheel import build_wheel


@dataclass(frozen=True, slots=True)
class Command:
    """`text` reads a table with the tool of the `title`."""

    title: str
    text: str


_PYTHON: Final = """\
{imports}from data_store import Client

table = Client.from_environment().table("{schema}", "{table}")
{reads}
"""
# The tools by their titles: what each imports, and what it does with `table`.
_IN_PYTHON: Final = {
    "Python with pandas": ("", "frame = table.to_pandas()"),
    "Python with polars": ("import polars\n", "frame = polars.from_arrow(table.to_arrow())"),
    "Python with DuckDB": (
        "import duckdb\n",
        'rows = table.to_arrow()\nprint(duckdb.sql("SELECT count(*) FROM rows"))',
    ),
    "Python, into a file": ("", 'table.export("{schema}.{table}.parquet")'),
}
# curl cannot sign requests itself.
_SHELL: Final = {
    "Shell with curl": 'eval "$(hawk-request --print-curl "$API_URL{data}")"\n',
    "Shell, into a file": 'hawk-export "$API_URL{export}?format=parquet" --output "{schema}.{table}.parquet"\n',
}


def installation(url: str) -> str:
    """How the Python client of this service is installed, with what the commands use."""
    wheel = build_wheel().name
    return f'pip install "data-store-client[pandas] @ {url}{reverse("client-wheel", args=[wheel])}"\n'


def environment(url: str) -> str:
    """What the commands read from the environment."""
    return f"export API_URL={url}\nexport HAWK_ID=your-client-id\nread -rs HAWK_KEY && export HAWK_KEY\n"


def api_path(table: DatasetTable, route: str = "table-data") -> str:
    """Where a route of the API has the table."""
    return f"/api/v1/{route}/{quote(table.schema, safe='')}/{quote(table.name, safe='')}"


def commands_for(table: DatasetTable) -> list[Command]:
    """The commands that read a table."""
    values = {
        "schema": table.schema,
        "table": table.name,
        "data": api_path(table),
        "export": api_path(table, "table-export"),
    }
    python = {
        title: _PYTHON.replace("{imports}", imports).replace("{reads}", reads)
        for title, (imports, reads) in _IN_PYTHON.items()
    }
    return [Command(title, text.format(**values)) for title, text in {**python, **_SHELL}.items()]
