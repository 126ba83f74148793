"""Which members of a zip are read."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from dss_assets.dataset.validation import require, require_pattern


@dataclass(frozen=True, slots=True)
class Member:
    """The member of a zip whose whole name, folders included, matches `name` in any case; two of them are an error.

    Named groups become values of the whole file, which L1 can use (`FileValue`), or of the member's rows
    (`Column.from_name`).
    """

    name: str = ".*"

    def __post_init__(self) -> None:
        require_pattern(self.name, "the member's name")

    @property
    def groups(self) -> frozenset[str]:
        """The named groups of the pattern."""
        return require_pattern(self.name, "the member's name")


@dataclass(frozen=True, slots=True)
class Members(Member):
    """All members whose names match, in their stored order. Their headers must be the same.

    Their named groups must be the same too, but for those that a column takes (`Column.from_name`).
    """


def matching_members(names: Iterable[str], words: Iterable[Member]) -> tuple[Member | None, list[re.Match[str]]]:
    """The first word that any of the names matches, and its matches in their order; None without any."""
    known = list(names)
    for word in words:
        matches = [match for name in known if (match := re.fullmatch(word.name, name, re.IGNORECASE | re.DOTALL))]
        if matches:
            return word, matches
    return None, []


@dataclass(frozen=True, slots=True, kw_only=True)
class Packed:
    """A file as it is, in a gzip, or in a zip, whose members may be in a gzip each.

    `members` says which members of a zip are read: the first of these words that any member matches. What else is in
    the zip is not read, and counted. Where none matches, members of zips within the zip are looked for, as
    `inner.zip/name`.
    """

    members: tuple[Member, ...] = (Member(),)

    def __post_init__(self) -> None:
        require(bool(self.members), "a file in a zip is found by at least one Member")

    @property
    def groups(self) -> frozenset[str]:
        """The values that every member's name gives."""
        return frozenset.intersection(*(member.groups for member in self.members))
