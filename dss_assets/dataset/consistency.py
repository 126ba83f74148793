"""What holds between the datasets of a catalogue."""

from collections.abc import Iterable, Sequence

from dss_assets.dataset import Dataset, Derived, References
from dss_assets.dataset.routes import require_different_routes
from dss_assets.dataset.validation import require, require_different


def require_consistent(datasets: Sequence[Dataset]) -> None:
    """Raise ValueError where two datasets have one name or one route, or one refers to what another does not have."""
    require_different((dataset.key for dataset in datasets), "datasets")
    require_different((dataset.schema for dataset in datasets), "schemas of datasets")
    require_different_routes((route for dataset in datasets for route in dataset.routes), "datasets")
    types = {
        dataset.key: {column.name: column.type for column in dataset.columns_of(dataset.file_tables[-1])}
        for dataset in datasets
        if not dataset.release
    }
    for dataset in datasets:
        for check in dataset.checks:
            if not isinstance(check, References):
                continue
            what = f"{dataset.key}: the check {check.name} refers to"
            require(check.dataset in types, f"{what} {check.dataset}, which is no dataset with one table for clients")
            require(check.to in types[check.dataset], f"{what} {check.to}, which {check.dataset} does not have")
            own, other = types[dataset.key][check.column], types[check.dataset][check.to]
            require(own == other, f"{what} {check.to}, which is {other}, while {check.column} is {own}")


def require_inputs(datasets: Iterable[Dataset]) -> None:
    """Raise ValueError where an L1 is derived from a table that no dataset has."""
    known = list(datasets)
    # Those of a release may be in a schema of another name than the dataset's key, by which inputs are found.
    tables = {f"{dataset.key}.{table}" for dataset in known if not dataset.release for table in dataset.tables}
    for dataset in known:
        if isinstance(dataset.l1, Derived):
            unknown = sorted({one.label for one in dataset.l1.inputs} - tables)
            require(not unknown, f"{dataset.key}: no dataset has {', '.join(unknown)}, of which L1 is derived")
