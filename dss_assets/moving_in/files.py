"""Which rows each file brought: for "L0.files", where a file is a range of ids."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from psycopg import sql

from dss_assets.dataset import Dataset
from dss_assets.moving_in.former import FormerDatabase, FormerTable
from dss_assets.moving_in.ids import Numbering

# What rows are filed under that do not say from which file they came.
_UNKNOWN = "unknown file"


@dataclass(frozen=True, slots=True)
class FileRange:
    """Rows that one load of a file brought. `name` is another one than the file's for a load before its last.

    `values` hold for the whole file, such as the date of its publication, by the columns of L1.
    """

    file_name: str
    name: str
    first_id: int
    last_id: int
    values: Mapping[str, Any]


class UnknownFileValue(Exception):
    """A value that L1 has for a whole file cannot be told from the former tables."""


def find_ranges(
    former: FormerDatabase, dataset: Dataset, numbering: Numbering, l1: FormerTable | None
) -> list[FileRange]:
    """The ranges of all files, by their ids. Raises UnknownFileValue.

    The Flask service added the rows of a file that was loaded again, so that a file may have several.
    """
    values = [value.name for value in dataset.file_values]
    known = values if l1 and set(values) <= l1.columns.keys() else []
    rows = numbering.rows
    if known and not numbering.is_of_l1:
        assert l1
        rows = sql.SQL("{} LEFT JOIN {} AS l1 ON l1.data_source_row_id = l0.id").format(rows, l1.identifier)
    # Runs of rows of one file: a row begins one if the row before it is of another file.
    ranges = former.connection.execute(
        sql.SQL("""
            SELECT file, min(id), max(id){values} FROM (
                SELECT *, sum(begins) OVER (ORDER BY id) AS run FROM (
                    SELECT {id} AS id, coalesce(l0.datafile_created, {unknown}) AS file{columns},
                        CASE WHEN lag(coalesce(l0.datafile_created, {unknown})) OVER (ORDER BY {id})
                            IS DISTINCT FROM coalesce(l0.datafile_created, {unknown}) THEN 1 ELSE 0 END AS begins
                    FROM {rows}
                ) AS marked
            ) AS numbered
            GROUP BY file, run ORDER BY 2
        """).format(
            values=sql.Composed([sql.SQL(", max({})").format(sql.Identifier(value)) for value in known]),
            columns=sql.Composed([sql.SQL(", l1.{}").format(sql.Identifier(value)) for value in known]),
            id=numbering.id,
            unknown=sql.Literal(_UNKNOWN),
            rows=rows,
        )
    ).fetchall()
    loads: dict[str, int] = {}
    for row in ranges:
        loads[row[0]] = loads.get(row[0], 0) + 1
    seen: dict[str, int] = {}
    files = []
    for file_name, first, last, *of_file in ranges:
        seen[file_name] = seen.get(file_name, 0) + 1
        is_last = seen[file_name] == loads[file_name]
        name = file_name if is_last else f"{file_name} (load {seen[file_name]} of {loads[file_name]})"
        files.append(FileRange(file_name, name, first, last, dict(zip(known, of_file, strict=True))))
    _require_values(files, values)
    return files


def _require_values(files: Sequence[FileRange], values: Sequence[str]) -> None:
    for file in files:
        for value in values:
            if file.values.get(value) is None:
                raise UnknownFileValue(
                    f"L1 has no {value} for the rows of {file.file_name}, which is a value of the whole file here."
                )


def label(files: Sequence[FileRange], row_id: sql.Composable) -> sql.Composed:
    """The expression for the name under which a row `l0` is filed that gets the id `row_id`."""
    earlier = [file for file in files if file.name != file.file_name]
    cases = sql.SQL(" ").join(
        sql.SQL("WHEN {} BETWEEN {} AND {} THEN {}").format(row_id, file.first_id, file.last_id, sql.Literal(file.name))
        for file in earlier
    )
    plain = sql.SQL("coalesce(l0.datafile_created, {})").format(sql.Literal(_UNKNOWN))
    return sql.SQL("CASE {} ELSE {} END").format(cases, plain) if earlier else plain
