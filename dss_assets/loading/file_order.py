"""Where a file stands among those that are loaded: one that is older never displaces what a newer one brought."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from psycopg import sql

from dss_assets.database import Connection
from dss_assets.dataset import Latest


def _none(_: date) -> list[str]:
    return []


@dataclass(frozen=True, slots=True)
class FileOrder:
    """The date in a file's name, or the column of its rows that has it; None where files count as they arrive.

    `loaded_after` gives the loaded files of later dates.
    """

    dated: date | Latest | None = None
    loaded_after: Callable[[date], list[str]] = _none

    def date_of(self, connection: Connection, table: sql.Composable, first_id: int | None = None) -> date | None:
        """The date of the file whose rows are in `table`, from `first_id` on."""
        if not isinstance(self.dated, Latest):
            return self.dated
        condition = sql.SQL("true") if first_id is None else sql.SQL("id >= {}").format(sql.Literal(first_id))
        row = connection.execute(
            sql.SQL("SELECT max({})::date FROM {} WHERE {}").format(sql.Identifier(self.dated.column), table, condition)
        ).fetchone()
        return row[0] if row else None

    def newer_files(self, file_date: date | None) -> list[str]:
        """The files that are loaded and newer."""
        return self.loaded_after(file_date) if file_date else []
