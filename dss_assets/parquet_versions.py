"""Served tables -> Parquet files in the storage, for programs that read them without us: by DSS_PARQUET_VERSIONS.

parquet/<schema>/<table>/latest.parquet      the table as it is
parquet/<schema>/<table>/<version>.parquet   as it was at a version; the last few
parquet/<schema>/<table>/<version>.txt       why there is none of a version

The storage itself says what is written: a version's own file is put there last, and whatever is missing is made by the
next run. Whoever may read the bucket needs no grant of ours, so restricted datasets are left out.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Final, NamedTuple

from psycopg import sql
from pydantic import Field

from dss_assets.database import Connection
from dss_assets.storage import Storage
from dss_web.shared.contract import CATALOGUE, HIDDEN_COLUMNS, RESTRICTED_DATASET, TABLE_VERSION, parquet_folder
from dss_web.shared.settings import EnvironmentSettings

LATEST: Final = "latest.parquet"
_NEXT: Final = "next.parquet"


class ParquetSettings(EnvironmentSettings):
    """Whether tables are written as Parquet files, too."""

    dss_parquet_versions: bool = Field(
        False,
        description="Whether each version of each table that the API serves is written to the storage as a Parquet "
        "file, below `parquet/`. Restricted datasets are not. Whoever may read there reads all that is there.",
    )
    dss_parquet_kept_versions: int = Field(
        3, ge=1, description="How many versions of each table are kept there, with the newest."
    )


class ServedTable(NamedTuple):
    """A table that the API serves, and the version that it has."""

    schema: str
    name: str
    version: int

    @property
    def folder(self) -> str:
        """Where its files are."""
        return parquet_folder(self.schema, self.name)


@dataclass(frozen=True, slots=True)
class Work:
    """What there is to do: tables to write, in the order of their names, and paths to delete."""

    stale: list[ServedTable]
    superfluous: list[str]


# Relies on versions being noted of every table that the loader makes. A table is served if the catalogue has it.
_SERVED: Final = sql.SQL("""
    SELECT nspname::text, relname::text, version FROM {catalogue} AS described
    JOIN pg_namespace ON nspname = schema_name JOIN pg_class ON relnamespace = pg_namespace.oid
    JOIN {versions} ON relation = pg_class.oid
    WHERE withdrawn_at IS NULL AND tables @> jsonb_build_array(jsonb_build_object('name', relname))
    AND NOT EXISTS (SELECT FROM {restricted} WHERE dataset = described.key) ORDER BY 1, 2
""").format(
    catalogue=sql.Identifier(*CATALOGUE),
    versions=sql.Identifier(*TABLE_VERSION),
    restricted=sql.Identifier(*RESTRICTED_DATASET),
)
# Of an array the type of its elements.
_COLUMNS: Final = """
    SELECT attname::text, coalesce(element.typname, own.typname)::text, element.oid IS NOT NULL FROM pg_attribute
    JOIN pg_type AS own ON own.oid = atttypid LEFT JOIN pg_type AS element ON element.typarray = own.oid
    WHERE attrelid = %s::regclass AND attnum > 0 AND NOT attisdropped AND attname <> ALL (%s) ORDER BY attnum
"""
_OPEN: Final = sql.SQL("""
    SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY;
    SET LOCAL datestyle = 'ISO, YMD'; SET LOCAL timezone = 'UTC'; SET LOCAL extra_float_digits = 1;
    LOCK TABLE {table} IN ACCESS SHARE MODE
""")


def find_work(connection: Connection, storage: Storage, kept: int) -> Work:
    """Compare the tables that are served with what is in the storage, of which `kept` versions stay."""
    served = [ServedTable(*row) for row in connection.execute(_SERVED).fetchall()]
    folders: dict[str, set[str]] = {}
    for found in storage.list_tree(parquet_folder()):
        path = PurePosixPath(parquet_folder(), found.name)
        folders.setdefault(str(path.parent), set()).add(path.name)
    stale = [table for table in served if not _is_written(table, folders.get(table.folder, set()))]
    superfluous = [
        f"{folder}/{name}" for folder in folders.keys() - {table.folder for table in served} for name in folders[folder]
    ]
    for table in served:
        names = folders.get(table.folder, set())
        versions = sorted({int(name.partition(".")[0]) for name in names if name[0].isdigit()}, reverse=True)
        outdated = {str(version) for version in versions[kept:]}
        superfluous += [f"{table.folder}/{name}" for name in names if name.partition(".")[0] in outdated]
    return Work(stale, sorted(superfluous))


def _is_written(table: ServedTable, names: set[str]) -> bool:
    return not names.isdisjoint({f"{table.version}.parquet", f"{table.version}.txt"})


def write_table(connection: Connection, storage: Storage, table: ServedTable) -> int | None:
    """Write a table's files in its present version, which is returned; None where Parquet cannot have a value of it.

    `connection` is in autocommit mode. It holds one snapshot for as long as the table takes, in constant memory. Raises
    TransientError, and psycopg.Error where the table is gone meanwhile: what was there before stays.
    """
    # Here, since processes that write no such files need no Arrow.
    from dss_web.shared.parquet import NotRepresentable, ParquetColumn, ParquetRows  # noqa: PLC0415

    name = sql.Identifier(table.schema, table.name)
    with connection.transaction():
        connection.execute(_OPEN.format(table=name))
        version = _version(connection, name)
        if version is None:
            return None
        columns = connection.execute(_COLUMNS, [name.as_string(connection), list(HIDDEN_COLUMNS)]).fetchall()
        rows = ParquetRows([ParquetColumn(column, column, kind, is_array) for column, kind, is_array in columns])
        statement = sql.SQL("COPY (SELECT {} FROM {} AS t) TO STDOUT ({})").format(rows.values, name, rows.options)

        def content() -> Iterator[bytes]:
            for block in _blocks(connection, statement, rows.block_bytes):
                yield rows.encode(block)
            yield rows.end()

        try:
            storage.put(f"{table.folder}/{_NEXT}", content())
        except NotRepresentable as error:
            storage.put(f"{table.folder}/{version}.txt", [f"{error}.\n".encode()])
            return None
    for target in (LATEST, f"{version}.parquet"):
        storage.copy(f"{table.folder}/{_NEXT}", f"{table.folder}/{target}")
    storage.delete(f"{table.folder}/{_NEXT}")
    return version


def _version(connection: Connection, name: sql.Identifier) -> int | None:
    """The table's version in the snapshot."""
    found = connection.execute(
        sql.SQL("SELECT version FROM {} WHERE relation = %s::regclass").format(sql.Identifier(*TABLE_VERSION)),
        [name.as_string(connection)],
    ).fetchone()
    return found[0] if found else None


def _blocks(connection: Connection, statement: sql.Composed, size: int) -> Iterator[list[memoryview]]:
    """The rows of a COPY in blocks of about `size` bytes."""
    block: list[memoryview] = []
    block_bytes = 0
    with connection.cursor() as cursor, cursor.copy(statement) as copy:
        for row in copy:
            block.append(memoryview(row))
            block_bytes += len(row)
            if block_bytes >= size:
                yield block
                block, block_bytes = [], 0
    if block:
        yield block
