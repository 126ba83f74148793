"""What is checked of each file, and what was found: kept in `operations.datafile_registry.findings`.

Every published file has the checks of EVERY_FILE; a declaration adds those of its rows, which are a few statements
whatever the number of rows: one for all columns, one for each Unique and each References. They run after the load's own
transaction, so that they keep no reader and no other load waiting.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import psycopg
from psycopg import sql
from psycopg.types.json import Jsonb

from dss_assets.counts import counted
from dss_assets.database import Connection
from dss_assets.dataset import Dataset, NotNull, References, RowCheck, Severity, Unique, Within
from dss_assets.editions import Verdict
from dss_assets.errors import NoRows, WrongHeader
from dss_assets.loading import Tables
from dss_assets.loading.file_rows import rows_of_file
from dss_assets.loading.recipe import derivation_of
from dss_web.shared.contract import REGISTRY, FileState

_REGISTRY: Final = sql.Identifier(*REGISTRY)

Findings = dict[str, str]
"""The names of checks that failed, each with a sentence on what was found."""

# Below this share of the rows of the one before it, a release or a period's file is suspect: publishers have cut
# files short, and none has dropped a tenth of its rows on purpose.
SHRUNK: Final = 0.9
# Postgres knows nothing of rows that were just loaded, and plans for few: the checks of 500,000 rows of ONS take 2.1 s,
# and 0.6 s after their columns were analysed. Below this number of rows that costs more than it saves.
ANALYSED_FROM: Final = 100_000
# Files of a release without checks are checked by the runs after it, a minute's worth in each.
MOST_UNCHECKED: Final = 100


@dataclass(frozen=True, slots=True)
class FileCheck:
    """A check that every published file has."""

    name: str
    description: str
    severity: Severity


LOADED: Final = FileCheck("is_loaded", "Each file is loaded as it was offered last.", Severity.ERROR)
_NOT_SHRUNK: Final = FileCheck(
    "not_shrunk", f"No file has fewer than {SHRUNK:.0%} of the rows of what it replaces or follows.", Severity.WARN
)
_SAME_COLUMNS: Final = FileCheck(
    "same_columns", "Each file has the columns of the file before it, under the same titles.", Severity.WARN
)
_UNAMBIGUOUS: Final = FileCheck(
    "read_without_doubt",
    "No file can be read in two ways, by its encoding for example, or leaves a table empty.",
    Severity.WARN,
)
_NO_BAD_ROWS: Final = FileCheck(
    "no_bad_rows", "Each row of a file is as the dataset declares it, so that none was left out.", Severity.WARN
)
EVERY_FILE: Final = (
    LOADED,
    FileCheck(NoRows.check, "Each file has rows.", Severity.ERROR),
    FileCheck(WrongHeader.check, "The header of each file is as the dataset declares it.", Severity.ERROR),
    _NO_BAD_ROWS,
    _NOT_SHRUNK,
    _SAME_COLUMNS,
    _UNAMBIGUOUS,
)


def check_file(
    connection: Connection,
    dataset: Dataset,
    file_name: str,
    rows: int,
    verdict: Verdict,
    remarks: Sequence[str],
    bad_rows: str = "",
) -> Findings:
    """Check a file that has just been loaded, and record in its row of the registry what was found.

    `verdict` compares it with the file before it, `remarks` are what the reader was in doubt about, `bad_rows` says
    which rows were left out. `connection` is in autocommit mode. A check that cannot be made counts as failed: it says
    why, and the file stays loaded.
    """
    findings: Findings = {}
    if bad_rows:
        findings[_NO_BAD_ROWS.name] = bad_rows
    if verdict.rows_before and verdict.rows < SHRUNK * verdict.rows_before:
        findings[_NOT_SHRUNK.name] = f"{counted(verdict.rows, 'row')} after {verdict.rows_before:,}"
    if verdict.columns:
        findings[_SAME_COLUMNS.name] = verdict.columns
    if remarks:
        findings[_UNAMBIGUOUS.name] = " ".join(remarks)
    try:
        findings |= _check_rows(connection, dataset, file_name, rows)
    except psycopg.Error as error:
        if connection.closed:
            raise
        findings |= {check.name: f"It could not be checked: {error}" for check in dataset.checks}
    connection.execute(
        sql.SQL("UPDATE {} SET findings = %s WHERE source = %s AND file_name = %s AND state = %s").format(_REGISTRY),
        [Jsonb(findings), dataset.key, file_name, FileState.PROCESSED],
    )
    return findings


def check_unchecked(connection: Connection, dataset: Dataset) -> None:
    """Check the rows of some files that are loaded and not checked, the last loaded first.

    Their process died before it did so, a release without checks loaded them, or their tables were reshaped.
    """
    unchecked = connection.execute(
        sql.SQL(
            "SELECT file_name, coalesce(rows, 0) FROM {} WHERE source = %s AND state = %s AND findings IS NULL"
            " ORDER BY updated_timestamp DESC LIMIT %s"
        ).format(_REGISTRY),
        [dataset.key, FileState.PROCESSED, MOST_UNCHECKED],
    ).fetchall()
    for file_name, rows in unchecked:
        check_file(connection, dataset, file_name, rows, Verdict(), remarks=())


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the checks found at every file of a dataset, each at its last load.

    `found` has for each check that failed anywhere the files with a sentence each, the last changed first.
    """

    files: int
    failed: int
    unchecked: int
    found: Mapping[str, Mapping[str, str]]


