"""A published dataset with rows, of which the web half knows: planted, as the other half would have loaded it."""

import time
import uuid
from dataclasses import dataclass

import psycopg
from psycopg import sql
from psycopg.types.json import Jsonb

from dss_assets.database import Database
from dss_assets.loading.change_tracking import track_changes
from dss_web.registry.catalogue_index import refresh
from tests.parts.site import Site

COLUMNS = {
    "id": ("bigint", "The number of the row."),
    "company": ("text", "Who exported."),
    "postcode": ("text", "Where they are."),
    "amount": ("numeric", "Pounds."),
    "month": ("date", "First day of the month."),
}
FILES = (("2024-01.csv", "processed", ""), ("2024-02.csv", "failed", "HTTP 500 from the publisher"))
# Each row by its id: a company without a postcode in ten, and a name that is a formula.
_ROWS = """
    SELECT id, CASE WHEN id = 7 THEN '=1+1' ELSE 'Company ' || id END, CASE WHEN id % 10 > 0 THEN 'LS1 ' || id % 50 END,
        id * 1.10, date '2024-01-01' + (id % 28)::int
    FROM generate_series(1, {rows}) AS id
"""


@dataclass(frozen=True)
class Published:
    """A dataset with `rows` rows in L0, and in L1, which is a view."""

    site: Site
    key: str
    rows: int

    @property
    def path(self) -> str:
        """Its page in the catalogue."""
        return f"/datasets/{self.key.replace('.', '/')}/"

    def execute(self, statement: str) -> None:
        """Do something to its tables; `{schema}` is the name of their schema, quoted."""
        self.site.sql(statement.format(schema=f'"{self.key}"'))

    def refresh(self) -> None:
        """Do what a worker does every half minute."""
        with psycopg.connect(self.site.database_url, autocommit=True) as connection:
            while not refresh(connection):  # while the worker itself looks
                time.sleep(0.05)

    def withdraw(self) -> None:
        """Take it away, as it would otherwise be the latest in the lists of other tests."""
        self.execute("DROP SCHEMA {schema} CASCADE")
        for table, column in (
            ("dataset", "key"),
            ("datafile_registry", "source"),
            ("restricted_dataset", "dataset"),
            ("catalogue_index", "key"),
        ):
            self.site.sql(f"DELETE FROM operations.{table} WHERE {column} = %s", self.key)


def publish(site: Site, rows: int = 120, organisation: str = "hmrc") -> Published:
    """A new dataset, with an index on `postcode`, a loaded file and one that failed."""
    dataset = Published(site, f"{organisation}.d{uuid.uuid4().hex[:10]}", rows)
    described = [{"name": name, "type": kind, "description": said} for name, (kind, said) in COLUMNS.items()]
    site.sql(
        "INSERT INTO operations.dataset (key, schema_name, title, description, owner, contact, licence, licence_url,"
        " source_page, late_after, tables, declared_at) VALUES (%s, %s, 'Exporters of goods',"
        " 'Companies that exported goods, month by month.', 'team@trade.example', 'data@hmrc.example', 'OGL 3.0',"
        " 'https://www.nationalarchives.gov.uk/doc/open-government-licence/version/3/',"
        " 'https://www.uktradeinfo.example/exporters/', '45 days', %s, now())",
        dataset.key,
        dataset.key,
        Jsonb([{"name": table, "columns": described} for table in ("L0", "L1")]),
    )
    with Database(site.database_url).connect("test") as connection, connection.transaction():
        schema = sql.Identifier(dataset.key)
        l0, l1 = sql.Identifier(dataset.key, "L0"), sql.Identifier(dataset.key, "L1")
        columns = sql.SQL(", ").join(
            sql.SQL("{} {}").format(sql.Identifier(name), sql.SQL(kind)) for name, (kind, _) in COLUMNS.items()
        )
        connection.execute(sql.SQL("CREATE SCHEMA {}").format(schema))
        connection.execute(sql.SQL("CREATE TABLE {} ({}, PRIMARY KEY (id))").format(l0, columns))
        connection.execute(sql.SQL("INSERT INTO {} {}").format(l0, sql.SQL(_ROWS).format(rows=sql.Literal(rows))))
        connection.execute(sql.SQL("CREATE INDEX ON {} (postcode)").format(l0))
        connection.execute(sql.SQL("CREATE VIEW {} AS SELECT * FROM {}").format(l1, l0))
        connection.execute(sql.SQL("ANALYZE {}").format(l0))
        track_changes(connection, l0, l1)
    verdict = {
        "before": "2023-12.csv",
        "rows": rows,
        "rows_before": rows + 5,
        "more": ["month"],
        "less": [],
        "renamed": [],
    }
    for name, state, message in FILES:
        site.sql(
            "INSERT INTO operations.datafile_registry (source, file_name, state, error_message, rows, size, loaded_at,"
            " file_date, verdict, findings, run_id, created_timestamp, updated_timestamp) VALUES (%s, %s, %s, %s, %s,"
            " 2048, CASE WHEN %s = 'processed' THEN now() END, '2024-01-31', %s, %s, 'a-run', now(), now())",
            dataset.key,
            name,
            state,
            message,
            rows,
            state,
            Jsonb(verdict),
            Jsonb({"not_null": "3 rows without a postcode"}),
        )
    dataset.refresh()
    return dataset
