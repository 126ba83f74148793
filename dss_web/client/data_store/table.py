"""One table: its columns, its rows a page at a time, and all of it in a file."""

import csv
import io
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal
from urllib.parse import quote, urlencode

from .connection import Connection
from .datasets import Column, parse_column
from .download import Download, Export
from .errors import Changed

if TYPE_CHECKING:
    import pandas
    import pyarrow

Row = dict[str, Any]
# The most that the service allows. Each page is a request, and a request costs more than its rows.
PAGE_SIZE: Final = 10_000
# A table that changes more often while it is read is better exported, which is of one moment.
_STARTS: Final = 5
_COMPARISONS: Final = (".eq", ".gt", ".gte", ".lt", ".lte")
# By the extension of the file's name.
_FORMATS: Final = {".csv": "csv", ".ndjson": "ndjson", ".jsonl": "ndjson", ".parquet": "parquet"}


@dataclass(frozen=True)
class Changes:
    """A page of what has changed in a table: delete the rows of the `removed` ids, then insert or replace `rows`.

    `version` is the version of the table that a copy has then, after this page and all before it.
    """

    version: int
    removed: tuple[range, ...]
    rows: list[Row]


@dataclass(frozen=True)
class Table:
    """A table, or some of its columns and rows. Made by Client.table; each method asks the service.

    Every method raises Refused, NotVerified or Unreachable.
    """

    connection: Connection = field(repr=False)
    service: str = field(repr=False)
    schema: str
    name: str
    columns: tuple[str, ...] = ()
    where: Mapping[str, object] = field(default_factory=dict)

    def structure(self) -> list[Column]:
        """All of the table's columns, in its order."""
        found = self.connection.get(f"{self._url('table-structure')}?descriptions=true").json()
        return [parse_column(each) for each in found["columns"]]

    def pages(self, size: int = PAGE_SIZE, *, parse_float: Callable[[str], Any] = float) -> Iterator[list[Row]]:
        """The rows in pages, ordered by id, each row as a dictionary. `size` is from 1 to 10,000.

        `parse_float=decimal.Decimal` keeps every digit of NUMERIC columns. Raises Changed if rows that were yielded
        have been replaced or removed in the table: drop them and start again, or use `read`, which does so.
        """
        url: str | None = self._with_query("table-data", {"orientation": "records", "page-size": str(size)})
        while url:
            page = json.loads(self.connection.get(url).content, parse_float=parse_float)
            yield page["results"]
            url = page["next"]

    def rows(self, *, parse_float: Callable[[str], Any] = float) -> Iterator[Row]:
        """The rows one by one, in constant memory. As `pages` otherwise; raises Changed, too."""
        for page in self.pages(parse_float=parse_float):
            yield from page

    def head(self, rows: int = 10) -> list[Row]:
        """The first rows, at most 10,000, in one request."""
        return next(self.pages(rows))

    def read(self, *, parse_float: Callable[[str], Any] = float) -> list[Row]:
        """All rows, of one state of the table: where rows change meanwhile, they are read again from the start.

        Raises Changed if that happens five times over.
        """
        for left in reversed(range(_STARTS)):
            try:
                return list(self.rows(parse_float=parse_float))
            except Changed as error:
                if not left:
                    raise
                self.connection.report(f"{error}; starting again")
        raise AssertionError

    def changes(
        self, since: int = 0, *, size: int = PAGE_SIZE, parse_float: Callable[[str], Any] = float
    ) -> Iterator[Changes]:
        """What has changed since a version that a copy has, in pages; everything since 0, which stands for nothing.

        Apply all pages or none, as in one transaction of the copy: rows of half of them may go before the next call.
        Raises Changed if it cannot be told what has changed, as where a table was replaced as a whole: drop the copy,
        and begin with 0. Raises Refused with status 422 for a table whose changes are not tracked, and ValueError
        without the column id, by which a copy knows its rows.
        """
        if self.columns and "id" not in self.columns:
            raise ValueError(f"Changes of {self.schema}.{self.name} need the column id: add it to the chosen columns")
        starts = 0
        # Ids of rows that were yielded before rows went. All that is left of them comes again.
        again: tuple[range, ...] = ()
        first = last = None
        url: str | None = self._with_query(
            "table-data", {"orientation": "records", "changed-since": str(since), "page-size": str(size)}
        )
        while url:
            try:
                page = json.loads(self.connection.get(url).content, parse_float=parse_float)
            except Changed as error:
                starts += 1
                if error.status == HTTPStatus.GONE or starts == _STARTS:
                    raise
                again = (range(first, last + 1),) if first is not None and last is not None else ()
                url = error.start
                continue
            rows: list[Row] = page["results"]
            if rows:
                first, last = rows[0]["id"] if first is None else first, max(rows[-1]["id"], last or 0)
            removed = tuple(range(begin, end + 1) for begin, end in page["removed"])
            yield Changes(page["version"], again + removed, rows)
            again, url = (), page["next"]

    def export(self, path: str | Path, *, format: str = "", tries: int = 5) -> Export:
        """Fetch all rows of one moment into a file, in one stream. Returns how much that is.

        The format is csv, ndjson or parquet, by the file's extension if it is not given. While it is fetched and
        checked against the service's signed receipt, the file is called `<name>.part`. After a break it is resumed at
        the last checkpoint, `tries` times. Raises OSError if the file cannot be written.
        """
        path = Path(path)
        format = format or _FORMATS.get(path.suffix, "")
        if format not in _FORMATS.values():
            raise ValueError(f"The format of {path} is not known: give it as csv, ndjson or parquet")
        return self._download(format, path).run(tries)

    def to_arrow(self, *, numeric: Literal["float", "text"] = "float") -> "pyarrow.Table":
        """All rows of one moment as an Arrow table. Needs the extra `arrow`.

        NUMERIC columns are floats; `numeric="text"` keeps every digit. A file in the temp folder holds them meanwhile.
        """
        from .frames import to_arrow  # noqa: PLC0415 pyarrow is an extra

        return to_arrow(self, numeric)

    def to_pandas(self, *, numeric: Literal["float", "text"] = "float") -> "pandas.DataFrame":
        """All rows of one moment as a DataFrame. Needs the extra `pandas`. `numeric` as for `to_arrow`.

        Integers and booleans have pandas' types with missing values (Int64, boolean), so that they stay exact.
        """
        from .frames import to_pandas  # noqa: PLC0415 pandas is an extra

        return to_pandas(self, numeric)

    def _download(self, format: str, path: Path) -> Download:
        return Download(self.connection, self._with_query("table-export", {"format": format}), path)

    def _url(self, route: str) -> str:
        return f"{self.service}/api/v1/{route}/{quote(self.schema, safe='')}/{quote(self.name, safe='')}"

    def _with_query(self, route: str, query: dict[str, str]) -> str:
        filters = {_parameter(name): _value(value) for name, value in self.where.items()}
        names = {"columns": _comma_separated(self.columns)} if self.columns else {}
        return f"{self._url(route)}?{urlencode({**query, **names, **filters})}"


def _parameter(column: str) -> str:
    """The parameter that compares a column. By `.eq` also one that has the name of another parameter."""
    return column if column.endswith(_COMPARISONS) else f"{column}.eq"


def _value(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return value.isoformat() if isinstance(value, date) else str(value)


def _comma_separated(names: tuple[str, ...]) -> str:
    line = io.StringIO()
    csv.writer(line, lineterminator="").writerow(names)
    return line.getvalue()
