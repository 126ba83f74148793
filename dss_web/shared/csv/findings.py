"""What is found in a file, as fields: the pages, the command and the loader make their own sentences of them."""

from dataclasses import dataclass
from enum import StrEnum, auto

from dss_web.shared.csv.reading import Reading


class Severity(StrEnum):
    """What a finding asks of the person. The worst of a file decides what becomes of it."""

    TELL = auto()  # it was put right, or it is as it stands: the person should know
    ASK = auto()  # there is a proposal, which the person must confirm or change
    REFUSE = auto()  # nothing can be loaded before the file, or how it is read, is changed


class FindingKind(StrEnum):
    """What was found. The comment says what `Finding.found` holds where that is not plain."""

    # The file
    EMPTY = auto()
    OTHER_KIND = auto()  # found: a FileKind
    UNPACKED = auto()  # found: the name of the member
    MANY_MEMBERS = auto()  # found: their names
    SHEET = auto()  # found: its name; expected: the other sheets
    NO_SHEET = auto()
    FAR_CELLS = auto()  # a sheet that would take too much memory
    CELL_ERRORS = auto()
    UNPACKS_TO_TOO_MUCH = auto()
    LONG_LINE = auto()
    # Its text
    NOT_TEXT = auto()
    ENCODING = auto()  # found: words as they would look; expected: the encodings that are possible
    WRONG_MARK = auto()  # a byte order mark, and bytes that its encoding does not have
    MARKS = auto()  # byte order marks that are doubled or within the text
    UNDECODABLE = auto()
    NUL = auto()
    CONTROLS = auto()  # C1 controls, which are Windows-1252 that was read as Latin-1
    DECODED_TWICE = auto()
    LOST_LETTERS = auto()  # replacement characters, where a program could not read a letter
    INVISIBLE = auto()  # found: a value with a character that shows nothing, as its number
    WRAPPED_LINES = auto()  # every line stands in quotation marks as a whole
    # Its dialect
    SEPARATOR_LINE = auto()
    DELIMITER = auto()  # more than one separator is possible
    SPACES = auto()  # separated by blanks
    FIXED_WIDTH = auto()
    UNCLOSED_QUOTE = auto()
    STRAY_QUOTE = auto()
    QUOTES_KEPT = auto()  # quotation marks are read as characters
    OTHER_QUOTES = auto()  # values stand in other marks than those of CSV, which are left out
    LONG_VALUE = auto()
    MERGED_VALUES = auto()  # a mark within a value and at the end of a later one, as where a separator is missing
    SWALLOWED_ROWS = auto()  # a value with line ends holds what looks like rows
    # Its shape
    NO_HEADER = auto()
    HEADER_IS_DATA = auto()  # found: the first titles
    HEADER_DOUBTFUL = auto()
    HEADER_LONG = auto()  # more names than values
    HEADER_SHORT = auto()  # fewer names than values, and the last values are empty
    HEADER_LINES = auto()  # several lines were joined
    REPEATED_HEADER = auto()
    RULE_LINE = auto()  # dashes below the names, or around the rows of a table that is drawn
    DESCRIPTION_LINES = auto()  # lines for programs below the names, or what looks like descriptions of the columns
    TITLE_LINES = auto()
    COMMENT_LINES = auto()
    BLANK_ROWS = auto()
    FOOTER = auto()
    TOTAL = auto()
    TOTAL_KEPT = auto()
    SECOND_TABLE = auto()
    ROW_NAMES = auto()
    NO_ROWS = auto()
    TOO_MANY_VALUES = auto()
    TOO_FEW_VALUES = auto()
    SURPLUS_BLANKS = auto()
    CUT_OFF = auto()
    # Its columns
    TOO_MANY_COLUMNS = auto()
    ROW_TOO_WIDE = auto()
    LEFT_OUT = auto()  # columns without a name or a value
    RENAMED = auto()  # found: the title; expected: the name
    UNNAMED_COLUMN = auto()
    CONVERTED = auto()  # found: a value; expected: what becomes of it
    CONVERTIBLE = auto()  # offered, not done; found and expected as above
    AMBIGUOUS_DATES = auto()
    MIXED_DATES = auto()
    SHORT_YEARS = auto()
    OFFSETS = auto()
    ONE_SIDED = auto()  # words for yes or no of which only one occurs
    CODES = auto()  # digits that are no number: leading zeros, 1E5, 1.10 beside 1.1
    CUT_DIGITS = auto()  # long numbers that a spreadsheet has cut to six digits
    CURRENCIES = auto()  # found: the signs of more than one currency
    HASHES = auto()
    NULL_WORDS = auto()
    NEARLY = auto()  # a few values keep a column from a narrower type


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was found. Lines and columns are counted from 1; `count` is how often, where that is known."""

    kind: FindingKind
    severity: Severity = Severity.REFUSE
    line: int | None = None
    column: int | None = None
    found: str = ""
    expected: str = ""
    count: int = 1


class InvalidCsv(Exception):
    """The file cannot be read as it is: `findings` has at least one, `reading` is how it was read, once known.

    The text is for engineers.
    """

    def __init__(self, *findings: Finding, reading: Reading | None = None) -> None:
        """`findings` are in the order of the file."""
        super().__init__("; ".join(map(str, findings)))
        self.findings = findings
        self.reading = reading
