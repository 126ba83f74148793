"""The DAG DSSGenericPipeline: copies one table of the Data Store Service into the datasets database.

For Airflow 3 (tried on 3.3.2) and 2 (begun on 2.11.2). It needs mohawk, requests and psycopg 3 beside Airflow, and
in the environment of its tasks:

DSS_API_URL             base URL of the web app
DSS_HAWK_ID             a HAWK client of it, with the scope `*` or those of the tables, and its key
DSS_HAWK_KEY
DSS_DATASETS_URL        the datasets database, as postgresql://user:password@host/name

docs/data-flow.md says what the service sends and expects.
"""

import io
import json
import logging
import os
from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from typing import Any
from urllib.parse import quote

import mohawk
import psycopg
import requests
from psycopg import sql

try:
    from airflow.providers.standard.operators.python import PythonOperator
    from airflow.sdk import DAG, Param
    from airflow.sdk.exceptions import AirflowFailException
except ImportError:  # Airflow 2
    from airflow import DAG
    from airflow.exceptions import AirflowFailException
    from airflow.models.param import Param
    from airflow.operators.python import PythonOperator

log = logging.getLogger(__name__)

# The service answers pages within a second; a table that is being replaced may hold one up for twenty.
TIMEOUT_SECONDS = 300
# A table that changes while it is read is read again from its first page. One that changes this often in a row is
# better copied later.
RESTARTS = 5
# What the service calls types, each optionally with [] behind it, and what they are here.
TYPES = {
    "TEXT": sql.SQL("text"),
    "INTEGER": sql.SQL("integer"),
    "BIGINT": sql.SQL("bigint"),
    "NUMERIC": sql.SQL("numeric"),
    "FLOAT": sql.SQL("double precision"),
    "BOOLEAN": sql.SQL("boolean"),
    "DATE": sql.SQL("date"),
    "TIMESTAMP WITHOUT TIME ZONE": sql.SQL("timestamp without time zone"),
}


class TableChanged(Exception):
    """The table was replaced while it was read."""


def get(url: str) -> dict[str, Any]:
    """The JSON at a URL of the service, whose signature is verified.

    Raises TableChanged after 409, AirflowFailException after what the same request would get again, and what
    requests raises otherwise, upon which Airflow tries the task again.
    """
    credentials = {"id": os.environ["DSS_HAWK_ID"], "key": os.environ["DSS_HAWK_KEY"], "algorithm": "sha256"}
    sender = mohawk.Sender(credentials, url, "GET", content="", content_type="")
    headers = {"Authorization": sender.request_header, "Content-Type": ""}
    response = requests.get(url, headers=headers, timeout=TIMEOUT_SECONDS)
    if response.status_code == 409:
        raise TableChanged(f"GET {url}: {response.status_code} {response.text[:200]}")
    if 400 <= response.status_code < 500 and response.status_code != 429:
        raise AirflowFailException(f"GET {url}: {response.status_code} {response.text[:200]}")
    response.raise_for_status()
    sender.accept_response(
        response.headers.get("Server-Authorization"),
        # As a file: mohawk formats a string for its debug log.
        content=io.BytesIO(response.content),
        content_type=response.headers.get("Content-Type", ""),
    )
    answer: dict[str, Any] = json.loads(response.content, parse_float=Decimal)
    return answer


def read_pages(schema: str, table: str) -> Iterator[list[dict[str, Any]]]:
    """The rows of a table, a page at a time. Raises TableChanged, whereupon the rows so far are of no use."""
    url = (
        f"{os.environ['DSS_API_URL'].rstrip('/')}/api/v1/table-data/{quote(schema)}/{quote(table)}?orientation=records"
    )
    while url:
        page = get(url)
        yield page["results"]
        url = page["next"]


