"""Two versions of a dataset beside each other: their columns, their rows, and what the rows have in common."""

from dataclasses import dataclass
from typing import Final

from django.db import DatabaseError, connection, transaction
from psycopg import sql

from dss_web.registry.models import KeptTable, UploadFile
from dss_web.shared.contract import TABLE_VERSION, ColumnType, kept_name
from dss_web.uploads.titles import TYPE_TITLES

# Rows of two tables of a million are compared in some seconds, while a person waits.
_MOST_ROWS: Final = 1_000_000
_SECONDS: Final = 20
# A load locks an old table and then the one in use; a comparison that waits between the two gives up before Postgres
# looks for deadlocks (after a second) and ends one of both.
_LOCK_MILLISECONDS: Final = 300


@dataclass(frozen=True, slots=True)
class VersionTable:
    """The table that holds the rows of a version: its name, and its generation."""

    name: str
    generation: int


@dataclass(frozen=True, slots=True)
class CommonRows:
    """How many rows two versions share, by the values of the columns that both have."""

    same: int
    removed: int
    added: int


@dataclass(frozen=True, slots=True)
class Comparison:
    """How the version `after` differs from `before`. `retyped` has (name, type before, type after), for people.

    `common` is None unless the rows of both are in tables.
    """

    before: UploadFile
    after: UploadFile
    missing: list[str]
    new: list[str]
    retyped: list[tuple[str, str, str]]
    common: CommonRows | None

    @property
    def has_same_columns(self) -> bool:
        """Whether whoever reads the one can read the other."""
        return not (self.missing or self.new or self.retyped)


def table_of(version: UploadFile) -> VersionTable | None:
    """The table with the rows of a version: the one in use, or one that is kept; None where there is none."""
    key = str(version.pipeline)
    kept = KeptTable.objects.filter(source=key, file_name=str(version.id), digest=version.digest).first()
    if kept:
        return VersionTable(kept_name("L0", kept.generation), kept.generation)
    table = sql.Identifier(key, "L0")
    try:
        # A replacement between the two statements would be an error, which must not end an outer transaction.
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(
                sql.SQL("SELECT generation FROM {} WHERE relation = to_regclass(%s)").format(
                    sql.Identifier(*TABLE_VERSION)
                ),
                [table.as_string(cursor.connection)],
            )
            if not (generation := cursor.fetchone()):
                return None
            cursor.execute(sql.SQL("SELECT datafile_created FROM {} LIMIT 1").format(table))
            return VersionTable("L0", generation[0]) if cursor.fetchone() == (str(version.id),) else None
    except DatabaseError:
        return None


def compare(before: UploadFile, after: UploadFile) -> Comparison:
    """What would change for readers of `before` who read `after` instead. Both are versions of one dataset."""
    old = dict(zip(before.column_names or [], before.column_types or [], strict=True))
    new = dict(zip(after.column_names or [], after.column_types or [], strict=True))
    return Comparison(
        before,
        after,
        missing=[name for name in old if name not in new],
        new=[name for name in new if name not in old],
        retyped=[
            (name, TYPE_TITLES[ColumnType(old[name])], TYPE_TITLES[ColumnType(kind)])
            for name, kind in new.items()
            if name in old and old[name] != kind
        ],
        common=_common_rows(before, after, [name for name, kind in new.items() if old.get(name) == kind]),
    )


def _common_rows(before: UploadFile, after: UploadFile, columns: list[str]) -> CommonRows | None:
    """Count the rows that both have; None where they are not in tables, have no column in common, or are too many."""
    if not columns or max(before.rows or 0, after.rows or 0) > _MOST_ROWS:
        return None
    tables = [table_of(before), table_of(after)]
    if None in tables:
        return None
    names = sql.SQL(", ").join(map(sql.Identifier, columns))
    rows = [
        sql.SQL("SELECT {} FROM {}").format(names, sql.Identifier(str(before.pipeline), table.name))
        for table in tables
        if table
    ]
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(
                "SELECT set_config('statement_timeout', %s, true), set_config('lock_timeout', %s, true)",
                [str(_SECONDS * 1000), str(_LOCK_MILLISECONDS)],
            )
            cursor.execute(_COUNT.format(before=rows[0], after=rows[1]))
            found = cursor.fetchone()
    except DatabaseError:
        # Replaced meanwhile, or too slow: the page says less, and is shown.
        return None
    return CommonRows(*found) if found else None


# A row that comes three times in one version and twice in the other is the same twice.
_COUNT: Final = sql.SQL("""
    WITH before AS ({before}), after AS ({after})
    SELECT (SELECT count(*) FROM (TABLE before INTERSECT ALL TABLE after) AS same),
        (SELECT count(*) FROM (TABLE before EXCEPT ALL TABLE after) AS removed),
        (SELECT count(*) FROM (TABLE after EXCEPT ALL TABLE before) AS added)
""")
