"""What files have in common whose rows are lines, or rows of a sheet."""

from dataclasses import dataclass
from enum import StrEnum

from dss_assets.dataset.columns import Pattern
from dss_assets.dataset.members import Packed
from dss_assets.dataset.validation import require


class HeaderLine(StrEnum):
    """Where a file names its columns."""

    FIRST = "the first line"
    # Publishers add and drop lines above it. It names the columns as a header has to, and is one line.
    NAMING = "the first line that names the columns"
    # By position: the columns in their order, or, where they have titles, by titles such as "7" for the seventh.
    NONE = "no line"


class Others(StrEnum):
    """What becomes of columns of a file that nobody declared.

    REFUSED: a file with such a title is refused. Fields that no title names are no columns, as programs leave them at
    the ends of lines, and a row that has a value there is a bad one.
    KEPT: they are in the column `OTHER_COLUMNS` of L0, which is to be declared, as one JSON object for each row.
    """

    REFUSED = "refused"
    SKIPPED = "skipped"
    KEPT = "kept"


@dataclass(frozen=True, slots=True, kw_only=True)
class Tabular(Packed):
    """Rows between other lines, which are not loaded; in a sheet its rows are the lines.

    `skip_lines` is the number of lines above all else, such as titles. Lines that begin with `comment` are left out.
    `footer` is the number of lines after the rows, or a Pattern that matches the whole first of them. Where there may
    be comments or a footer, blank lines are left out as well. Empty fields are NULL, and so are those that hold
    nothing but one of the words `nulls` and blanks.
    """

    skip_lines: int = 0
    comment: str = ""
    footer: int | Pattern = 0
    nulls: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        Packed.__post_init__(self)
        require(self.skip_lines >= 0, f"{self.skip_lines} lines cannot be skipped")
        require(isinstance(self.footer, Pattern) or self.footer >= 0, f"a footer cannot have {self.footer} lines")
        require(not self.comment.startswith((" ", "\t")), f"comments begin with {self.comment!r}, as blank lines may")
        require("" not in self.nulls, "an empty field is NULL already: it is no word for it")


@dataclass(frozen=True, slots=True, kw_only=True)
class Titled(Tabular):
    """Rows of which a header says what their columns are, unless `header` says that there is none."""

    header: HeaderLine = HeaderLine.FIRST
    others: Others = Others.REFUSED

    def __post_init__(self) -> None:
        Tabular.__post_init__(self)
        require(
            self.header is not HeaderLine.NAMING or self.skip_lines == 0,
            "the header is either below a number of lines, or the first line that names the columns",
        )
