"""The shape of a dataset's tables beside the one that is declared: what differs, and what can be done about it at once.

Columns are renamed and added, and L1 is made anew, before the next load. Whatever needs the published values again
waits until somebody has the dataset reshaped (dss_assets/reshaping.py); so does whatever takes a column from clients.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final, NamedTuple

from psycopg import sql

from dss_assets.database import Connection, lock_dataset
from dss_assets.dataset import Dataset, Derived, Incremental, Release, Replace
from dss_assets.errors import NotAsDeclared
from dss_assets.loading import change_tracking
from dss_assets.loading.convertible import find_unconvertible
from dss_assets.loading.tables import Tables
from dss_assets.loading.wide_ids import has_integer_ids, widen_ids

# Of which no declaration makes a view, and no load should drop it.
_FORMER_TABLE: Final = (
    "L1 is a table, as the Flask service made it, where a view is expected. Bring its tables with "
    "`manage.py import_flask_service --in-place`; docs/moving-in.md has the steps"
)


class Remedy(StrEnum):
    """What brings a table to the declared shape."""

    AT_ONCE = "the next load brings the table along"
    RELOAD = "the stored files are loaded again"
    WITHDRAWAL = "somebody confirms that clients lose it"


class Difference(NamedTuple):
    """Something that is declared in another way than it is."""

    text: str
    remedy: Remedy


def find_differences(connection: Connection, tables: Tables) -> list[Difference]:
    """What differs between a dataset's tables and its declaration; nothing where there are no tables yet."""
    if tables.dataset.release:
        return _differences_of_release(connection, tables.dataset, tables.dataset.release)
    if _is_table(connection, tables):
        return [Difference(_FORMER_TABLE, Remedy.RELOAD)]
    found = _columns_of(connection, tables.l0)
    if not found:
        return []
    return [
        *_differences_of_l0(tables, found),
        *_differences_of_files(connection, tables),
        *_differences_of_l1(connection, tables),
    ]


def create_or_bring_along(connection: Connection, tables: Tables, *, is_confirmed: bool = False) -> None:
    """Make the tables where they are missing; otherwise give them the declared shape.

    In the caller's transaction, which should be a short one of its own: adding a column locks readers out until it
    ends. Columns that are no longer declared are dropped if `is_confirmed`. Raises NotAsDeclared, which leaves the
    tables as they are, where the published values are needed again, where clients would lose a column without a yes,
    or where a row cannot be converted to the declared L1.
    """
    lock_dataset(connection, tables.dataset.key)
    if _is_table(connection, tables):
        raise NotAsDeclared(
            f"The tables of {tables.dataset.key} were not changed: {_FORMER_TABLE}. New files wait meanwhile."
        )
    differences = [] if isinstance(tables.dataset.loading, Replace) else find_differences(connection, tables)
    refused = {Remedy.RELOAD} if is_confirmed else {Remedy.RELOAD, Remedy.WITHDRAWAL}
    if found := [difference for difference in differences if difference.remedy in refused]:
        raise not_as_declared(tables.dataset.key, found)
    if tables.dataset.release:
        tables.create(connection)
        return
    if differences:
        _bring_along(connection, tables)
    if has_integer_ids(connection, tables.l0):
        _widen_ids(connection, tables)
    tables.create(connection)
    if not isinstance(tables.dataset.loading, Replace):
        if not _has_declared_view(connection, tables):
            tables.create_view(connection)
        tables.track_changes(connection)


def not_as_declared(dataset_key: str, differences: list[Difference]) -> NotAsDeclared:
    """The error that names the differences, and what brings the tables to the declared shape."""
    job = f"the job reshape_{dataset_key.replace('.', '__')} in the Dagster UI"
    reshape = f"Launch {job}, or run `python -m dss_assets reshape {dataset_key}`"
    if any(difference.remedy is Remedy.WITHDRAWAL for difference in differences):
        reshape = (
            f"If clients may lose that, launch {job} with `withdraw: true`, "
            f"or run `python -m dss_assets reshape {dataset_key} --yes`"
        )
    texts = "; ".join(difference.text for difference in differences)
    return NotAsDeclared(
        f"The tables of {dataset_key} do not have the declared shape: {texts}. {reshape}. Readers see the tables as "
        "they were; new files wait meanwhile."
    )


def _columns_of(connection: Connection, relation: sql.Identifier) -> dict[str, str]:
    """The types of the columns of a table or view; nothing where there is none."""
    return dict(
        connection.execute(
            "SELECT attname, format_type(atttypid, NULL) FROM pg_attribute"
            " WHERE attrelid = to_regclass(%s) AND attnum > 0 AND NOT attisdropped ORDER BY attnum",
            [relation.as_string(connection)],
        ).fetchall()
    )


def _present_names(tables: Tables, found: Mapping[str, str]) -> dict[str, str]:
    """The declared columns that L0 has, each with the name that it has there, which may be a former one."""
    present = {}
    for column in tables.dataset.columns:
        name = next((name for name in (column.name, *column.formerly) if name in found), None)
        if name is not None:
            present[column.name] = name
    return present


def _differences_of_l0(tables: Tables, found: Mapping[str, str]) -> list[Difference]:
    present = _present_names(tables, found)
    differences = []
    for column in tables.dataset.columns:
        name = present.get(column.name)
        if name is None:
            differences.append(Difference(f"the column {column.name} is new", Remedy.AT_ONCE))
            continue
        if name != column.name:
            differences.append(Difference(f"the column {name} is called {column.name} now", Remedy.AT_ONCE))
        if found[name] != column.type:
            text = f"the column {column.name} is declared as {column.type}, and is {found[name]}"
            differences.append(Difference(text, Remedy.RELOAD))
    kept = found.keys() - set(present.values()) - {"id"}
    known = {"datafile_created", "datafile_updated", "data_hash"}
    if kept & known != tables.bookkeeping.keys():
        loading = type(tables.dataset.loading).__name__
        differences.append(Difference(f"{loading} is another way of loading than the one before", Remedy.RELOAD))
    for name in (name for name in found if name in kept - known):
        differences.append(Difference(f"the column {name} is declared no longer", Remedy.WITHDRAWAL))
    return differences


