"""What `try` prints of a file."""

from collections.abc import Iterator, Sequence

from dss_assets.dataset import Column, Dataset
from dss_assets.parsing import Rows
from dss_assets.trial.reading import Tried

# Three rows beside names, types and titles fit a terminal.
WIDEST_CELL = 28
MOST_REJECTS = 20


def file_report(dataset: Dataset, rows: Rows, tried: Tried) -> Iterator[str]:
    """Each column with its type, its title in this file and its first values; then what was skipped or remarked."""
    yield from _table(
        ["column", "type", "title in this file"],
        [[column.name, column.type, _title(column, rows)] for column in dataset.columns],
        tried,
    )
    others = [title for title in rows.titles if not any(column.is_titled(title) for column in dataset.columns)]
    if others:
        yield f"  Skipped columns, which nobody declared: {', '.join(others)}"
    for reason, count in rows.skipped.items():
        yield f"  Skipped rows: {count:,} with {reason}"
    for reject in rows.rejects[:MOST_REJECTS]:
        yield f"  Skipped {reject.place}: {reject.reason}"
    if len(rows.rejects) > MOST_REJECTS:
        yield f"  … and {len(rows.rejects) - MOST_REJECTS:,} more"
    for name, value in rows.file_values.items():
        yield f"  Value of the whole file: {name} = {value}"
    for remark in (*rows.remarks, *tried.remarks):
        yield f"  Remark: {remark}"


def table_report(tried: Tried) -> Iterator[str]:
    """Each column of a table with its first values."""
    yield from _table(["column"], [[name] for name in tried.columns], tried)


def _title(column: Column, rows: Rows) -> str:
    if column not in rows.columns:
        return "(absent: NULL)"
    return next((title for title in rows.titles if column.is_titled(title)), "")


def _table(heads: list[str], lines: list[list[str]], tried: Tried) -> Iterator[str]:
    values: dict[str, Sequence[object]] = {
        name: [row[place] for row in tried.first] for place, name in enumerate(tried.columns)
    }
    head = [*heads, *(f"row {number}" for number in range(1, len(tried.first) + 1))]
    body = [[*line, *map(_shown, values.get(line[0], [None] * len(tried.first)))] for line in lines]
    widths = [max(len(_cut(cell)) for cell in column) for column in zip(head, *body, strict=True)]
    for line in (head, *body):
        cells = (f"{_cut(cell):<{width}}" for cell, width in zip(line, widths, strict=True))
        yield "  " + "  ".join(cells).rstrip()


def _shown(value: object) -> str:
    return "NULL" if value is None else str(value)


def _cut(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= WIDEST_CELL else f"{line[: WIDEST_CELL - 1]}…"