def read_columns(schema: str, table: str) -> dict[str, sql.Composable]:
    """The columns of a table in their order, with their types here."""
    url = f"{os.environ['DSS_API_URL'].rstrip('/')}/api/v1/table-structure/{quote(schema)}/{quote(table)}"
    columns = {column["name"]: column["type"] for column in get(url)["columns"]}
    unknown = {name: kind for name, kind in columns.items() if kind.removesuffix("[]") not in TYPES}
    if unknown:
        raise AirflowFailException(f"{url} names types that are not known here: {unknown}")
    return {
        name: sql.SQL("{}{}").format(TYPES[kind.removesuffix("[]")], sql.SQL("[]" if kind.endswith("[]") else ""))
        for name, kind in columns.items()
    }


def copy_table(**context: Any) -> int:
    """Copy the table that the run's configuration names: how many rows it has."""
    conf = context["params"]
    schema, table = conf["data_uploader_schema_name"], conf["data_uploader_table_name"]
    for _ in range(RESTARTS):
        try:
            return _copy(schema, table)
        except TableChanged as change:
            log.info("%s.%s has changed and is read again from its first page: %s", schema, table, change)
    raise RuntimeError(f"{schema}.{table} changed {RESTARTS} times while it was read. It is tried again later.")


def _copy(schema: str, table: str) -> int:
    organisation, _, dataset = schema.lower().partition(".")
    target = sql.Identifier(organisation, dataset)
    columns = read_columns(schema, table)
    definitions = sql.SQL(", ").join(
        sql.SQL("{} {}").format(sql.Identifier(name), kind) for name, kind in columns.items()
    )
    names = sql.SQL(", ").join(map(sql.Identifier, columns))
    rows = 0
    # One transaction: readers see the old rows or the new ones, and two runs at once do not mix.
    with psycopg.connect(os.environ["DSS_DATASETS_URL"]) as connection:
        connection.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"{organisation}.{dataset}"])
        connection.execute(sql.SQL("CREATE SCHEMA IF NOT EXISTS {}").format(sql.Identifier(organisation)))
        connection.execute(sql.SQL("CREATE TEMPORARY TABLE staged ({}) ON COMMIT DROP").format(definitions))
        statement = sql.SQL("COPY staged ({}) FROM STDIN").format(names)
        with connection.cursor().copy(statement) as copy:
            for page in read_pages(schema, table):
                for record in page:
                    copy.write_row([record[name] for name in columns])
                rows += len(page)
        # The table stays the same one where its columns do, with its grants and the views over it.
        if _columns_of(connection, organisation, dataset) != _columns_of(connection, None, "staged"):
            connection.execute(sql.SQL("DROP TABLE IF EXISTS {}").format(target))
            connection.execute(sql.SQL("CREATE TABLE {} ({})").format(target, definitions))
        connection.execute(sql.SQL("DELETE FROM {}").format(target))
        connection.execute(sql.SQL("INSERT INTO {} ({}) SELECT {} FROM staged").format(target, names, names))
    log.info("%s.%s: %s rows", schema, table, rows)
    return rows


def _columns_of(connection: "psycopg.Connection[Any]", schema: str | None, table: str) -> list[tuple[Any, ...]]:
    name = sql.Identifier(schema, table) if schema else sql.Identifier(table)
    return connection.execute(
        "SELECT attname, format_type(atttypid, atttypmod) FROM pg_attribute"
        " WHERE attrelid = to_regclass(%s) AND attnum > 0 AND NOT attisdropped ORDER BY attnum",
        [name.as_string(connection)],
    ).fetchall()


_NAME = r"^[^.]+\..+$"

with DAG(
    "DSSGenericPipeline",
    description="Copies a table of the Data Store Service into the datasets database.",
    schedule=None,
    # Others wait in the queue: the service's pages are read by two at once, and people before all.
    max_active_runs=2,
    params={
        "data_uploader_schema_name": Param(type="string", pattern=_NAME, description="organisation.dataset"),
        "data_uploader_table_name": Param(type="string", minLength=1, description="L0 or L1"),
    },
) as dag:
    PythonOperator(
        task_id="copy_table",
        python_callable=copy_table,
        retries=3,
        retry_delay=timedelta(seconds=30),
        retry_exponential_backoff=True,
        max_retry_delay=timedelta(minutes=10),
    )
