"""The vocabulary in which a dataset is declared.

A declaration is made of frozen values that are checked when they are made, so that a mistake stops the start of the
service and not a load. Everything else (assets, tables, sensors, checks) is derived from it.

sources.py      where its files come from, with
                dated_url.py     a URL for each month, say
                json_sources.py  listings and records in JSON
                catalogues.py    JSON listings of a known form: ArcGIS, CKAN, DCAT
                paging.py        how an API gives its pages
                json_paths.py    where something stands in a document
                headers.py       keys that publishers ask for
formats.py      what stands in a file
tabular.py      the lines and headers of those formats that have rows of fields
members.py      the members of a zip in which it stands
facts.py        what is taken from an XBRL document
columns.py      the columns of a file, and of L0
fit.py          whether these are the columns of the format
written.py      how numbers and dates are written in them
loading.py      how rows get into tables
order.py        which file is newer than another
release.py      several tables that one file replaces together
l1.py           the cleaned table
derived.py      the cleaned table where it is computed from several tables
conversions.py  the ways in which values are cleaned for it
table_columns.py  the columns of both tables, as clients see them
checks.py       what is checked of the rows of each file
about.py        who answers for a dataset, and its licence
consistency.py  what holds between datasets
fingerprint.py  by which a declaration is known again
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta

from dss_assets.dataset.about import (
    OPEN_GOVERNMENT_LICENCE,
    Licence,
    require_contact,
    require_owner,
    require_page,
)
from dss_assets.dataset.catalogues import ArcGisSearch, CkanPackage, CkanSearch, DcatCatalogue
from dss_assets.dataset.checks import NotNull, References, RowCheck, Severity, Unique, Within
from dss_assets.dataset.columns import OTHER_COLUMNS, Absent, Column, Pattern, require_unreserved, text_columns
from dss_assets.dataset.dated_url import DatedUrl, Period
from dss_assets.dataset.derived import Derived, Input, Part
from dss_assets.dataset.facts import Fact, FactType, attribute, either, element
from dss_assets.dataset.fingerprint import fingerprint
from dss_assets.dataset.fit import require_fit
from dss_assets.dataset.formats import (
    Delimited,
    FixedWidth,
    Format,
    JsonRecords,
    QuotedNulls,
    Sheet,
    Span,
    TrailingList,
    UserCsv,
    XbrlAccounts,
)
from dss_assets.dataset.headers import Header
from dss_assets.dataset.json_sources import JsonListing, PagedRecords, Where
from dss_assets.dataset.l1 import L1, Chosen, Conversion, ConvertedColumn, FileValue, RenamedColumn, Rowwise, Unpivoted
from dss_assets.dataset.loading import Incremental, Loading, MissingRows, Replace, Snapshot
from dss_assets.dataset.members import Member, Members, Packed, matching_members
from dss_assets.dataset.order import FileDate, Latest, date_of, patterns_of, require_dating
from dss_assets.dataset.paging import NextLink, NextOffset, Offset, PageNumber, Paging
from dss_assets.dataset.release import Check, ForeignKey, Release, ReleasedTable
from dss_assets.dataset.sources import FixedUrl, HtmlLinks, HttpSource, Source, StorageFolder
from dss_assets.dataset.table_columns import TableColumn, columns_as_stored, columns_of_l0, columns_of_l1
from dss_assets.dataset.tabular import HeaderLine, Others, Tabular, Titled
from dss_assets.dataset.validation import require, require_different, require_pattern
from dss_assets.dataset.written import DateOrder, Number, Written
from dss_web.shared.contract import ColumnType

__all__ = [
    "OPEN_GOVERNMENT_LICENCE",
    "OTHER_COLUMNS",
    "Absent",
    "ArcGisSearch",
    "Check",
    "Chosen",
    "CkanPackage",
    "CkanSearch",
    "Column",
    "Conversion",
    "ConvertedColumn",
    "Dataset",
    "DateOrder",
    "DatedUrl",
    "DcatCatalogue",
    "Delimited",
    "Derived",
    "Fact",
    "FactType",
    "FileDate",
    "FileValue",
    "FixedUrl",
    "FixedWidth",
    "ForeignKey",
    "Format",
    "Header",
    "HeaderLine",
    "HtmlLinks",
    "HttpSource",
    "Incremental",
    "Input",
    "JsonListing",
    "JsonRecords",
    "Latest",
    "Licence",
    "Loading",
    "Member",
    "Members",
    "MissingRows",
    "NextLink",
    "NextOffset",
    "NotNull",
    "Number",
    "Offset",
    "Others",
    "Packed",
    "PageNumber",
    "PagedRecords",
    "Paging",
    "Part",
    "Pattern",
    "Period",
    "QuotedNulls",
    "References",
    "Release",
    "ReleasedTable",
    "RenamedColumn",
    "Replace",
    "RowCheck",
    "Rowwise",
    "Severity",
    "Sheet",
    "Snapshot",
    "Source",
    "Span",
    "StorageFolder",
    "TableColumn",
    "Tabular",
    "Titled",
    "TrailingList",
    "Unique",
    "Unpivoted",
    "UserCsv",
    "Where",
    "Within",
    "Written",
    "XbrlAccounts",
    "attribute",
    "either",
    "element",
    "matching_members",
    "text_columns",
]

# Organisations and datasets: what may be part of the name of a schema, an asset and a folder alike.
NAME = re.compile(r"[a-z0-9_]+")


@dataclass(frozen=True, slots=True)
class Dataset:
    """One dataset: where its files come from, what stands in them, and the tables that they become.

    `source` is None for what staff upload. `dataflow_table` is the table that data-flow is told to read after each
    burst of files, None for none. `columns` and `l1` are empty for a `Release`, whose tables have their own. `dated`
    says by what its files are ordered: patterns of their names with the groups `year`, `month` and `day`, or a column;
    without it the pattern of its source does, if that has these groups. Other files count in the order of arrival.
    `max_unpacked_bytes` is what a file may unpack to; a zip that goes beyond it is refused while it unpacks.
    `file_name` is a pattern for the whole name of a file, in any case, whose named groups are values of the file;
    without it the name by which the source finds files is that pattern.

    For people: `title` and `description`; `owner`, who answers for it here, and `contact`, whom to ask about the data;
    `licence`; `source_page`, where the publisher presents it. `late_after` is how long after the last load it is late.
    `checks` are made of each file's rows in the table that clients read, which is the last of `tables`. A release has
    its own, which its load holds.
    """

    organisation: str
    name: str
    source: Source | None
    format: Format
    loading: Loading
    columns: tuple[Column, ...] = ()
    l1: L1 | None = None
    dataflow_table: str | None = None
    max_unpacked_bytes: int = 20 * 1024**3
    title: str = field(default="", kw_only=True)
    description: str = field(default="", kw_only=True)
    dated: tuple[str, ...] | Latest = field(default=(), kw_only=True)
    owner: str = field(default="", kw_only=True)
    contact: str = field(default="", kw_only=True)
    licence: Licence | None = field(default=None, kw_only=True)
    source_page: str = field(default="", kw_only=True)
    late_after: timedelta | None = field(default=None, kw_only=True)
    checks: tuple[RowCheck, ...] = field(default=(), kw_only=True)
    file_name: str = field(default="", kw_only=True)

    def __post_init__(self) -> None:
        for part in (self.organisation, self.name):
            require(bool(NAME.fullmatch(part)), f"'{part}' is not a lower-case name")
        if self.release:
            self._require_release(self.release)
        else:
            require(bool(self.columns), f"{self.key} has no columns")
            packed = isinstance(self.source, StorageFolder) and self.source.packed_as
            require(not packed, f"{self.key}: only the files of a Release are packed as one zip")
        names = [column.name for column in self.columns]
        require_unreserved(self.columns)
        require_different(names, f"{self.key}: columns")
        former = [name for column in self.columns for name in column.formerly]
        require_different([*names, *former], f"{self.key}: columns, their former names included,")
        in_rows = [column for column in self.columns if column.is_in_rows]
        titles = (t for column in in_rows for t in column.titles or (column.name,) if isinstance(t, str))
        require_different((title.casefold() for title in titles), f"{self.key}: titles")
        self._require_groups()
        require_fit(self.key, self.format, self.columns)
        require(self.max_unpacked_bytes > 0, f"{self.key}: max_unpacked_bytes is not above zero")
        require(
            not isinstance(self.format, XbrlAccounts) or self.columns == self.format.columns,
            f"the columns of {self.key} are not those of its facts, which are the format's `columns`",
        )
        require(
            not self.file_values or isinstance(self.loading, Incremental),
            f"{self.key}: values of a file's name need incremental loading, by which rows know their file",
        )
        require(self.dataflow_table in {None, *self.tables}, f"{self.key} has no table {self.dataflow_table}")
        for unit in self.unit:
            require(unit in names, f"{self.key}: the unit of replacement '{unit}' is no column of L0")
        if isinstance(self.dated, Latest):
            dates = [c.name for c in self.columns if c.type in {ColumnType.DATE, ColumnType.TIMESTAMP}]
            require(self.dated.column in dates, f"{self.key}: '{self.dated.column}' is no column of dates in L0")
        else:
            require_dating(self.dated)
        offsets = ", ".join(sorted(self._offsets_for_clients)) if self.dataflow_table else ""
        require(
            not offsets,
            f"{self.key}: data-flow reads no {ColumnType.TIMESTAMPTZ}, which {offsets} is: convert it for L1",
        )
        missing = (self.l1.sources if self.l1 else frozenset()) | {part for index in self.indexes for part in index}
        missing -= set(names)
        require(
            not (isinstance(self.l1, Derived) and self.l1.reads(self.key, "L1")),
            f"{self.key}: L1 is derived from itself",
        )
        require(not missing, f"{self.key}: L1 copies or indexes what L0 lacks: {', '.join(sorted(missing))}")
        self._require_about()
        self._require_checks()

    def _require_about(self) -> None:
        if self.owner:
            require_owner(self.owner, self.key)
        if self.contact:
            require_contact(self.contact, self.key)
        if self.source_page:
            require_page(self.source_page, f"{self.key}: the source page")
        if self.late_after is not None:
            # Dagster's freshness policies have no shorter time.
            require(self.late_after >= timedelta(minutes=1), f"{self.key} cannot be late after {self.late_after}")

    def _require_checks(self) -> None:
        require_different((check.name for check in self.checks), f"{self.key}: checks")
        require(not (self.release and self.checks), f"{self.key}: the tables of a release have keys and checks")
        known = {column.name for column in self.columns_of(self.file_tables[-1])}
        for check in self.checks:
            unknown = sorted(set(check.columns) - known)
            require(
                not unknown,
                f"{self.key}: the check {check.name} names what {self.file_tables[-1]} lacks: {', '.join(unknown)}",
            )

    def _require_groups(self) -> None:
        """Refuse values that no name of a file or member gives."""
        of_members = self.format.groups if isinstance(self.format, Packed) else frozenset()
        wanted = {value.group for value in self.file_values} | {c.from_name for c in self.columns if c.from_name}
        unknown = wanted - of_members - require_pattern(self.name_pattern, f"{self.key}: the file's name")
        require(
            not unknown, f"{self.key}: neither a file's nor a member's name has a group {', '.join(sorted(unknown))}"
        )

    @property
    def name_pattern(self) -> str:
        """What the whole name of a file matches, in any case."""
        source = self.source
        return self.file_name or (source.name if isinstance(source, HtmlLinks | StorageFolder) else "")

    def _require_release(self, release: Release) -> None:
        require(
            self.columns == () and self.l1 is None, f"{self.key}: the tables of a release have columns, and it has none"
        )
        require(
            isinstance(self.format, Delimited) and self.format.members == (Member(),),
            f"{self.key}: a release is Delimited, and each of its tables says which members of the zip are its own",
        )
        require(
            self.dataflow_table is None or release.schema in {None, self.key},
            f"{self.key}: data-flow finds tables in the schema '{self.key}', and these are in '{release.schema}'",
        )

    @property
    def key(self) -> str:
        """`organisation.dataset`: the source in the registry, and the schema of its tables unless a release has one."""
        return f"{self.organisation}.{self.name}"

    @property
    def release(self) -> Release | None:
        """How several tables are replaced together, None for a dataset of L0 and L1."""
        return self.loading if isinstance(self.loading, Release) else None

    @property
    def schema(self) -> str:
        """The schema of its tables."""
        return (self.release.schema if self.release else None) or self.key

    @property
    def rows_fingerprint(self) -> str:
        """Changes with whatever decides which rows of L0 a file becomes."""
        return fingerprint(self.format, self.loading, self.columns, *self._named)

    @property
    def fingerprint(self) -> str:
        """Changes with whatever decides what is in the tables."""
        return fingerprint(self.format, self.loading, self.columns, self.l1, *self._named)

    @property
    def _named(self) -> tuple[str, ...]:
        """The pattern of names by which rows or files have values, if it gives any."""
        return (self.name_pattern,) if require_pattern(self.name_pattern, "the file's name") else ()

    @property
    def tables(self) -> tuple[str, ...]:
        """The names of its tables within its schema."""
        if self.release:
            return tuple(table.name for table in self.release.tables)
        return ("L0", "L1") if self.l1 else ("L0",)

    def columns_of(self, table: str) -> tuple[TableColumn, ...]:
        """The columns of one of `tables`, in their order, without the loader's bookkeeping."""
        if self.release:
            return columns_as_stored(self.release.table(table).stored_columns)
        return columns_of_l1(self.l1, self.columns) if self.l1 and table == "L1" else columns_of_l0(self.columns)

    @property
    def _offsets_for_clients(self) -> frozenset[str]:
        """The columns with an offset that the table for data-flow has as they are in L0."""
        names = frozenset(column.name for column in self.columns if column.type is ColumnType.TIMESTAMPTZ)
        if self.l1 is None or self.dataflow_table == "L0":
            return names
        return names & (self.l1.sources - {column.source for column in self.conversions})

    @property
    def view(self) -> Rowwise | Unpivoted | Chosen | None:
        """Its L1 where that is a view over L0."""
        return None if isinstance(self.l1, Derived) else self.l1

    @property
    def file_tables(self) -> tuple[str, ...]:
        """Those of its tables that each of its files loads: a derived L1 is made of several tables, at its own time."""
        return ("L0",) if isinstance(self.l1, Derived) else self.tables

    @property
    def derived_source(self) -> str:
        """The source in the registry under which a derived L1 stands."""
        return f"{self.key}.transformed"

    @property
    def file_values(self) -> tuple[FileValue, ...]:
        """The columns of L1 that hold one value for a whole file."""
        return self.l1.file_values if isinstance(self.l1, Rowwise) else ()

    @property
    def conversions(self) -> tuple[ConvertedColumn, ...]:
        """The columns of L1 that are converted from L0, whose values are checked at load."""
        return self.l1.conversions if isinstance(self.l1, Rowwise) else ()

    @property
    def indexes(self) -> tuple[tuple[str, ...], ...]:
        """The columns of each index over L0."""
        indexes: tuple[tuple[str, ...], ...] = ()
        match self.l1:
            case Rowwise(indexes=names):
                indexes = tuple((name,) for name in names)
            case Chosen(key=key):
                indexes = (key,)
            case Derived(unit=name) if self.l1.reads(self.key, "L0") and name in {c.name for c in self.columns}:
                # Each batch reads the rows of its own units.
                indexes = ((name,),)
        return (*indexes, self.unit) if self.unit else indexes

    @property
    def unit(self) -> tuple[str, ...]:
        """The columns of the unit of replacement, none where a file replaces only itself."""
        return self.loading.units if isinstance(self.loading, Incremental) else ()

    def in_order(self, file_names: Iterable[str]) -> list[str]:
        """The names of files by their dates, those without one last; of one date in the order given."""
        return sorted(file_names, key=lambda name: found.date if (found := self.date_of(name)) else date.max)

    def date_of(self, file_name: str) -> FileDate | None:
        """The date in a file's name; None where names have none, or the declaration does not say where."""
        if isinstance(self.dated, Latest):
            return None
        return date_of(self.dated or patterns_of(self.source), file_name)


def require_inputs(datasets: Iterable[Dataset]) -> None:
    """Raise ValueError where an L1 is derived from a table that no dataset has."""
    known = list(datasets)
    # Those of a release may be in a schema of another name than the dataset's key, by which inputs are found.
    tables = {f"{dataset.key}.{table}" for dataset in known if not dataset.release for table in dataset.tables}
    for dataset in known:
        if isinstance(dataset.l1, Derived):
            unknown = sorted({one.label for one in dataset.l1.inputs} - tables)
            require(not unknown, f"{dataset.key}: no dataset has {', '.join(unknown)}, of which L1 is derived")
