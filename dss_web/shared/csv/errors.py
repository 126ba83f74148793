"""What can be wrong with an uploaded file, as fields: the pages and the loader make their own sentences of them."""

from dataclasses import dataclass
from enum import StrEnum, auto

from dss_web.shared.csv.dialect import Dialect


class ProblemKind(StrEnum):
    """What is wrong. The comment says what `Problem.found` holds where that is not plain."""

    EMPTY = auto()
    OTHER_KIND = auto()  # found: a FileKind
    NOT_TEXT = auto()
    WRONG_MARK = auto()  # a byte order mark, and bytes that its encoding does not have
    UNDECODABLE = auto()
    NO_HEADER = auto()
    HEADER_IS_DATA = auto()  # found: the first titles
    NO_ROWS = auto()
    UNCLOSED_QUOTE = auto()
    STRAY_QUOTE = auto()
    TOO_MANY_VALUES = auto()
    TOO_FEW_VALUES = auto()
    UNNAMED_COLUMN = auto()
    UNUSABLE_NAME = auto()  # found: the title
    RESERVED_NAME = auto()  # found: the title; expected: a name that could be used
    LONG_NAME = auto()  # found: the title


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong. Lines and columns are counted from 1; a row is on the line on which it ends."""

    kind: ProblemKind
    line: int | None = None
    column: int | None = None
    found: str = ""
    expected: str = ""


class InvalidCsv(Exception):
    """The file cannot be read as it is: `problems` has at least one, `dialect` is how it was read, once that is known.

    The text is for engineers.
    """

    def __init__(self, *problems: Problem, dialect: Dialect | None = None) -> None:
        """`problems` are in the order of the file."""
        super().__init__("; ".join(map(str, problems)))
        self.problems = problems
        self.dialect = dialect
