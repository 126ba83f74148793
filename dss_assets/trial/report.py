"""What `try` prints of a file."""

from collections.abc import Iterator, Sequence

from dss_assets.dataset import OTHER_COLUMNS, Absent, Column, Dataset
from dss_assets.trial.reading import Shown, Tried

# Three rows beside names, types and titles fit a terminal.
WIDEST_CELL = 28
MOST_REJECTS = 20


def file_report(dataset: Dataset, tried: Tried) -> Iterator[str]:
    """Each column with its type, its title in this file and its first values; then what was skipped or remarked."""
    names = [column.name for column in tried.columns]
    if dataset.columns:
        heads = ["column", "type", "title in this file"]
        yield from _table(
            heads, [[one.name, one.type, _title(one, tried)] for one in dataset.columns], names, tried.first
        )
    others = [title for title in tried.titles if not any(column.is_titled(title) for column in dataset.columns)]
    # Those without a title alone are not worth a line: where others are refused, they have no value.
    if any(map(str.strip, others)):
        become = f"Kept in {OTHER_COLUMNS.name}" if OTHER_COLUMNS in dataset.columns else "Skipped"
        yield f"  {become}, since nobody declared them: {', '.join(_listed(title) for title in others)}"
    for reason, count in tried.skipped.items():
        yield f"  Skipped rows: {count:,} with {reason}"
    for reject in tried.rejects[:MOST_REJECTS]:
        yield f"  Skipped {reject}"
    if len(tried.rejects) > MOST_REJECTS:
        yield f"  … and {len(tried.rejects) - MOST_REJECTS:,} more"
    for remark in tried.remarks:
        yield f"  Remark: {remark}"


def table_report(shown: Shown) -> Iterator[str]:
    """Each column of a table with its first values."""
    yield from _table(["column"], [[name] for name in shown.columns], shown.columns, shown.first)


def _listed(title: str) -> str:
    return title.strip() or "one without a title"


def _title(column: Column, tried: Tried) -> str:
    if column == OTHER_COLUMNS:
        return "(what nobody declared)"
    if not column.is_in_rows:
        return "(of the file's name)"
    if tried.titles and not any(column.is_titled(title) for title in tried.titles):
        return "(absent: NULL)" if column.absent is Absent.NULL else "(not in the first record)"
    return next((title for title in tried.titles if column.is_titled(title)), "")


def _table(
    heads: list[str], lines: list[list[str]], names: Sequence[str], rows: Sequence[Sequence[object]]
) -> Iterator[str]:
    values: dict[str, Sequence[object]] = {name: [row[place] for row in rows] for place, name in enumerate(names)}
    head = [*heads, *(f"row {number}" for number in range(1, len(rows) + 1))]
    body = [[*line, *map(_shown, values.get(line[0], [None] * len(rows)))] for line in lines]
    widths = [max(len(_cut(cell)) for cell in column) for column in zip(head, *body, strict=True)]
    for line in (head, *body):
        cells = (f"{_cut(cell):<{width}}" for cell, width in zip(line, widths, strict=True))
        yield "  " + "  ".join(cells).rstrip()


def _shown(value: object) -> str:
    return "NULL" if value is None else str(value)


def _cut(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= WIDEST_CELL else f"{line[: WIDEST_CELL - 1]}…"
