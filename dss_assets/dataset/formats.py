"""What stands in a file."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum

from dss_assets.dataset.columns import Column
from dss_assets.dataset.facts import FILING_COLUMNS, Fact
from dss_assets.dataset.validation import require, require_encoding, require_pattern
from dss_web.shared.csv import Dialect


@dataclass(frozen=True, slots=True)
class Member:
    """The member of a zip whose whole name, folders included, matches `name` in any case; two of them are an error.

    Named groups become values of the whole file, which L1 can use (`FileValue`).
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
    """All members whose names match, in their stored order; their headers and their named groups must be the same."""


def matching_members(names: Iterable[str], words: Iterable[Member]) -> tuple[Member | None, list[re.Match[str]]]:
    """The first word that any of the names matches, and its matches in their order; None without any."""
    known = list(names)
    for word in words:
        matches = [match for name in known if (match := re.fullmatch(word.name, name, re.IGNORECASE | re.DOTALL))]
        if matches:
            return word, matches
    return None, []


class Others(StrEnum):
    """What becomes of columns of a file that nobody declared."""

    REFUSED = "refused"
    SKIPPED = "skipped"


class QuotedNulls(StrEnum):
    """What a word for NULL is in quotation marks."""

    TEXT = "text"
    NULL = "null"


@dataclass(frozen=True, slots=True)
class Delimited:
    """CSV with a header, as it is or in a zip.

    Empty fields are NULL, and so are those that hold nothing but one of the words `nulls` and blanks; `quoted_nulls`
    says what such a word is in quotation marks.
    `members` says which members of a zip are read: the first of these words that any member matches. What else is in
    the zip is not read. A file of which columns are skipped has to be rewritten for COPY, at a third of the speed.
    """

    members: tuple[Member, ...] = (Member(),)
    delimiter: str = ","
    encoding: str = "utf-8"
    others: Others = Others.REFUSED
    nulls: tuple[str, ...] = ()
    quoted_nulls: QuotedNulls = QuotedNulls.TEXT

    def __post_init__(self) -> None:
        require(bool(self.members), "a file in a zip is found by at least one Member")
        require(
            len(self.delimiter) == 1 and self.delimiter not in '"\r\n',
            f"the delimiter {self.delimiter!r} is not one character that ends a field",
        )
        require("" not in self.nulls, "an empty field is NULL already: it is no word for it")
        require_encoding(self.encoding)

    @property
    def groups(self) -> frozenset[str]:
        """The values of the whole file that every member's name gives."""
        return frozenset.intersection(*(member.groups for member in self.members))


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
        require(bool(self.separator), "fields are separated by at least one character")
        for encoding in self.encodings:
            require_encoding(encoding)


@dataclass(frozen=True, slots=True)
class UserCsv:
    """CSV as staff upload it, with a header. `dialect` is how the check of the upload read it."""

    dialect: Dialect = field(default_factory=Dialect)


@dataclass(frozen=True, slots=True)
class XbrlAccounts:
    """A zip of accounts in XBRL and inline XBRL, one document a member, in any number.

    `member` is matched against the whole base name of a member; its groups `run_code`, `company_id` and `date`
    (YYYYMMDD) become columns. A member that is itself a zip holds its document where `nested` says, by its whole name.

    A document gives a row for each period among the figures of `period_facts`, in the order in which the figures are
    found, fact by fact; the first value for a period counts. A document without figures gives one row without a period.
    The value of one of the `document_facts` is the last that has its first tag, else the last that has its next, and
    stands in each row. `taxonomies` are the namespaces that the column `taxonomy` tells, where the root declares them.

    Members that are no documents are skipped, and so are documents and values that cannot be read. A file fails in
    which more than `max_bad_documents`, as a share of its documents and rounded up, cannot be read.
    """

    member: str
    nested: str
    taxonomies: tuple[str, ...]
    document_facts: tuple[Fact, ...]
    period_facts: tuple[Fact, ...]
    max_bad_documents: float = 0.01
    # A document of accounts has 70 KB, one with scanned pages a few megabytes; parsing takes several times its size.
    max_document_bytes: int = 32 * 1024**2

    def __post_init__(self) -> None:
        missing = {"run_code", "company_id", "date"} - require_pattern(self.member, "the name of a member")
        require(not missing, f"the name of a member lacks the groups {', '.join(sorted(missing))}")
        require_pattern(self.nested, "the name of a document in a nested zip")
        require(0 <= self.max_bad_documents <= 1, f"{self.max_bad_documents} is not a share between 0 and 1")

    @property
    def columns(self) -> tuple[Column, ...]:
        """The columns of a row in their order: those of each filing, then the facts."""
        facts = (*self.document_facts, *self.period_facts)
        return (*FILING_COLUMNS, *(Column(fact.column, fact.type.column_type) for fact in facts))


Format = Delimited | TrailingList | UserCsv | XbrlAccounts
