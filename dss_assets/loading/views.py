"""The declaration of L1 -> the SELECT of its view over L0."""

from typing import assert_never

from psycopg import sql

from dss_assets.dataset import (
    Chosen,
    Conversion,
    ConvertedColumn,
    Dataset,
    Derived,
    FileValue,
    RenamedColumn,
    Rowwise,
    Unpivoted,
)


def view_of(dataset: Dataset, l0: sql.Identifier, files: sql.Identifier) -> sql.Composed:
    """The SELECT of a dataset's L1. Its `id` is unique and not null, and grows with that of L0."""
    match dataset.l1:
        case Rowwise():
            return _rowwise(dataset.l1, l0, files)
        case Unpivoted():
            return _unpivoted(dataset.l1, l0)
        case Chosen():
            return _chosen(dataset.l1, l0)
        case None | Derived():
            raise ValueError(f"{dataset.key} has no L1 that is a view over its L0")
        case _:
            assert_never(dataset.l1)


def applied(expression: str, value: sql.Composable) -> sql.Composed:
    """The SQL of a declaration with its column filled in."""
    return sql.SQL(expression).format(value)


def converted(conversion: Conversion, value: str) -> sql.Composed:
    """A conversion applied to one value."""
    return applied(conversion.sql, sql.Literal(value))


def is_valid(conversion: Conversion, value: str) -> sql.Composed:
    """The condition that a conversion can take one value."""
    return applied(conversion.valid or "true", sql.Literal(value))


def _of_l0(names: str) -> sql.Composed:
    """L0 columns that are named with commas between."""
    return sql.SQL(", ").join(sql.SQL("l0.{}").format(sql.Identifier(name.strip())) for name in names.split(","))


def _as(value: sql.Composable, name: str) -> sql.Composed:
    return sql.SQL("{} AS {}").format(value, sql.Identifier(name))


def _rowwise(l1: Rowwise, l0: sql.Identifier, files: sql.Identifier) -> sql.Composed:
    parts: list[sql.Composable] = []
    for column in l1.columns:
        match column:
            case ConvertedColumn(name=name, conversion=conversion, source=source):
                parts.append(_as(applied(conversion.sql, _of_l0(source)), name))
            case RenamedColumn(name=name, source=source):
                parts.append(_as(_of_l0(source), name))
            case FileValue(name=name):
                parts.append(sql.SQL("file.{}").format(sql.Identifier(name)))
            case name:
                parts.append(_of_l0(name))
    join = sql.SQL(" JOIN {} AS file USING (datafile_created)").format(files)
    return sql.SQL("SELECT l0.id, l0.id AS data_source_row_id, {} FROM {} AS l0{}").format(
        sql.SQL(", ").join(parts), l0, join if l1.file_values else sql.SQL("")
    )


def _unpivoted(l1: Unpivoted, l0: sql.Identifier) -> sql.Composed:
    values = sql.SQL(", ").join(
        sql.SQL("({}, {}, {})").format(sql.Literal(position), sql.Literal(label), _of_l0(column))
        for position, (label, column) in enumerate(l1.unpivoted)
    )
    # No row of L1 is one of L0: clients of the former service know this column as empty.
    return sql.SQL(
        "SELECT l0.id * {} + position AS id, NULL::bigint AS data_source_row_id, {}, label AS {}, value AS {}"
        " FROM {} AS l0 CROSS JOIN LATERAL (VALUES {}) AS cell (position, label, value)"
    ).format(
        sql.Literal(len(l1.unpivoted)),
        _of_l0(", ".join(l1.columns)),
        sql.Identifier(l1.label),
        sql.Identifier(l1.value),
        l0,
        values,
    )


def _chosen(l1: Chosen, l0: sql.Identifier) -> sql.Composed:
    def rank(alias: str) -> sql.Composed:
        return applied(l1.rank.sql, sql.SQL("{}.{}").format(sql.SQL(alias), sql.Identifier(l1.ranked_by)))

    same_key = sql.SQL(" AND ").join(
        sql.SQL("better.{name} = l0.{name}").format(name=sql.Identifier(name)) for name in l1.key
    )
    # Found by the index over the key, once for each row of a page.
    return sql.SQL(
        "SELECT l0.id, l0.id AS data_source_row_id, {columns} FROM {l0} AS l0 WHERE NOT EXISTS"
        " (SELECT FROM {l0} AS better WHERE {same_key} AND ({better}, better.id) > ({own}, l0.id))"
    ).format(columns=_of_l0(", ".join(l1.columns)), l0=l0, same_key=same_key, better=rank("better"), own=rank("l0"))
