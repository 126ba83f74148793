"""Tables that others have replaced: kept for clients that are half through them, and for restorations.

A table that is kept is called `L0@<generation>`, a view over it `L1@<generation>`, each by its own generation in
`operations.table_version`, whose rows follow the renaming. `operations.kept_table` says which file's rows it holds.
One that is not kept any more can be made again from the stored files, as `L0.base`, for a file to be merged with it.
"""

from typing import Final, NamedTuple

from psycopg import sql

from dss_assets.database import Connection
from dss_assets.loading.change_tracking import start_generation
from dss_assets.loading.swap import drop
from dss_assets.loading.tables import Tables
from dss_web.shared.contract import KEPT_TABLE, REGISTRY, TABLE_VERSION, kept_name

_KEPT = sql.Identifier(*KEPT_TABLE)
_REGISTRY = sql.Identifier(*REGISTRY)
_VERSIONS = sql.Identifier(*TABLE_VERSION)

# The suffix of the table with the rows of an earlier file, made again for a file that is merged with them.
BASE: Final = ".base"

# By `pg_class.relkind`.
_KINDS: Final = {"v": sql.SQL("VIEW"), "r": sql.SQL("TABLE"), "i": sql.SQL("INDEX"), "S": sql.SQL("SEQUENCE")}


class KeptTable(NamedTuple):
    """A table that was replaced: its generation, which its name has, and the number of its rows."""

    generation: int
    rows: int


def make_room(connection: Connection, tables: Tables) -> None:
    """Keep the table in use under another name, if the dataset declares so, and drop those that are too many then.

    In the caller's transaction, which holds the dataset's lock. The oldest go first: whoever reads one of them is
    waited for before readers of the table in use have to wait.
    """
    number = tables.dataset.kept_tables
    _drop_all_but(connection, tables, max(number - 1, 0))
    if number:
        _keep(connection, tables)


def find_kept(connection: Connection, tables: Tables, file_name: str, digest: str) -> KeptTable | None:
    """The table that was made of these bytes of a file as it is declared now, and that nobody has changed since.

    None also where the table in use is of this file: whoever has it loaded again wants its bytes to be read.
    """
    # Conversions of L1 are checked as rows are loaded, and may have been declared since.
    if tables.dataset.conversions or file_in(connection, tables.dataset.key) == file_name:
        return None
    found = connection.execute(
        _FIND,
        {
            "source": tables.dataset.key,
            "file": file_name,
            "digest": digest,
            "declaration": tables.dataset.rows_fingerprint,
        },
    ).fetchone()
    return KeptTable(*found) if found else None


# The generation of a table changes with its rows: one that was changed by hand is not called by its generation.
_FIND = sql.SQL("""
    SELECT kept.generation, kept.rows FROM {kept} AS kept
    JOIN {versions} AS tracked USING (relation, generation)
    WHERE source = %(source)s AND file_name = %(file)s AND digest = %(digest)s AND declaration = %(declaration)s
    ORDER BY kept.generation DESC LIMIT 1
""").format(kept=_KEPT, versions=_VERSIONS)


def put_back(connection: Connection, tables: Tables, kept: KeptTable) -> None:
    """Let a table that was replaced take the place of the one in use, which is kept in its turn.

    In the caller's transaction, which holds the dataset's lock. It begins a new generation: no client that was half
    through another table goes on in this one.
    """
    name = sql.Identifier(tables.dataset.key, kept_name("L0", kept.generation))
    # Before room is made, so that it is not among those that have to go.
    connection.execute(
        sql.SQL("DELETE FROM {} WHERE relation = {}::regclass").format(_KEPT, _literal(connection, name))
    )
    for view in _views_over(connection, name):
        connection.execute(sql.SQL("DROP VIEW {}").format(sql.Identifier(tables.dataset.key, view)))
    make_room(connection, tables)
    drop(connection, tables)
    _rename(connection, tables, name, kept_name("L0", kept.generation), "L0")
    start_generation(connection, tables.l0)
    tables.create_view(connection)
    tables.track_changes(connection)


def find_table_of(connection: Connection, key: str, file_name: str) -> sql.Identifier | None:
    """The table that holds the rows of a file as they were loaded: in use, kept and unchanged since, or rebuilt."""
    if file_in(connection, key) == file_name:
        return sql.Identifier(key, "L0")
    found = connection.execute(
        sql.SQL(
            "SELECT kept.generation FROM {} AS kept JOIN {} AS tracked USING (relation, generation)"
            " WHERE source = %s AND file_name = %s ORDER BY kept.generation DESC LIMIT 1"
        ).format(_KEPT, _VERSIONS),
        [key, file_name],
    ).fetchone()
    if found:
        return sql.Identifier(key, kept_name("L0", found[0]))
    base = f"L0{BASE}"
    return sql.Identifier(key, base) if file_in(connection, key, base) == file_name else None


def put_aside(connection: Connection, staged: Tables, tables: Tables) -> None:
    """Let a filled table be the one that `find_table_of` finds for its file, in the place of the one before."""
    drop_base(connection, tables.dataset.key)
    _rename(connection, staged, staged.l0, f"L0{staged.suffix}", f"L0{tables.suffix}")