def outcome(connection: Connection, source: str) -> Outcome:
    """The last state of each file of a dataset, whichever run brought it there."""
    rows = connection.execute(
        sql.SQL(
            "SELECT file_name, state, error_message, findings FROM {} WHERE source = %s"
            " ORDER BY updated_timestamp DESC, file_name"
        ).format(_REGISTRY),
        [source],
    ).fetchall()
    found: dict[str, dict[str, str]] = {}
    for file_name, state, error_message, findings in rows:
        if state == FileState.FAILED:
            found.setdefault(LOADED.name, {})[file_name] = error_message or "It failed without a reason."
        for check, sentence in (findings or {}).items():
            found.setdefault(check, {})[file_name] = sentence
    unchecked = sum(state == FileState.PROCESSED and findings is None for _, state, _, findings in rows)
    failed = sum(state == FileState.FAILED for _, state, _, _ in rows)
    return Outcome(len(rows), failed, unchecked, found)


def _analyse(connection: Connection, dataset: Dataset) -> None:
    """Let Postgres look at the columns of L0 that the checks read."""
    checked = {name for check in dataset.checks for name in check.columns}
    columns = [column for column in dataset.columns_of(dataset.file_tables[-1]) if column.name in checked]
    names = {source for column in columns for source in (column.sources or (column.name,))} & {
        column.name for column in dataset.columns
    }
    connection.execute(
        sql.SQL("ANALYZE {} ({})").format(
            Tables(dataset).l0, sql.SQL(", ").join(map(sql.Identifier, ["id", *sorted(names)]))
        )
    )


def _check_rows(connection: Connection, dataset: Dataset, file_name: str, rows: int) -> Findings:
    """What the declared checks find; empty if all pass."""
    if not dataset.checks:
        return {}
    if rows >= ANALYSED_FROM:
        _analyse(connection, dataset)
    table = dataset.file_tables[-1]
    with connection.transaction():
        of_file = rows_of_file(connection, Tables(dataset), table, file_name)
        return _Rows(connection, sql.Identifier(dataset.schema, table), of_file).findings(dataset.checks)


def check_derived(connection: Connection, dataset: Dataset) -> None:
    """Check all rows of a derived L1 as it was made last, and record in its row of the registry what was found.

    `connection` is in autocommit mode. A check that cannot be made counts as failed, as for a file.
    """
    checks, l1 = derivation_of(dataset).checks, Tables(dataset).l1
    findings: Findings = {}
    try:
        if checks:
            connection.execute(sql.SQL("ANALYZE {}").format(l1))
            with connection.transaction():
                findings = _Rows(connection, l1, sql.SQL("true")).findings(checks)
    except psycopg.Error as error:
        if connection.closed:
            raise
        findings = {check.name: f"It could not be checked: {error}" for check in checks}
    connection.execute(
        sql.SQL("UPDATE {} SET findings = %s WHERE source = %s").format(_REGISTRY),
        [Jsonb(findings), dataset.derived_source],
    )


