"""What data-flow's DAG DSSGenericPipeline does with a table of ours, as strictly as data-flow itself."""

import decimal
import io
import json
import re
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, LiteralString
from urllib.parse import quote

import mohawk
import psycopg
import requests
from psycopg import sql

# As the pipeline of data-flow has it.
TIMEOUT_SECONDS: Final = 300
TRIES: Final = 8
# Postgres cuts longer names, and SQLAlchemy refuses them.
NAME_CHARACTERS: Final = 63

# The only types that data-flow knows, each optionally with [] behind it, and what it makes of them.
TYPES: Final = {
    "TEXT": sql.SQL("text"),
    "INTEGER": sql.SQL("integer"),
    "BIGINT": sql.SQL("bigint"),
    "NUMERIC": sql.SQL("numeric"),
    "FLOAT": sql.SQL("double precision"),
    "BOOLEAN": sql.SQL("boolean"),
    "DATE": sql.SQL("date"),
    "TIMESTAMP WITHOUT TIME ZONE": sql.SQL("timestamp without time zone"),
}


class RunFailed(Exception):
    """The run cannot go on; the text is its log's last line."""


@dataclass(frozen=True, slots=True)
class Pipeline:
    """`web_url` is where we are reached, `hawk` our credentials there, `database_url` the datasets database.

    Pages are kept below `folder`. `backoff_seconds` doubles with each try.
    """

    web_url: str
    hawk_id: str
    hawk_key: str
    database_url: str
    folder: Path
    backoff_seconds: float = 0.5

    def run(self, schema: str, table: str, timestamp: str) -> int:
        """Read the table to its end and swap its rows into the datasets database: how many. Raises RunFailed."""
        organisation, _, dataset = schema.partition(".")
        if not organisation or not dataset:
            raise RunFailed(f"data_uploader_schema_name is {schema!r}, expected 'organisation.dataset'.")
        target = (organisation.lower(), dataset.lower())
        temporary = f"{target[1]}_{re.sub('[^0-9T]', '', timestamp)}"
        if len(temporary) > NAME_CHARACTERS:
            raise RunFailed(f"Identifier '{temporary}' exceeds maximum length of {NAME_CHARACTERS} characters")
        columns = self._columns(schema, table)
        pages = self.folder / "import-data" / target[1] / timestamp
        self._fetch_pages(f"{self.web_url}/api/v1/table-data/{schema}/{table}?orientation=records", pages)
        try:
            return self._load(target, temporary, columns, pages)
        except psycopg.Error as error:
            raise RunFailed(f"{schema}.{table} could not be written to {'.'.join(target)}: {error}") from error

    def _columns(self, schema: str, table: str) -> dict[str, str]:
        url = f"{self.web_url}/api/v1/table-structure/{quote(schema)}/{quote(table)}"
        columns = {column["name"]: column["type"] for column in _read(self._get(url))["columns"]}
        unknown = {name: kind for name, kind in columns.items() if kind.removesuffix("[]") not in TYPES}
        if unknown:
            raise RunFailed(f"{url} tells of types that are not known here: {unknown}. Known are {', '.join(TYPES)}.")
        return columns

    def _fetch_pages(self, url: str, folder: Path) -> None:
        following: str | None = url
        page = 0
        while following is not None:
            content = self._get(following)
            answer = _read(content)
            page += 1
            folder.mkdir(parents=True, exist_ok=True)
            (folder / f"{page:010}.json").write_bytes(content)
            if "next" not in answer:
                raise RunFailed(f"{following} was answered without the key 'next'.")
            following = answer["next"]

    def _get(self, url: str) -> bytes:
        """Signed, answered with 200, and the answer's signature verified; passing faults are tried again."""
        for number in range(1, TRIES + 1):
            try:
                return self._get_once(url)
            except requests.RequestException as error:
                status = error.response.status_code if error.response is not None else None
                if number == TRIES or (status is not None and 400 <= status < 500):
                    raise RunFailed(f"GET {url} failed at try {number}: {error}") from error
                time.sleep(self.backoff_seconds * 2 ** (number - 1))
        raise AssertionError("unreachable")

    def _get_once(self, url: str) -> bytes:
        credentials = {"id": self.hawk_id, "key": self.hawk_key, "algorithm": "sha256"}
        sender = mohawk.Sender(credentials, url, "get", content="", content_type="")
        headers = {"Authorization": sender.request_header, "Content-Type": ""}
        response = requests.get(url, headers=headers, timeout=TIMEOUT_SECONDS)
        response.raise_for_status()
        try:
            sender.accept_response(
                response.headers["Server-Authorization"],
                content=io.BytesIO(response.content),  # as a file: mohawk formats a string for its debug log
                content_type=response.headers.get("Content-Type", ""),
            )
        except KeyError:
            raise RunFailed(f"{url} was answered without Server-Authorization.") from None
        except mohawk.exc.HawkFail as error:
            raise RunFailed(f"The Server-Authorization of {url} does not verify: {error}") from error
        return response.content

    def _load(self, target: tuple[str, str], temporary_name: str, columns: dict[str, str], pages: Path) -> int:
        # data-flow writes the schema without quotation marks, and adds to the table's name twice.
        schema = sql.SQL(target[0])
        table, temporary = sql.Identifier(target[1]), sql.Identifier(temporary_name)
        swapped_name = f"{temporary_name}_swap"
        swapped = sql.Identifier(swapped_name)
        definitions = sql.SQL(", ").join(
            sql.SQL("{} {}{}").format(
                sql.Identifier(name), TYPES[kind.removesuffix("[]")], sql.SQL("[]" if kind.endswith("[]") else "")
            )
            for name, kind in columns.items()
        )
        names = sql.SQL(", ").join(map(sql.Identifier, columns))
        rows = 0
        with psycopg.connect(self.database_url) as connection:
            # Two runs at once over one table, or over a schema that is to be made, would trip over each other.
            connection.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [target[0]])

            def statement(text: LiteralString) -> sql.Composed:
                return sql.SQL(text).format(
                    schema=schema,
                    table=table,
                    temporary=temporary,
                    swapped=swapped,
                    definitions=definitions,
                    names=names,
                )

            connection.execute(statement("CREATE SCHEMA IF NOT EXISTS {schema}"))
            connection.execute(statement("DROP TABLE IF EXISTS {schema}.{temporary}"))
            connection.execute(statement("CREATE TABLE {schema}.{temporary} ({definitions})"))
            with connection.cursor().copy(statement("COPY {schema}.{temporary} ({names}) FROM STDIN")) as copy:
                for record in _records(pages):
                    copy.write_row([record.get(name) for name in columns])
                    rows += 1
            connection.execute(statement("ALTER TABLE IF EXISTS {schema}.{table} RENAME TO {swapped}"))
            connection.execute(statement("ALTER TABLE {schema}.{temporary} RENAME TO {table}"))
            if len(swapped_name) > NAME_CHARACTERS:
                raise RunFailed(f"Identifier '{swapped_name}' exceeds maximum length of {NAME_CHARACTERS} characters")
            connection.execute(statement("DROP TABLE IF EXISTS {schema}.{swapped}"))
        return rows


def _records(pages: Path) -> Iterator[dict[str, Any]]:
    for page in sorted(pages.glob("*.json")):
        yield from _read(page.read_bytes())["results"]


def _read(content: bytes) -> dict[str, Any]:
    """An answer's JSON, with numbers as they stand there."""
    answer = json.loads(content, parse_float=decimal.Decimal)
    assert isinstance(answer, dict)
    return answer
