"""What stands in a file."""

from dataclasses import dataclass, field

from dss_web.shared.csv import Dialect


@dataclass(frozen=True, slots=True)
class Delimited:
    """CSV with a header.

    With `member`, a pattern for the whole name, the file is a zip and the first such member is read; named
    groups of the pattern become values of the whole file, which L1 can use (`FileValue`). Without it the file
    is read as it is or, where it is a zip, its first member.
    """

    member: str | None = None
    delimiter: str = ","
    encoding: str = "utf-8"


@dataclass(frozen=True, slots=True)
class TrailingList:
    """Lines without header or quoting in a zip of zips, whose last column gathers all further fields.

    A line with fewer fields than there are columns is left out and counted. Quotation marks are removed from
    all fields but the gathered ones; empty fields stay empty strings, as they were published.
    """

    separator: str
    encoding: str


@dataclass(frozen=True, slots=True)
class UserCsv:
    """CSV as staff upload it, with a header. `dialect` is how the check of the upload read it."""

    dialect: Dialect = field(default_factory=Dialect)


Format = Delimited | TrailingList | UserCsv