class _Rows:
    """The rows of a table for which a condition holds."""

    def __init__(self, connection: Connection, table: sql.Identifier, condition: sql.Composable) -> None:
        self._connection, self._table, self._condition = connection, table, condition

    def findings(self, checks: Sequence[RowCheck]) -> Findings:
        """The checks that fail, each with what it found."""
        return {check.name: sentence for check, sentence in self._found(checks) if sentence}

    def _found(self, checks: Sequence[RowCheck]) -> Iterator[tuple[RowCheck, str]]:
        """Each check with what it found, '' for nothing."""
        yield from self._of_columns([check for check in checks if isinstance(check, NotNull | Within)])
        for check in checks:
            match check:
                case Unique():
                    yield check, self._repeated(check)
                case References():
                    yield check, self._unknown(check)

    def _one(self, statement: sql.Composed, parameters: Sequence[object] = ()) -> tuple[object, ...]:
        found = self._connection.execute(statement, parameters).fetchone()
        assert found
        return found

    def _of_columns(self, checks: Sequence[NotNull | Within]) -> Iterator[tuple[RowCheck, str]]:
        """The checks that look at one value at a time: one pass over the rows for all of them."""
        if not checks:
            return
        faults = [self._fault(check) for check in checks]
        counts = [sql.SQL("count(*) FILTER (WHERE {})").format(fault) for fault in faults]
        examples = [
            sql.SQL("min({}) FILTER (WHERE {})").format(sql.Identifier(check.column), fault)
            if isinstance(check, Within)
            else sql.SQL("NULL")
            for check, fault in zip(checks, faults, strict=True)
        ]
        found = self._one(
            sql.SQL("SELECT {} FROM {} WHERE {}").format(
                sql.SQL(", ").join([*counts, *examples]), self._table, self._condition
            )
        )
        for check, count, example in zip(checks, found[: len(checks)], found[len(checks) :], strict=True):
            if not count:
                yield check, ""
            elif isinstance(check, NotNull):
                yield check, f"Rows without {check.column}: {count:,}."
            else:
                yield check, f"Rows whose {check.column} is not {check.bounds}: {count:,}, for example {example}."

    def _fault(self, check: NotNull | Within) -> sql.Composed:
        """The condition that holds for a row at fault."""
        column = sql.Identifier(check.column)
        if isinstance(check, NotNull):
            return sql.SQL("{} IS NULL").format(column)
        bounds = [
            sql.SQL("{} {} {}").format(column, sql.SQL(outside), sql.Literal(bound))
            for outside, bound in (("<", check.least), (">", check.greatest))
            if bound is not None
        ]
        return sql.SQL(" OR ").join(bounds)

    def _repeated(self, check: Unique) -> str:
        columns = sql.SQL(", ").join(map(sql.Identifier, check.columns))
        count, example = self._one(
            sql.SQL(
                "SELECT coalesce(sum(times - 1), 0)::bigint, min(example) FROM"
                " (SELECT count(*) AS times, concat_ws(', ', {columns}) AS example FROM {table}"
                " WHERE {condition} AND num_nulls({columns}) = 0 GROUP BY {columns} HAVING count(*) > 1) AS repeated"
            ).format(columns=columns, table=self._table, condition=self._condition)
        )
        names = ", ".join(check.columns)
        return f"Rows that repeat {names} of another row: {count:,}, for example {example}." if count else ""

    def _unknown(self, check: References) -> str:
        # The table that clients read: a dataset without L1 has L0 alone.
        (table,) = self._one(
            sql.SQL("SELECT coalesce(to_regclass({}), to_regclass({}))::text").format(
                *(sql.Literal(sql.Identifier(check.dataset, name).as_string(self._connection)) for name in ("L1", "L0"))
            )
        )
        if table is None:
            return f"{check.dataset} is not loaded yet: no {check.column} can be found there."
        count, example = self._one(
            sql.SQL(
                "SELECT count(*), min(used.value)::text FROM"
                " (SELECT DISTINCT {column} AS value FROM {table} WHERE {condition} AND {column} IS NOT NULL) AS used"
                " WHERE NOT EXISTS (SELECT FROM {other} AS known WHERE known.{to} = used.value)"
            ).format(
                column=sql.Identifier(check.column),
                table=self._table,
                condition=self._condition,
                other=sql.SQL(str(table)),
                to=sql.Identifier(check.to),
            )
        )
        if not count:
            return ""
        return f"Values of {check.column} that {check.dataset} does not have: {count:,}, for example {example}."
