"""The header of a published file -> the declared columns."""

from dataclasses import dataclass

from dss_assets.dataset import Absent, Column, Others
from dss_assets.errors import WrongHeader


@dataclass(frozen=True, slots=True)
class Header:
    """The `titles` of a file in their order, and the column of each; None where it is skipped."""

    titles: tuple[str, ...]
    columns: tuple[Column | None, ...]

    @property
    def declared(self) -> tuple[Column, ...]:
        """The columns that are loaded, in the order of the file."""
        return tuple(column for column in self.columns if column is not None)

    @property
    def named(self) -> dict[str, str]:
        """The title of each loaded column."""
        return {column.name: title for title, column in zip(self.titles, self.columns, strict=True) if column}

    @property
    def is_whole(self) -> bool:
        """Whether every column of the file is loaded."""
        return None not in self.columns


def match_header(titles: list[str], columns: tuple[Column, ...], others: Others, place: str) -> Header:
    """The columns that the titles name.

    Raises WrongHeader, with both lists, where a column is named twice, one that may not be absent is not named, or a
    title names no column and others are refused.
    """
    matched = [next((column for column in columns if column.is_titled(title)), None) for title in titles]
    unknown = [title for title, column in zip(titles, matched, strict=True) if column is None]
    missing = [c.name for c in columns if c not in matched and c.absent is Absent.REFUSED]
    doubled = [column.name for column in columns if matched.count(column) > 1]
    if (unknown and others is Others.REFUSED) or missing or doubled or not any(matched):
        differences = [("unknown", unknown), ("missing", missing), ("twice", doubled)]
        raise WrongHeader(
            f"{place}, line 1: the header is not as declared; "
            + "; ".join(f"{what}: {', '.join(names)}" for what, names in differences if names)
            + f". Found {len(titles)} columns: {', '.join(titles)}. "
            f"Expected {len(columns)}: {', '.join(column.name for column in columns)}. Nothing was loaded. "
            "If this is a new edition, declare its titles and materialise the partition again."
        )
    return Header(tuple(titles), tuple(matched))
