"""One dataset, and what follows from its declaration."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta

from dss_assets.dataset.about import (
    Licence,
)
from dss_assets.dataset.checks import RowCheck
from dss_assets.dataset.columns import Column
from dss_assets.dataset.derived import Derived
from dss_assets.dataset.fingerprint import fingerprint
from dss_assets.dataset.formats import (
    Format,
    UserCsv,
    XbrlAccounts,
)
from dss_assets.dataset.l1 import L1, Chosen, ConvertedColumn, FileValue, Rowwise, Unpivoted
from dss_assets.dataset.loading import Append, Incremental, Loading, Replace, Update
from dss_assets.dataset.order import FileDate, Latest, date_of, patterns_of
from dss_assets.dataset.rejects import NO_REJECTS, RejectLimit
from dss_assets.dataset.release import Release
from dss_assets.dataset.soundness import require_sound
from dss_assets.dataset.sources import HtmlLinks, Source, StorageFolder
from dss_assets.dataset.table_columns import TableColumn, columns_as_stored, columns_of_l0, columns_of_l1
from dss_assets.dataset.validation import require_pattern
from dss_web.shared.routes import Route


@dataclass(frozen=True, slots=True)
class Dataset:
    """One dataset: where its files come from, what stands in them, and the tables that they become.

    `source` is None for what staff upload. `dataflow_table` is the table that data-flow is told to read after each
    burst of files, None for none. `columns` and `l1` are empty for a `Release`, whose tables have their own. `dated`
    says by what its files are ordered: patterns of their names with the groups `year`, `month` and `day`, or a column;
    without it the pattern of its source does, if that has these groups. Other files count in the order of arrival.
    `max_unpacked_bytes` is what a file may unpack to; a zip that goes beyond it is refused while it unpacks.
    `routes` are those of its own in the API; each of its tables can be read by its name without one.
    `file_name` is a pattern for the whole name of a file, in any case, whose named groups are values of the file;
    without it the name by which the source finds files is that pattern. `reject_limit` says how many of its rows may be
    wrong, each of which fails alone; of accounts, the format says how many documents may.

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
    routes: tuple[Route, ...] = field(default=(), kw_only=True)
    file_name: str = field(default="", kw_only=True)
    reject_limit: RejectLimit = field(default=RejectLimit(), kw_only=True)

    def __post_init__(self) -> None:
        require_sound(self)

    @property
    def name_pattern(self) -> str:
        """What the whole name of a file matches, in any case."""
        source = self.source
        return self.file_name or (source.name if isinstance(source, HtmlLinks | StorageFolder) else "")

    @property
    def key(self) -> str:
        """`organisation.dataset`: the source in the registry, and the schema of its tables unless a release has one."""
        return f"{self.organisation}.{self.name}"

    @property
    def rejects_rows(self) -> bool:
        """Whether a row that is wrong fails alone. Of accounts a document does, and an upload is taken as agreed."""
        if isinstance(self.format, UserCsv):
            return self.format.left_out > 0
        return self.reject_limit != NO_REJECTS and not isinstance(self.format, XbrlAccounts)

    @property
    def release(self) -> Release | None:
        """How several tables are replaced together, None for a dataset of L0 and L1."""
        return self.loading if isinstance(self.loading, Release) else None

    @property
    def kept_tables(self) -> int:
        """How many tables that were replaced are kept."""
        return self.loading.kept if isinstance(self.loading, Replace) else 0

    @property
    def merge(self) -> Append | Update | None:
        """How its files join the rows of earlier ones, None where they do not."""
        return self.loading.merge if isinstance(self.loading, Replace) else None

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
