"""The zip of a release -> for each of its tables, the rows of its members."""

from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import BinaryIO

from dss_assets.dataset import Delimited, Release, ReleasedTable, matching_members
from dss_assets.errors import InvalidFile
from dss_assets.parsing.archive import Archive, is_zip
from dss_assets.parsing.delimited import delimited_rows
from dss_assets.parsing.rows import Fault, Rows
from dss_assets.parsing.split_rows import list_rejects, without_rows


@dataclass(frozen=True, slots=True)
class ReleaseRows:
    """A whole release. `skipped` counts the members that are no table's. `bad` rows of each table are left out."""

    form: Delimited
    file: BinaryIO
    place: str
    max_bytes: int
    skipped: Counter[str]
    bad: Mapping[str, Mapping[int, Fault]] = field(default_factory=dict)

    @contextmanager
    def open(self, table: ReleasedTable) -> Iterator[Rows]:
        """The rows of a table, from their beginning, any number of times. Raises InvalidFile as `open_rows` does.

        Bad ones are counted and listed at the end of the block.
        """
        bad = self.bad.get(table.name)
        self.file.seek(0)
        form = replace(self.form, members=table.member_words)
        with delimited_rows(form, table.columns, self.file, self.place, self.max_bytes, {}) as rows:
            # Other members are those of other tables.
            rows.skipped.clear()
            yield without_rows(rows, bad) if bad else rows
            list_rejects(rows, bad or {})


def release_rows(form: Delimited, release: Release, file: BinaryIO, place: str, max_bytes: int) -> ReleaseRows:
    """The release in a zip. Raises InvalidFile where a table has no member, or a member is of two tables."""
    file.seek(0)
    if not is_zip(file):
        raise InvalidFile(
            f"{place} is no zip. Expected one with the CSV files of all {len(release.tables)} tables of a release. "
            "Nothing was loaded."
        )
    members = Archive(file, place, max_bytes).members
    table_of: dict[str, str] = {}
    missing = []
    for table in release.tables:
        _, matches = matching_members(members, table.member_words)
        if not matches:
            missing.append(table.name)
        for match in matches:
            if other := table_of.get(match[0]):
                raise InvalidFile(
                    f"{place}: the member {match[0]} is matched by two tables, {other} and {table.name}. "
                    "Nothing was loaded. Name the member otherwise, or correct the dataset's declaration."
                )
            table_of[match[0]] = table.name
    if missing:
        raise InvalidFile(
            f"{place} is no whole release: it has no file for {', '.join(missing)}. Its members are: "
            f"{', '.join(members) or 'none'}. Nothing was loaded. Add what is missing, with a header if it has no rows."
        )
    others = len(members) - len(table_of)
    return ReleaseRows(form, file, place, max_bytes, Counter({"a member that is no table's": others} if others else {}))
