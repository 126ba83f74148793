"""Published datasets in a site's database, as a declaration and its loads would leave them."""

import json
import time
from collections.abc import Mapping
from datetime import timedelta

import psycopg

from dss_web.registry.catalogue_index import refresh
from tests.parts.site import Site

_DECLARE = """
    INSERT INTO operations.dataset (key, schema_name, title, description, owner, contact, licence, licence_url,
        source_page, late_after, tables, routes, declared_at)
    VALUES (%s, %s, %s, %s, 'The ministry', 'walks@example.gov.uk', '', '', '', %s, %s, '[]', now())
"""


class Shelf:
    """Puts published datasets into a database, and takes them away again."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self._keys: list[str] = []

    def declare(
        self,
        key: str,
        title: str,
        description: str = "",
        columns: Mapping[str, str] | None = None,
        late_after: timedelta | None = None,
    ) -> str:
        """A dataset of one table, with these columns and what they mean."""
        named = [{"name": name, "type": "text", "description": said} for name, said in (columns or {}).items()]
        tables = json.dumps([{"name": "L1", "columns": named}])
        self.site.sql(_DECLARE, key, key, title, description, late_after, tables)
        self._keys.append(key)
        return key

    def load(self, key: str, rows: int = 10, ago: timedelta = timedelta(0)) -> None:
        """A file that was loaded."""
        self.site.sql(
            "INSERT INTO operations.datafile_registry (source, file_name, state, rows, loaded_at, created_timestamp,"
            " updated_timestamp) VALUES (%s, 'a.csv', 'processed', %s, now() - %s, now(), now())",
            key,
            rows,
            ago,
        )

    def fail(self, key: str, why: str) -> None:
        """A file that has failed for a day."""
        self.site.sql(
            "INSERT INTO operations.datafile_registry (source, file_name, state, failing_since, error_message,"
            " created_timestamp, updated_timestamp)"
            " VALUES (%s, 'b.csv', 'failed', now() - interval '1 day', %s, now(), now())",
            key,
            why,
        )

    def restrict(self, key: str) -> None:
        """Close a dataset to all but its people."""
        self.site.sql("INSERT INTO operations.restricted_dataset (dataset, restricted_by) VALUES (%s, '')", key)

    def look(self) -> None:
        """The worker's look, now."""
        deadline = time.monotonic() + 30
        with psycopg.connect(self.site.database_url, autocommit=True) as connection:
            while not refresh(connection):
                assert time.monotonic() < deadline, "somebody else looks all the time"
                time.sleep(0.05)

    def clear(self) -> None:
        """Take all of them away."""
        for table, column in (
            ("dataset", "key"),
            ("datafile_registry", "source"),
            ("restricted_dataset", "dataset"),
            ("dataset_grant", "dataset"),
            ("catalogue_index", "key"),
        ):
            self.site.sql(f"DELETE FROM operations.{table} WHERE {column} = ANY (%s)", self._keys)
