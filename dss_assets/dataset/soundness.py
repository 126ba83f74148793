"""Whether the parts of a declaration go together. A mistake is refused with ValueError."""

import re
from datetime import timedelta
from typing import TYPE_CHECKING

from dss_assets.dataset.about import require_contact, require_owner, require_page
from dss_assets.dataset.columns import require_unreserved
from dss_assets.dataset.derived import Derived
from dss_assets.dataset.fit import require_fit
from dss_assets.dataset.formats import Delimited, XbrlAccounts
from dss_assets.dataset.loading import Incremental, Update
from dss_assets.dataset.members import Packed
from dss_assets.dataset.order import Latest, require_dating
from dss_assets.dataset.release import Release
from dss_assets.dataset.routes import require_routes
from dss_assets.dataset.sources import StorageFolder
from dss_assets.dataset.validation import require, require_different, require_pattern
from dss_web.shared.contract import ColumnType

if TYPE_CHECKING:
    from dss_assets.dataset.declaration import Dataset

# Organisations and datasets: what may be part of the name of a schema, an asset and a folder alike.
NAME = re.compile(r"[a-z0-9_]+")


def require_sound(dataset: "Dataset") -> None:
    """Raise ValueError where parts of a declaration do not go together, with the word at fault."""
    for part in (dataset.organisation, dataset.name):
        require(bool(NAME.fullmatch(part)), f"'{part}' is not a lower-case name")
    require(dataset.max_unpacked_bytes > 0, f"{dataset.key}: max_unpacked_bytes is not above zero")
    if dataset.release:
        _require_release(dataset, dataset.release)
    else:
        require(bool(dataset.columns), f"{dataset.key} has no columns")
        packed = isinstance(dataset.source, StorageFolder) and dataset.source.packed_as
        require(not packed, f"{dataset.key}: only the files of a Release are packed as one zip")
    _require_columns(dataset)
    _require_groups(dataset)
    _require_loading(dataset)
    _require_l1(dataset)
    _require_dataflow(dataset)
    _require_about(dataset)
    _require_checks(dataset)
    require_routes(dataset)


def _require_columns(dataset: "Dataset") -> None:
    names = [column.name for column in dataset.columns]
    require_unreserved(dataset.columns)
    require_different(names, f"{dataset.key}: columns")
    former = [name for column in dataset.columns for name in column.formerly]
    require_different([*names, *former], f"{dataset.key}: columns, their former names included,")
    in_rows = [column for column in dataset.columns if column.is_in_rows]
    titles = (t for column in in_rows for t in column.titles or (column.name,) if isinstance(t, str))
    require_different((title.casefold() for title in titles), f"{dataset.key}: titles")
    require_fit(dataset.key, dataset.format, dataset.columns)
    require(
        not isinstance(dataset.format, XbrlAccounts) or dataset.columns == dataset.format.columns,
        f"the columns of {dataset.key} are not those of its facts, which are the format's `columns`",
    )


def _require_loading(dataset: "Dataset") -> None:
    names = {column.name for column in dataset.columns}
    for unit in dataset.unit:
        require(unit in names, f"{dataset.key}: the unit of replacement '{unit}' is no column of L0")
    for part in dataset.merge.key if isinstance(dataset.merge, Update) else ():
        require(part in names, f"{dataset.key}: '{part}' of the key by which rows are updated is no column of L0")
    if isinstance(dataset.dated, Latest):
        dates = [c.name for c in dataset.columns if c.type in {ColumnType.DATE, ColumnType.TIMESTAMP}]
        require(dataset.dated.column in dates, f"{dataset.key}: '{dataset.dated.column}' is no column of dates in L0")
    else:
        require_dating(dataset.dated)


def _require_l1(dataset: "Dataset") -> None:
    require(
        not dataset.file_values or isinstance(dataset.loading, Incremental),
        f"{dataset.key}: values of a file's name need incremental loading, by which rows know their file",
    )
    require(
        not (isinstance(dataset.l1, Derived) and dataset.l1.reads(dataset.key, "L1")),
        f"{dataset.key}: L1 is derived from itself",
    )
    indexed = {part for index in dataset.indexes for part in index}
    missing = (dataset.l1.sources if dataset.l1 else frozenset()) | indexed
    missing -= {column.name for column in dataset.columns}
    require(not missing, f"{dataset.key}: L1 copies or indexes what L0 lacks: {', '.join(sorted(missing))}")


def _require_dataflow(dataset: "Dataset") -> None:
    require(dataset.dataflow_table in {None, *dataset.tables}, f"{dataset.key} has no table {dataset.dataflow_table}")
    offsets = ", ".join(sorted(_offsets_for_clients(dataset))) if dataset.dataflow_table else ""
    require(
        not offsets,
        f"{dataset.key}: data-flow reads no {ColumnType.TIMESTAMPTZ}, which {offsets} is: convert it for L1",
    )


def _require_about(dataset: "Dataset") -> None:
    if dataset.owner:
        require_owner(dataset.owner, dataset.key)
    if dataset.contact:
        require_contact(dataset.contact, dataset.key)
    if dataset.source_page:
        require_page(dataset.source_page, f"{dataset.key}: the source page")
    if dataset.late_after is not None:
        # Dagster's freshness policies have no shorter time.
        require(dataset.late_after >= timedelta(minutes=1), f"{dataset.key} cannot be late after {dataset.late_after}")


def _require_checks(dataset: "Dataset") -> None:
    require_different((check.name for check in dataset.checks), f"{dataset.key}: checks")
    require(not (dataset.release and dataset.checks), f"{dataset.key}: the tables of a release have keys and checks")
    known = {column.name for column in dataset.columns_of(dataset.file_tables[-1])}
    for check in dataset.checks:
        unknown = sorted(set(check.columns) - known)
        require(
            not unknown,
            f"{dataset.key}: the check {check.name} names what {dataset.file_tables[-1]} lacks: {', '.join(unknown)}",
        )


def _require_groups(dataset: "Dataset") -> None:
    """Refuse values that no name of a file or member gives."""
    of_members = dataset.format.groups if isinstance(dataset.format, Packed) else frozenset()
    wanted = {value.group for value in dataset.file_values} | {c.from_name for c in dataset.columns if c.from_name}
    unknown = wanted - of_members - require_pattern(dataset.name_pattern, f"{dataset.key}: the file's name")
    require(
        not unknown, f"{dataset.key}: neither a file's nor a member's name has a group {', '.join(sorted(unknown))}"
    )


def _require_release(dataset: "Dataset", release: Release) -> None:
    require(
        dataset.columns == () and dataset.l1 is None,
        f"{dataset.key}: the tables of a release have columns, and it has none",
    )
    require(
        isinstance(dataset.format, Delimited) and dataset.format.members == Delimited().members,
        f"{dataset.key}: a release is Delimited, and each of its tables says which members of the zip are its own",
    )
    require(
        dataset.dataflow_table is None or release.schema in {None, dataset.key},
        f"{dataset.key}: data-flow finds tables in the schema '{dataset.key}', and these are in '{release.schema}'",
    )


def _offsets_for_clients(dataset: "Dataset") -> frozenset[str]:
    """The columns with an offset that the table for data-flow has as they are in L0."""
    names = frozenset(column.name for column in dataset.columns if column.type is ColumnType.TIMESTAMPTZ)
    if dataset.l1 is None or dataset.dataflow_table == "L0":
        return names
    return names & (dataset.l1.sources - {column.source for column in dataset.conversions})
