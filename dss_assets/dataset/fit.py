"""Whether the columns of a dataset are those that its format can fill. A mistake is refused with ValueError."""

from dss_assets.dataset.columns import OTHER_COLUMNS, Column
from dss_assets.dataset.formats import FixedWidth, Format, JsonRecords
from dss_assets.dataset.members import Packed
from dss_assets.dataset.tabular import HeaderLine, Others, Titled
from dss_assets.dataset.validation import require


def require_fit(key: str, form: Format, columns: tuple[Column, ...]) -> None:
    """Refuse columns that rows of the format cannot fill. `key` is what messages call the dataset."""
    in_rows = [column for column in columns if column.is_in_rows]
    is_kept = isinstance(form, Titled | JsonRecords) and form.others is Others.KEPT
    require(
        is_kept == (OTHER_COLUMNS in columns),
        f"{key}: other columns are kept where both `others=Others.KEPT` and the column OTHER_COLUMNS say so",
    )
    if isinstance(form, FixedWidth):
        spans = len(form.all_spans)
        require(spans == len(in_rows), f"{key} has {len(in_rows)} columns, and its lines have {spans}")
    if isinstance(form, Titled) and form.header is HeaderLine.NONE:
        _require_positions(key, in_rows)
    unread = [column.name for column in columns if column.written or column.from_name]
    require(
        isinstance(form, Packed) or not unread,
        f"{key}: its format does not read what is written otherwise or is from a name: {', '.join(unread)}",
    )


def _require_positions(key: str, columns: list[Column]) -> None:
    """Without a header, titles are positions; or columns are in their order and have none."""
    titles = [title for column in columns for title in column.titles]
    require(
        not titles or all(column.titles for column in columns),
        f"{key}: without a header either all columns have a position as their title, or none",
    )
    for title in titles:
        require(
            isinstance(title, str) and title.isdecimal() and int(title) > 0,
            f"{key}: without a header the title {title!r} is no position, counted from 1",
        )
