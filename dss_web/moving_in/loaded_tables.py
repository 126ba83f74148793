"""What the tables that are here hold: the rows of each file, and the columns."""

from django.db import connection
from psycopg import sql

from dss_web.shared.contract import HIDDEN_COLUMNS


class LoadedTables:
    """The tables L0 of datasets, each read once."""

    def __init__(self) -> None:
        self._rows: dict[str, dict[str, int]] = {}
        self._columns: dict[str, list[str]] = {}

    def rows(self, key: str, file_name: str) -> int | None:
        """How many rows of a file are in its dataset's table. None where that does not tell whether it is loaded.

        Of a snapshot a later file may have had all of its rows.
        """
        columns = self._columns_of(key)
        if "datafile_created" not in columns:
            return 0
        if key not in self._rows:
            with connection.cursor() as cursor:
                cursor.execute(
                    sql.SQL("SELECT datafile_created, count(*) FROM {} GROUP BY 1").format(sql.Identifier(key, "L0"))
                )
                self._rows[key] = dict(cursor.fetchall())
        is_told = "data_hash" not in columns or not self._rows[key]
        return self._rows[key].get(file_name) or (0 if is_told else None)

    def columns(self, key: str) -> list[str]:
        """The columns that clients see, without the id."""
        return [name for name in self._columns_of(key) if name not in HIDDEN_COLUMNS and name != "id"]

    def _columns_of(self, key: str) -> list[str]:
        if key not in self._columns:
            with connection.cursor() as cursor:
                cursor.execute(
                    "SELECT attname FROM pg_attribute WHERE attrelid = to_regclass(%s) AND attnum > 0"
                    " AND NOT attisdropped ORDER BY attnum",
                    [sql.Identifier(key, "L0").as_string()],
                )
                self._columns[key] = [name for (name,) in cursor.fetchall()]
        return self._columns[key]
