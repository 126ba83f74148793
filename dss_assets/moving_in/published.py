"""L0 and L1 of a published dataset, both of them tables there -> L0, and the view L1 over it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from psycopg import sql

from dss_assets.counts import counted
from dss_assets.database import Connection, lock_dataset
from dss_assets.dataset import Dataset, Incremental, Snapshot
from dss_assets.loading import Tables, create_or_bring_along, put_in_place
from dss_assets.loading.views import applied
from dss_assets.moving_in.copying import copy_rows
from dss_assets.moving_in.files import FileRange, UnknownFileValue, find_ranges, label
from dss_assets.moving_in.former import FormerDatabase, FormerTable
from dss_assets.moving_in.ids import Numbering, choose_ids

# Makes room for our tables where the Flask service's have their names, if they have.
# It is told the names of those that were made among them.
PutAside = Callable[[list[str]], None]
NEXT = ".next"


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to be brought: the rows of `l0`, None where there are none to bring."""

    l0: FormerTable | None
    l1: FormerTable | None
    numbering: Numbering | None
    files: Sequence[FileRange]
    rows: int
    remarks: Sequence[str]


def plan(former: FormerDatabase, dataset: Dataset) -> Plan:
    """What is to be brought of a dataset. Raises UnknownFileValue where L1 could not be made of its rows.

    `former` reads one snapshot until the rows are brought.
    """
    l0, l1 = former.table(dataset.schema, "L0"), former.table(dataset.schema, "L1")
    rows = former.count(l0)
    if l0 is None or not rows:
        lost = 0 if dataset.view is None else former.count(l1)
        empty = f"L1 has {counted(lost, 'row')}, and L0 has none of which it could be made. Its files are loaded again."
        return Plan(None, l1, None, (), 0, [empty] if lost else [])
    missing = [column.name for column in dataset.columns if not _present(column.name, column.formerly, l0)]
    numbering = choose_ids(former, dataset, l0, l1)
    remarks = [*numbering.remarks]
    if missing:
        remarks.append(f"Columns that are new here are empty in these rows: {', '.join(missing)}.")
    files: list[FileRange] = []
    if isinstance(dataset.loading, Incremental):
        files = find_ranges(former, dataset, numbering, l1)
        remarks += _loaded_more_than_once(files)
    return Plan(l0, l1, numbering, files, rows, remarks)


def bring(
    former: FormerDatabase, connection: Connection, dataset: Dataset, planned: Plan, put_aside: PutAside
) -> list[str]:
    """Make the tables of a dataset of the Flask service's, in the caller's transaction. Returns what else is to say.

    Readers read what there was before until the transaction ends.
    """
    lock_dataset(connection, dataset.key)
    if planned.l0 is None or planned.numbering is None:
        put_aside([])
        create_or_bring_along(connection, Tables(dataset))
        return []
    tables = Tables(dataset, NEXT)
    tables.create(connection)
    select, names = _select(dataset, planned.l0, planned.numbering, planned.files, tables)
    copy_rows(former.connection, select, connection, tables.l0, names)
    remarks = _leave_out_unconvertible(connection, dataset, tables)
    tables.complete(connection)
    # Above all ids that a client may have seen, also of rows that are gone.
    connection.execute(
        sql.SQL("SELECT setval(pg_get_serial_sequence(%s, 'id'), greatest(max(id), %s)) FROM {}").format(tables.l0),
        [tables.l0.as_string(connection), former.last_id(dataset.schema)],
    )
    for file in planned.files:
        connection.execute(
            sql.SQL("INSERT INTO {} ({}) VALUES ({})").format(
                tables.files,
                sql.SQL(", ").join(
                    map(sql.Identifier, ["datafile_created", "first_id", "last_id", *_file_values(dataset)])
                ),
                sql.SQL(", ").join([sql.Placeholder()] * (3 + len(_file_values(dataset)))),
            ),
            [file.name, file.first_id, file.last_id, *(file.values[name] for name in _file_values(dataset))],
        )
    connection.execute(sql.SQL("ANALYZE {}").format(tables.l0))
    put_aside([f"L0{NEXT}", f"L0.files{NEXT}"])
    put_in_place(connection, tables)
    return remarks


def _file_values(dataset: Dataset) -> list[str]:
    return [value.name for value in dataset.file_values]


def _select(
    dataset: Dataset, l0: FormerTable, numbering: Numbering, files: Sequence[FileRange], tables: Tables
) -> tuple[sql.Composed, list[str]]:
    """The SELECT over the former L0 in the order of ids, and the columns of ours that it gives."""
    values: dict[str, sql.Composable] = {"id": numbering.id}
    types = {"id": "bigint"}
    for column in dataset.columns:
        name = _present(column.name, column.formerly, l0)
        values[column.name] = sql.SQL("l0.{}").format(sql.Identifier(name)) if name else sql.NULL
        types[column.name] = column.type
    if isinstance(dataset.loading, Snapshot):
        row = sql.SQL(", ").join(
            sql.SQL("({})::{}").format(values[column.name], sql.SQL(column.type)) for column in dataset.columns
        )
        values |= {name: sql.SQL("l0.{}").format(sql.Identifier(name)) for name in tables.bookkeeping}
        # As the loader makes it, so that the next file finds its rows again.
        values["data_hash"] = sql.SQL("md5(ROW({})::text)").format(row)
    else:
        values["datafile_created"] = label(files, numbering.id)
    selected = sql.SQL(", ").join(
        sql.SQL("({})::{}").format(value, sql.SQL(types.get(name, "text"))) for name, value in values.items()
    )
    return sql.SQL("SELECT {} FROM {} ORDER BY {}").format(selected, numbering.rows, numbering.id), list(values)


def _present(name: str, formerly: Sequence[str], table: FormerTable) -> str | None:
    return next((each for each in (name, *formerly) if each in table.columns), None)


def _loaded_more_than_once(files: Sequence[FileRange]) -> list[str]:
    again = sorted({file.file_name for file in files if file.name != file.file_name})
    if not again:
        return []
    return [
        f"{counted(len(again), 'file')} had rows of more than one load, and still do: {', '.join(again[:5])}"
        f"{' …' if len(again) > 5 else ''}. When such a file is loaded here, its last load is replaced."
    ]


def _leave_out_unconvertible(connection: Connection, dataset: Dataset, tables: Tables) -> list[str]:
    """Take out the rows of which L1 could not be made, since one of them would make every reading of L1 fail."""
    names = {column.name for column in dataset.columns}
    conditions = [
        sql.SQL("NOT ({})").format(applied(column.conversion.valid, sql.Identifier(column.source)))
        for column in dataset.conversions
        if column.conversion.valid and column.source in names
    ]
    if not conditions:
        return []
    deleted = connection.execute(
        sql.SQL("DELETE FROM {} WHERE {} RETURNING id").format(tables.l0, sql.SQL(" OR ").join(conditions))
    ).fetchall()
    if not deleted:
        return []
    ids = ", ".join(str(number) for (number,) in deleted[:5])
    return [
        f"{counted(len(deleted), 'row')} of L0 left out, since a value cannot be converted for L1: id {ids}"
        f"{' …' if len(deleted) > 5 else ''}. Load their files again to have them listed as rejects."
    ]


__all__ = ["NEXT", "Plan", "PutAside", "UnknownFileValue", "bring", "plan"]
