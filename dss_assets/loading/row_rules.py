"""What holds for each row by itself: L1 can convert its values, and it has those by which it is known."""

from collections.abc import Iterator
from dataclasses import dataclass

from psycopg import sql

from dss_assets.dataset import Chosen, Dataset, ReleasedTable
from dss_assets.loading.views import applied
from dss_assets.parsing import Fault

# Enough to find a value again; a text may be a page long.
SHOWN_CHARACTERS = 200


@dataclass(frozen=True, slots=True)
class RowRule:
    """A rule for each row: `broken` is the condition that it does not hold, over the columns of a table."""

    columns: tuple[str, ...]
    broken: sql.Composable
    expected: str

    def fault(self, values: tuple[str | None, ...]) -> Fault:
        """What is wrong with a row that has these values in the rule's columns."""
        if len(self.columns) == 1:
            reason = f"column {self.columns[0]}: found {quoted(values[0])}, expected {self.expected}"
        else:
            found = ", ".join(f"{name} = {quoted(value)}" for name, value in zip(self.columns, values, strict=True))
            reason = f"found {found}, expected {self.expected}"
        return Fault(reason, f"a value of {', '.join(self.columns)} that is not {self.expected}")


def rules_of(dataset: Dataset) -> Iterator[RowRule]:
    """What L1 asks of the rows of L0."""
    if isinstance(dataset.l1, Chosen):
        for name in dataset.l1.key:
            yield _present(name)
    for column in dataset.conversions:
        if column.conversion.valid and column.source in {one.name for one in dataset.columns}:
            valid = applied(column.conversion.valid, sql.Identifier(column.source))
            yield RowRule((column.source,), sql.SQL("NOT ({})").format(valid), column.conversion.expected)


def rules_of_table(table: ReleasedTable) -> Iterator[RowRule]:
    """What a released table asks of its rows. Keys look at other rows as well, and are not among these."""
    for name in table.required:
        yield _present(name)
    if table.has_published_id:
        yield RowRule(("id",), sql.SQL("id < 0"), "a whole number from 0 on, since pages of the table go by it")
    for check in table.checks:
        yield RowRule(check.columns, sql.SQL("NOT ({})").format(sql.SQL(check.sql)), check.expected)


def _present(name: str) -> RowRule:
    return RowRule((name,), sql.SQL("{} IS NULL").format(sql.Identifier(name)), "a value")


def quoted(value: str | None) -> str:
    """A value as a message shows it."""
    if value is None:
        return "NULL"
    return repr(value if len(value) <= SHOWN_CHARACTERS else f"{value[:SHOWN_CHARACTERS]}…")
