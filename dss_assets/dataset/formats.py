"""What stands in a file."""

import codecs
import re
from dataclasses import dataclass, field
from enum import StrEnum

from dss_assets.dataset.validation import require
from dss_web.shared.csv import Dialect


@dataclass(frozen=True, slots=True)
class Member:
    """The member of a zip whose whole name, folders included, matches `name` in any case; two of them are an error.

    Named groups become values of the whole file, which L1 can use (`FileValue`).
    """

    name: str = ".*"

    def __post_init__(self) -> None:
        try:
            re.compile(self.name)
        except re.error as error:
            raise ValueError(f"the member's name {self.name!r} is no regular expression: {error}") from error


@dataclass(frozen=True, slots=True)
class Members(Member):
    """All members whose names match, in their stored order; their headers and their named groups must be the same."""


class Others(StrEnum):
    """What becomes of columns of a file that nobody declared."""

    REFUSED = "refused"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True)
class Delimited:
    """CSV with a header, as it is or in a zip.

    Empty fields are NULL, and so are those that hold nothing but one of the words `nulls` and blanks, unquoted.
    `members` says which members of a zip are read: the first of these words that any member matches. What else is in
    the zip is not read. A file of which columns are skipped has to be rewritten for COPY, at a third of the speed.
    """

    members: tuple[Member, ...] = (Member(),)
    delimiter: str = ","
    encoding: str = "utf-8"
    others: Others = Others.REFUSED
    nulls: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        require(bool(self.members), "a file in a zip is found by at least one Member")
        require(len(self.delimiter) == 1, f"the delimiter {self.delimiter!r} is not one character")


@dataclass(frozen=True, slots=True)
class TrailingList:
    """Lines without header or quoting in a zip (of zips), whose last column gathers all further fields.

    A line with fewer fields than there are columns is skipped and counted. Quotation marks are removed from all fields
    but the gathered ones; empty fields stay empty strings, as they were published. Of several `encodings`, of one byte
    a character, the bytes of each file decide; of those that fit as well, the first is taken.
    """

    separator: str
    encodings: tuple[str, ...]

    def __post_init__(self) -> None:
        require(bool(self.encodings), "a text has an encoding")
        for encoding in self.encodings:
            try:
                codecs.lookup(encoding)
            except LookupError as error:
                raise ValueError(f"Python knows no encoding {encoding!r}") from error


@dataclass(frozen=True, slots=True)
class UserCsv:
    """CSV as staff upload it, with a header. `dialect` is how the check of the upload read it."""

    dialect: Dialect = field(default_factory=Dialect)


Format = Delimited | TrailingList | UserCsv
