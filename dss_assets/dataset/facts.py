"""What is taken from an XBRL document, and where in it that stands."""

from dataclasses import dataclass
from enum import StrEnum

from dss_assets.dataset.columns import Column
from dss_assets.dataset.validation import require
from dss_web.shared.contract import ColumnType


class FactType(StrEnum):
    """How the text of an element becomes a value. An empty text and "-" are NULL."""

    TEXT = "text without line ends and quotation marks"
    DATE = "a date with day, month and year; day before month where both could be meant"
    BOOLEAN = "true or false; any other word is NULL"
    # Inline XBRL writes `(1,234)` as `1,234` with sign="-", and thousands with scale="3".
    NUMBER = "a number"
    LABELLED_NUMBER = "a number, after a label that ends in a colon"

    @property
    def column_type(self) -> ColumnType:
        """The type of the column that holds such values."""
        match self:
            case FactType.TEXT:
                return ColumnType.TEXT
            case FactType.DATE:
                return ColumnType.DATE
            case FactType.BOOLEAN:
                return ColumnType.BOOLEAN
            case _:
                return ColumnType.NUMERIC


class TaggedBy(StrEnum):
    """How an element says what it holds: inline XBRL by its attribute `name`, XBRL by its own name."""

    ATTRIBUTE = "attribute"
    ELEMENT = "element"
    EITHER = "either"


@dataclass(frozen=True, slots=True)
class Tag:
    """The elements of one name, whatever its namespace.

    `context_with` and `context_without` are what the id of an element's context must and must not contain. `inside` is
    the name of an element: the first one within any of the tagged elements is read instead. `negated` swaps true and
    false.
    """

    name: str
    tagged_by: TaggedBy
    context_with: str = ""
    context_without: str = ""
    inside: str = ""
    negated: bool = False


def attribute(
    name: str, *, context_with: str = "", context_without: str = "", inside: str = "", negated: bool = False
) -> Tag:
    """The elements whose attribute `name` ends with a colon and this name."""
    return Tag(name, TaggedBy.ATTRIBUTE, context_with, context_without, inside, negated)


def element(name: str, *, negated: bool = False) -> Tag:
    """The elements of this name."""
    return Tag(name, TaggedBy.ELEMENT, negated=negated)


def either(name: str) -> Tag:
    """Both, in the order of the document."""
    return Tag(name, TaggedBy.EITHER)


@dataclass(frozen=True, slots=True)
class Fact:
    """A column, and the tags that its value may have, in the order of their precedence."""

    column: str
    type: FactType
    tags: tuple[Tag, ...]
    description: str = ""

    def __post_init__(self) -> None:
        require(bool(self.tags), f"{self.column}: no tag says where its value stands")

    @classmethod
    def of(cls, column: str, type: FactType, *tags: Tag, description: str = "") -> "Fact":
        """The fact with its tags one after another, as a declaration reads best."""
        return cls(column, type, tags, description)


# What a row has besides its facts, from the name and the root of the document and from the contexts of its figures.
FILING_COLUMNS = (
    Column(
        "run_code", description="The run of Companies House in which the filing was published, from the file's name."
    ),
    Column("company_id", description="The company's registered number, from the file's name."),
    Column("date", ColumnType.DATE, description="The date to which the accounts were made up, from the file's name."),
    Column("file_type", description="html for inline XBRL, xml for XBRL."),
    Column("taxonomy", description="The taxonomies that the document declares, with semicolons between."),
    Column("period_start", ColumnType.DATE, description="The first day of the period of the figures in this row."),
    Column("period_end", ColumnType.DATE, description="The last day of the period of the figures in this row."),
)