def _differences_of_release(connection: Connection, dataset: Dataset, release: Release) -> list[Difference]:
    """Only what clients would lose: the next release brings everything else."""
    return [
        Difference(f"the column {name} of {table.name} is declared no longer", Remedy.WITHDRAWAL)
        for table in release.tables
        for name in _columns_of(connection, sql.Identifier(dataset.schema, table.name))
        if name not in {"id", *table.types, *(former for column in table.columns for former in column.formerly)}
    ]


def _differences_of_files(connection: Connection, tables: Tables) -> list[Difference]:
    if not isinstance(tables.dataset.loading, Incremental):
        return []
    found = _columns_of(connection, tables.files)
    return [
        Difference(f"{value.name} is a value of the whole file that is not known of the loaded files", Remedy.RELOAD)
        for value in tables.dataset.file_values
        if found.get(value.name) != value.conversion.type
    ]


def _differences_of_l1(connection: Connection, tables: Tables) -> list[Difference]:
    if isinstance(tables.dataset.l1, Derived):
        return []  # made again as a whole, as soon as its declaration has changed
    found = _columns_of(connection, tables.l1)
    if not found:
        return [Difference("L1 is new", Remedy.AT_ONCE)] if tables.dataset.l1 else []
    if tables.dataset.l1 is None:
        return [Difference("L1 is declared no longer", Remedy.WITHDRAWAL)]
    # A column that has another name in L0 now has it in L1 as well.
    renamed = {name for column in tables.dataset.columns for name in column.formerly}
    gone = [name for name in found if name not in {"id", "data_source_row_id", *tables.dataset.l1.names, *renamed}]
    if gone:
        return [Difference(f"L1 is declared without {', '.join(gone)}", Remedy.WITHDRAWAL)]
    if not _has_declared_view(connection, tables):
        return [Difference("L1 is made in another way", Remedy.AT_ONCE)]
    return []


def _has_declared_view(connection: Connection, tables: Tables) -> bool:
    if isinstance(tables.dataset.l1, Derived):
        return True  # there is to be none
    found = connection.execute(
        "SELECT to_regclass(%(view)s) IS NOT NULL, obj_description(to_regclass(%(view)s), 'pg_class')",
        {"view": tables.l1.as_string(connection)},
    ).fetchone()
    assert found
    exists, digest = found
    return bool(digest == tables.view_digest(connection)) if tables.dataset.l1 else not exists


def _is_table(connection: Connection, tables: Tables) -> bool:
    """Whether L1 is a table where it is to be a view, as the Flask service made it."""
    found = connection.execute(
        "SELECT FROM pg_class WHERE oid = to_regclass(%s) AND relkind = 'r'", [tables.l1.as_string(connection)]
    )
    return tables.dataset.view is not None and found.rowcount > 0


def _bring_along(connection: Connection, tables: Tables) -> None:
    """Rename, add and drop columns of L0, and make L1 anew. The rows are looked through before readers are locked out.

    The view goes first, since it holds the columns that it shows.
    """
    found = _columns_of(connection, tables.l0)
    present = _present_names(tables, found)
    is_new_view = not _has_declared_view(connection, tables)
    if is_new_view:
        _require_convertible(connection, tables, present)
        connection.execute(sql.SQL("DROP VIEW IF EXISTS {}").format(tables.l1))
    alter = sql.SQL("ALTER TABLE {} {}")
    for name, before in present.items():
        if name != before:
            rename = sql.SQL("RENAME COLUMN {} TO {}").format(sql.Identifier(before), sql.Identifier(name))
            connection.execute(alter.format(tables.l0, rename))
    for column in tables.dataset.columns:
        if column.name not in present:
            add = sql.SQL("ADD COLUMN {} {}").format(sql.Identifier(column.name), sql.SQL(column.type))
            connection.execute(alter.format(tables.l0, add))
    for name in found.keys() - set(present.values()) - {"id", *tables.bookkeeping}:
        connection.execute(alter.format(tables.l0, sql.SQL("DROP COLUMN {}").format(sql.Identifier(name))))
    if is_new_view:
        tables.create_view(connection)
    change_tracking.start_generation(connection, tables.l0)


def _require_convertible(connection: Connection, tables: Tables, present: Mapping[str, str]) -> None:
    fault = find_unconvertible(connection, tables, 0, present)
    if fault is None:
        return
    row = connection.execute(
        sql.SQL("SELECT datafile_created FROM {} WHERE id = %s").format(tables.l0), [fault.id]
    ).fetchone()
    raise NotAsDeclared(
        f"L1 of {tables.dataset.key} stays as it was, since a row of L0 cannot be converted as it is declared now: "
        f"file {row[0] if row else 'unknown'}, id {fault.id}, {fault}. Correct the conversion in the declaration. "
        "New files wait meanwhile."
    )


def _widen_ids(connection: Connection, tables: Tables) -> None:
    wide = sql.Identifier(tables.dataset.key, "L0.wide")
    create_view = tables.view_statements(connection) if tables.dataset.view else None
    widen_ids(connection, tables.l0, wide, tables.l1, create_view)
    if isinstance(tables.dataset.loading, Incremental):
        connection.execute(
            sql.SQL("ALTER TABLE {} ALTER COLUMN first_id TYPE bigint, ALTER COLUMN last_id TYPE bigint").format(
                tables.files
            )
        )