def drop_base(connection: Connection, key: str) -> None:
    """Drop the table that was made again for a file to be merged with, if there is one."""
    connection.execute(sql.SQL("DROP TABLE IF EXISTS {}").format(sql.Identifier(key, f"L0{BASE}")))


def drop_kept(connection: Connection, key: str, generation: int) -> None:
    """Drop a table of the dataset `key` that is kept, with the view over it, in the caller's transaction."""
    name = sql.Identifier(key, kept_name("L0", generation))
    for view in _views_over(connection, name):
        connection.execute(sql.SQL("DROP VIEW {}").format(sql.Identifier(key, view)))
    connection.execute(sql.SQL("DROP TABLE IF EXISTS {}").format(name))
    connection.execute(sql.SQL("DELETE FROM {} WHERE source = %s AND generation = %s").format(_KEPT), [key, generation])


def file_in(connection: Connection, key: str, name: str = "L0") -> str | None:
    """The file whose rows are in a dataset's table in use; None where there is no table, or it does not say so.

    `name` is that of another table of the dataset.
    """
    table = sql.Identifier(key, name)
    there = connection.execute("SELECT to_regclass(%s)", [table.as_string(connection)]).fetchone()
    if not (there and there[0]):
        return None
    # By way of JSON, since a table of another way of loading may lack the column.
    found = connection.execute(
        sql.SQL("SELECT to_jsonb(entry) ->> 'datafile_created' FROM {} AS entry LIMIT 1").format(table)
    ).fetchone()
    return found[0] if found else None


def _keep(connection: Connection, tables: Tables) -> None:
    """Rename the table in use and its views; not where nothing is known of it, so that nobody would find it again."""
    file_name = file_in(connection, tables.dataset.key)
    if file_name is None:
        return
    # The row of the file describes the table until its own transaction ends.
    found = connection.execute(
        sql.SQL(
            "INSERT INTO {kept} (relation, source, file_name, generation, rows, digest, declaration, kept_at)"
            " SELECT relation, source, file_name, generation, rows, loaded_digest, declaration, clock_timestamp()"
            " FROM {registry}, {versions} WHERE source = %(source)s AND file_name = %(file)s AND rows IS NOT NULL"
            " AND relation = to_regclass(%(table)s) RETURNING generation"
        ).format(kept=_KEPT, registry=_REGISTRY, versions=_VERSIONS),
        {"source": tables.dataset.key, "file": file_name, "table": tables.l0.as_string(connection)},
    ).fetchone()
    if found is None:
        return
    for view in _views_over(connection, tables.l0):
        generation = connection.execute(
            sql.SQL("SELECT generation FROM {} WHERE relation = {}::regclass").format(
                _VERSIONS, _literal(connection, sql.Identifier(tables.dataset.key, view))
            )
        ).fetchone()
        assert generation
        _rename_one(connection, tables, "v", view, kept_name(view, generation[0]))
    _rename(connection, tables, tables.l0, "L0", kept_name("L0", found[0]))


def _drop_all_but(connection: Connection, tables: Tables, number: int) -> None:
    """Drop the oldest tables that are kept, until `number` of them are left."""
    outdated = connection.execute(
        sql.SQL("SELECT generation FROM {} WHERE source = %s ORDER BY generation DESC OFFSET %s").format(_KEPT),
        [tables.dataset.key, number],
    ).fetchall()
    for (generation,) in outdated:
        drop_kept(connection, tables.dataset.key, generation)


def _views_over(connection: Connection, table: sql.Identifier) -> list[str]:
    """The names of the views over a table whose state is tracked with it."""
    rows = connection.execute(
        sql.SQL(
            "SELECT relname FROM {} JOIN pg_class ON pg_class.oid = relation"
            " WHERE base = to_regclass(%s) AND relation <> base"
        ).format(_VERSIONS),
        [table.as_string(connection)],
    ).fetchall()
    return [name for (name,) in rows]


def _rename(connection: Connection, tables: Tables, table: sql.Identifier, old: str, new: str) -> None:
    """Rename a table with its indexes and its sequence, whose names begin with `old`."""
    found = connection.execute(
        "SELECT relname, relkind::text FROM pg_class WHERE oid = %(table)s::regclass"
        " OR oid IN (SELECT indexrelid FROM pg_index WHERE indrelid = %(table)s::regclass)"
        " OR (relkind = 'S' AND oid IN (SELECT objid FROM pg_depend WHERE classid = 'pg_class'::regclass"
        " AND refclassid = 'pg_class'::regclass AND refobjid = %(table)s::regclass))"
        # An identity's sequence is renamed beside its table, which goes first.
        " ORDER BY relkind <> 'r', relname",
        {"table": table.as_string(connection)},
    ).fetchall()
    for name, kind in found:
        _rename_one(connection, tables, kind, name, new + name.removeprefix(old))


def _rename_one(connection: Connection, tables: Tables, kind: str, old: str, new: str) -> None:
    connection.execute(
        sql.SQL("ALTER {} {} RENAME TO {}").format(
            _KINDS[kind], sql.Identifier(tables.dataset.key, old), sql.Identifier(new)
        )
    )


def _literal(connection: Connection, name: sql.Identifier) -> sql.Literal:
    return sql.Literal(name.as_string(connection))
