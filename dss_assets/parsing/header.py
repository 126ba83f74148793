"""The header of a published file -> the declared columns."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Protocol, TypeVar

from dss_assets.counts import counted
from dss_assets.dataset import Absent, Column, HeaderLine, Others
from dss_assets.errors import InvalidFile, WrongHeader

# What publishers put between fields, the least usual in a title first.
_DELIMITERS = ("\t", "|", ";", ",")
# How a page of HTML or an error in XML begins.
_MARKUP = ("<!doctype", "<html", "<head", "<!--", "<?xml")
# The mark of UTF-16, read as an encoding of one byte a character.
_UTF_16 = ("\xff\xfe", "\xfe\xff")
# Titles, notes and blank lines above a header take a few lines; beyond that it is another file.
_LINES_ABOVE = 100


@dataclass(frozen=True, slots=True)
class Header:
    """The `titles` of a file in their order, and the column of each; None where nobody declared one.

    Without a header the titles are () and each field has its column by position. `nameless` are the indexes of fields
    that no title names, and in which no value may stand: programs leave such columns beside a table.
    """

    titles: tuple[str, ...]
    columns: tuple[Column | None, ...]
    nameless: tuple[int, ...] = ()

    @property
    def declared(self) -> tuple[Column, ...]:
        """The columns that are loaded, in the order of the file."""
        return tuple(column for column in self.columns if column is not None)

    @property
    def is_whole(self) -> bool:
        """Whether every column of the file is declared."""
        return None not in self.columns

    @property
    def keys(self) -> list[str]:
        """The titles by which columns are kept that nobody declared: each different, and none empty."""
        keys: list[str] = []
        for number, title in enumerate(self.titles or ("",) * len(self.columns), start=1):
            name = title.strip() or f"column {number}"
            keys.append(name if name not in keys else f"{name} (column {number})")
        return keys

    def widened(self, first: Sequence[Sequence[str]], others: Others) -> "Header":
        """The header with the fields beyond it that the `first` rows have, where none of these has a value.

        Some programs end each row with a delimiter, and the header without one.
        """
        beyond = [fields[len(self.columns) :] for fields in first]
        more = min(map(len, beyond), default=0)
        if not more or any(map(_named, beyond)) or not all(map(_named, first)):
            return self
        titles, columns = (*self.titles, *[""] * more), (*self.columns, *[None] * more)
        return Header(titles, columns, _nameless(titles, columns, others))


def match_header(
    titles: Sequence[str], columns: tuple[Column, ...], others: Others, place: str, *, is_first_line: bool = False
) -> Header:
    """The columns that the titles name. `place` is the line of the header, as messages begin.

    `is_first_line`: they were looked for in the first line alone, which the advice in an error takes into account.

    Raises WrongHeader, with both lists, where a column is named twice, one that may not be absent is not named, or a
    title names no column and others are refused. An empty title names nothing that could be refused.
    """
    columns = tuple(column for column in columns if column.is_in_rows)
    matched = [next((column for column in columns if column.is_titled(title)), None) for title in titles]
    named = _named(titles)
    unknown = [title.strip() for title, column in zip(titles, matched, strict=True) if column is None and title.strip()]
    missing = [_with_titles(c) for c in columns if c not in matched and c.absent is Absent.REFUSED]
    doubled = [column.name for column in columns if matched.count(column) > 1]
    refused = unknown if others is Others.REFUSED or not any(matched) else []
    if refused or missing or doubled or not any(matched):
        differences = [("unknown", refused), ("missing", missing), ("twice", doubled)]
        raise WrongHeader(
            f"{place}: the header is not as declared; "
            + ("; ".join(f"{what}: {', '.join(names)}" for what, names in differences if names) or "it names no column")
            + f". Found {counted(len(named), 'column')}: {', '.join(named)}. "
            f"Expected {len(columns)}: {', '.join(column.name for column in columns)}. Nothing was loaded. "
            + _advice(titles, refused, is_elsewhere=is_first_line and not any(matched))
        )
    return Header(tuple(titles), tuple(matched), _nameless(titles, matched, others))


def _named(titles: Sequence[str]) -> list[str]:
    return [title for title in titles if title.strip()]


def _names_the_same(some: Sequence[str], others: Sequence[str]) -> bool:
    return sorted(_named(some)) == sorted(_named(others))


def _nameless(titles: Sequence[str], matched: Sequence[Column | None], others: Others) -> tuple[int, ...]:
    """The indexes of fields that have neither a title nor a column, where what nobody declared is refused."""
    if others is not Others.REFUSED:
        return ()
    return tuple(index for index, title in enumerate(titles) if matched[index] is None and not title.strip())


def _advice(titles: Sequence[str], unknown: Sequence[str], *, is_elsewhere: bool) -> str:
    """What can be done about a header that is not as declared, or that may not be where it was looked for."""
    if titles and titles[0].lstrip().lower().startswith(_MARKUP):
        return "This looks like a web page, and not like data: look at what the publisher offers there."
    if titles and titles[0].startswith(_UTF_16):
        return "This looks like UTF-16: declare that encoding, or save the file as CSV in UTF-8."
    if titles and titles[0].lstrip().startswith(("[", "{")):
        return "This looks like JSON: declare format=JsonRecords(...)."
    if len(titles) == 1 and (found := [mark for mark in _DELIMITERS if mark in titles[0]]):
        return f"If the fields of this file end at {found[0]!r}, declare delimiter={found[0]!r}."
    if is_elsewhere:
        return "If the columns are named further down, declare header=HeaderLine.NAMING; if nowhere, HeaderLine.NONE."
    skipped = ", or others=Others.SKIPPED," if unknown else ""
    return f"If this is a new edition, declare its titles{skipped} and materialise the partition again."


def _with_titles(column: Column) -> str:
    """A column with the titles that were looked for, where these are not its name."""
    titles = " or ".join(title if isinstance(title, str) else title.text for title in column.titles)
    return f"{column.name} (titled {titles})" if titles else column.name


def match_positions(first: Sequence[str], columns: tuple[Column, ...], others: Others, place: str) -> Header:
    """The columns of rows like the `first`, without a header: in their order, or by titles that are positions.

    Raises WrongHeader where there are fewer fields than columns that may not be absent, or more with a value and others
    are refused.
    """
    columns, width = tuple(column for column in columns if column.is_in_rows), len(first)
    if any(column.titles for column in columns):
        positions = [str(number) for number in range(1, width + 1)]
        matched = match_header(positions, columns, others, place).columns
    else:
        matched = (*columns[:width], *[None] * (width - len(columns)))
        absent = [column.name for column in columns[width:] if column.absent is Absent.REFUSED]
        if absent or (others is Others.REFUSED and _named(first[len(columns) :])):
            raise WrongHeader(
                f"{place}: found {counted(width, 'field')}, "
                f"expected {len(columns)}: {', '.join(column.name for column in columns)}. "
                "Nothing was loaded. If this is a new edition, declare its columns and materialise the partition again."
            )
    return Header((), tuple(matched), _nameless(first, matched, others))


class Numbered(Protocol):
    """A line of a text, or a row of a sheet."""

    @property
    def number(self) -> int:
        """Where it stands, counted from 1."""


AnyLine = TypeVar("AnyLine", bound=Numbered)


@dataclass(slots=True)
class HeaderReader:
    """Reads the header of each text of a file; all have to name the same. `unit` is what messages call a line."""

    where: HeaderLine
    columns: tuple[Column, ...]
    others: Others
    unit: str = "line"
    _first: tuple[Header, str] | None = None

    def read(
        self, lines: Iterator[AnyLine], fields_of: Callable[[AnyLine], Sequence[str]], place: str
    ) -> tuple[Header, AnyLine | None, Iterator[AnyLine]]:
        """The header, the line that it is, if any, and the lines after it. Raises WrongHeader."""
        line = next(lines, None)
        if line is None:
            raise InvalidFile(f"{place} has no rows and no header. Nothing was loaded.")
        if self.where is HeaderLine.NAMING:
            header, line = self._find(line, lines, fields_of, place)
            return self._compared(header, self._at(place, line)), line, lines
        at, fields = self._at(place, line), fields_of(line)
        if self.where is HeaderLine.NONE:
            header = match_positions(fields, self.columns, self.others, at)
            return self._compared(header, at), None, chain([line], lines)
        if self._first is None or _names_the_same(fields, self._first[0].titles):
            header = match_header(fields, self.columns, self.others, at, is_first_line=True)
        else:
            header = Header(tuple(fields), ())
        return self._compared(header, at), line, lines

    def _find(
        self, first: AnyLine, lines: Iterator[AnyLine], fields_of: Callable[[AnyLine], Sequence[str]], place: str
    ) -> tuple[Header, AnyLine]:
        nearest: tuple[int, str] = (0, "")
        for line, _ in zip(chain([first], lines), range(_LINES_ABOVE), strict=False):
            fields = fields_of(line)
            try:
                return match_header(fields, self.columns, self.others, self._at(place, line)), line
            except WrongHeader as error:
                named = sum(any(column.is_titled(field) for column in self.columns) for field in fields)
                nearest = max(nearest, (named, str(error)), key=lambda found: found[0])
        raise WrongHeader(
            nearest[1]
            or f"{place}: none of its first {_LINES_ABOVE} {self.unit}s names the columns: "
            f"{', '.join(column.name for column in self.columns)}. Nothing was loaded."
        )

    def _compared(self, header: Header, at: str) -> Header:
        """The header, which must name what that of the first text does, in any order."""
        if self._first is None:
            self._first = header, at
        first, first_at = self._first
        if not _names_the_same(header.titles, first.titles):
            raise InvalidFile(
                f"{at}: the header is another than that of {first_at}. Found: {', '.join(_named(header.titles))}. "
                f"Expected: {', '.join(_named(first.titles))}. Nothing was loaded."
            )
        if not header.titles and len(header.columns) != len(first.columns):
            raise InvalidFile(
                f"{at}: found {counted(len(header.columns), 'field')}, expected {len(first.columns)} as in {first_at}. "
                "Nothing was loaded."
            )
        return header

    def _at(self, place: str, line: Numbered) -> str:
        return f"{place}, {self.unit} {line.number}"
