"""What stands in a file."""

from dataclasses import dataclass, field
from enum import StrEnum
from itertools import accumulate
from typing import NamedTuple

from dss_assets.dataset.columns import Column, Pattern
from dss_assets.dataset.facts import FILING_COLUMNS, Fact
from dss_assets.dataset.members import Member, Packed
from dss_assets.dataset.tabular import Others, Tabular, Titled
from dss_assets.dataset.validation import require, require_encoding, require_pattern
from dss_web.shared.csv import Reading


class QuotedNulls(StrEnum):
    """What a word for NULL is in quotation marks."""

    TEXT = "text"
    NULL = "null"


@dataclass(frozen=True, slots=True, kw_only=True)
class Delimited(Titled):
    """Text whose fields are delimited, such as CSV.

    `quote` stands around fields that hold delimiters or line ends; with None quotation marks are text, and a field
    ends at the next delimiter or line end, whatever is in it. `quoted_nulls` says what one of the words `nulls` is in
    quotation marks. A file in UTF-8 is read as such where an `encoding` of one byte a character is declared. Of a zip
    the one CSV is read, whatever lies beside it, unless `members` say otherwise.

    Loading is fastest where the bytes can be copied as they came. Lines are rewritten where there may be comments or a
    footer, where the header has to be found, and for an encoding that Postgres does not read; whole rows where columns
    are skipped or kept, have values that are `written` in a way of their own, or come `from_name`.
    """

    members: tuple[Member, ...] = (Member(r".*\.csv"), Member())
    delimiter: str = ","
    quote: str | None = '"'
    encoding: str = "utf-8"
    quoted_nulls: QuotedNulls = QuotedNulls.TEXT

    def __post_init__(self) -> None:
        Titled.__post_init__(self)
        require(
            len(self.delimiter) == 1 and self.delimiter.isascii() and self.delimiter not in '"\r\n',
            f"the delimiter {self.delimiter!r} is not one character that ends a field",
        )
        require(
            self.quote is None
            or (len(self.quote) == 1 and self.quote.isascii() and self.quote not in f"\r\n{self.delimiter}"),
            f"the quotation mark {self.quote!r} is not one character of ASCII, other than the delimiter",
        )
        require_encoding(self.encoding)


class Span(NamedTuple):
    """A column of fixed width: its first character, counted from 1, and how many it has."""

    start: int
    length: int


@dataclass(frozen=True, slots=True, kw_only=True)
class FixedWidth(Tabular):
    """Lines in which each column has its place: `widths` of columns that follow one another, or a `Span` for each.

    They are in the order of the declared columns. Each line has as many characters as all columns together, or
    `length`; another length is an error. Blanks around a value are left out.
    """

    widths: tuple[int, ...] = ()
    spans: tuple[Span, ...] = ()
    length: int | None = None
    encoding: str = "utf-8"

    def __post_init__(self) -> None:
        Tabular.__post_init__(self)
        require(bool(self.widths) != bool(self.spans), "columns of fixed width have either widths or spans")
        for start, length in self.all_spans:
            require(start > 0 and length > 0, f"no column starts at {start} and has {length} characters")
        require(
            self.length is None or self.length >= self._end,
            f"a line of {self.length} characters does not hold all columns",
        )
        require_encoding(self.encoding)

    @property
    def all_spans(self) -> tuple[Span, ...]:
        """The place of each column."""
        starts = accumulate(self.widths, initial=1)
        return self.spans or tuple(Span(start, width) for start, width in zip(starts, self.widths, strict=False))

    @property
    def line_length(self) -> int:
        """How many characters a line has."""
        return self.length or self._end

    @property
    def _end(self) -> int:
        """The last character of the last column."""
        return max(start + length - 1 for start, length in self.all_spans)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet(Titled):
    """A sheet of a workbook (XLSX, XLSM, XLSB, XLS, ODS), as it is or in a zip: the one called `sheet`, or the first.

    Numbers and dates are those of the cells, not what a spreadsheet program shows: 1234.5 and 2024-01-31. An empty row
    is left out; a cell with an error, such as #N/A, is empty. Workbooks cannot be streamed: a sheet is held whole, at
    about 1.6 times the size of its XML. So `max_workbook_bytes` limits what a workbook unpacks to.
    """

    sheet: str | Pattern | None = None
    # A sheet of 300,000 rows of 8 columns has 125 MB, and takes 200 MB of memory and 17 seconds.
    max_workbook_bytes: int = 256 * 1024**2

    def __post_init__(self) -> None:
        Titled.__post_init__(self)
        require(self.sheet != "", "a sheet has a name")
        require(self.max_workbook_bytes > 0, "max_workbook_bytes is not above zero")


@dataclass(frozen=True, slots=True, kw_only=True)
class JsonRecords(Packed):
    """Objects of a JSON document in UTF-8, one a row.

    `path` leads to the list of them: keys of objects, and positions in lists, counted from 0: `("result", "records")`
    for `{"result": {"records": [...]}}`, `(1,)` for `[{...}, [...]]`. At its end may be one object, and a file may hold
    several documents one after the other, as JSON Lines do.

    The titles of a record's fields are their keys, and in objects within it the keys with dots between:
    `country.id`. A list within it is its JSON text. Each record must have the declared columns that may not be absent.
    """

    path: tuple[str | int, ...] = ()
    others: Others = Others.REFUSED

    def __post_init__(self) -> None:
        Packed.__post_init__(self)
        require(not isinstance(self.path, str), "the path is one text, and not a tuple of keys and positions")
        for part in self.path:
            require(isinstance(part, str) or part >= 0, f"no list has a position {part}: the path counts from 0")


@dataclass(frozen=True, slots=True)
class TrailingList:
    """Lines without header or quoting in a zip (of zips), whose last column gathers all further fields.

    A line with fewer fields than there are columns is skipped and counted. Quotation marks are removed; empty fields
    stay empty strings, as they were published. Of several `encodings`, of one byte a character, the bytes of each file
    decide; of those that fit as well, the first is taken. A file in UTF-8 is read as such, whatever is declared.
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
    """A file as staff upload it. `reading` is how the check of the upload read it.

    Its person has agreed that so many rows are `left_out`, since a value is not of its column's type: exactly so many
    are. Without it one such row refuses the file.
    """

    reading: Reading = field(default_factory=Reading)
    left_out: int = 0

    def __post_init__(self) -> None:
        require(self.left_out >= 0, f"{self.left_out} rows of an upload cannot be left out: 0 or more can")


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
        return (
            *FILING_COLUMNS,
            *(Column(fact.column, fact.type.column_type, description=fact.description) for fact in facts),
        )


Format = Delimited | FixedWidth | Sheet | JsonRecords | TrailingList | UserCsv | XbrlAccounts
