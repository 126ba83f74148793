"""The checks of files as Dagster asset checks: of every file of a dataset, each at its last load.

A run reports what holds of the dataset when it ends, whichever run loaded its files: a file that failed last week is
still at fault today. A file that fails a check of its header or has no rows was not loaded; any other check stops
nothing.
"""

from collections.abc import Iterator, Mapping
from itertools import islice

from dagster import AssetCheckKey, AssetCheckResult, AssetCheckSeverity, AssetCheckSpec, AssetKey

from dss_assets.checks import EVERY_FILE, LOADED, check_derived, check_unchecked, outcome
from dss_assets.counts import counted
from dss_assets.database import Connection
from dss_assets.dataset import Dataset, Severity
from dss_assets.loading.recipe import derivation_of
from dss_assets.reshaping import declared_otherwise

# An event's metadata is read by people; the registry has all.
FILES_SHOWN = 20

_SEVERITIES = {Severity.ERROR: AssetCheckSeverity.ERROR, Severity.WARN: AssetCheckSeverity.WARN}

# Also told when the code location loads (assets/reshaping.py).
AS_DECLARED = "tables_as_declared"


def check_specs(dataset: Dataset, keys: Mapping[str, AssetKey], of_files: str) -> list[AssetCheckSpec]:
    """The checks of a dataset: those of every file at the asset `of_files`, those of rows at the table for clients.

    `keys` are the assets by their last parts.
    """
    asset_of = [(check, of_files) for check in EVERY_FILE] + [
        (check, dataset.file_tables[-1]) for check in dataset.checks
    ]
    return [
        AssetCheckSpec(
            AS_DECLARED, asset=keys[of_files], description="The tables have the shape that the dataset declares."
        ),
        *(AssetCheckSpec(check.name, asset=keys[table], description=check.description) for check, table in asset_of),
    ]


def check_results(connection: Connection, dataset: Dataset, selected: set[AssetCheckKey]) -> Iterator[AssetCheckResult]:
    """The outcome of each selected check over all files of the dataset."""
    if not selected:
        return
    check_unchecked(connection, dataset)
    found = outcome(connection, dataset.key)
    severities = {check.name: check.severity for check in (*EVERY_FILE, *dataset.checks)}
    for key in sorted(selected, key=lambda key: key.name):
        if key.name == AS_DECLARED:
            yield _shape_result(connection, dataset, key)
            continue
        files = found.found.get(key.name, {})
        yield AssetCheckResult(
            asset_key=key.asset_key,
            check_name=key.name,
            passed=not files,
            severity=_SEVERITIES[severities[key.name]],
            description=_sentence(len(files), found.files, 0 if key.name == LOADED.name else found.failed),
            metadata={
                "files": found.files,
                "files at fault": len(files),
                "files not checked yet": found.unchecked,
                **dict(islice(files.items(), FILES_SHOWN)),
            },
        )


def derived_check_specs(dataset: Dataset, table: AssetKey) -> list[AssetCheckSpec]:
    """The checks of a derived L1."""
    return [
        AssetCheckSpec(check.name, asset=table, description=check.description)
        for check in derivation_of(dataset).checks
    ]


def derived_check_results(
    connection: Connection, dataset: Dataset, selected: set[AssetCheckKey]
) -> Iterator[AssetCheckResult]:
    """The outcome of each selected check over the table as it was made last."""
    if not selected:
        return
    before = outcome(connection, dataset.derived_source)
    if before.unchecked or before.failed:
        # Of an attempt that failed nothing was checked: what there was before it still is.
        check_derived(connection, dataset)
    found = outcome(connection, dataset.derived_source).found
    severities = {check.name: check.severity for check in derivation_of(dataset).checks}
    for key in sorted(selected, key=lambda key: key.name):
        sentences = list(found.get(key.name, {}).values())
        yield AssetCheckResult(
            asset_key=key.asset_key,
            check_name=key.name,
            passed=not sentences,
            severity=_SEVERITIES[severities[key.name]],
            description=sentences[0] if sentences else "All rows pass.",
        )


def _shape_result(connection: Connection, dataset: Dataset, key: AssetCheckKey) -> AssetCheckResult:
    texts = [difference.text for difference in declared_otherwise(connection, dataset)]
    return AssetCheckResult(
        asset_key=key.asset_key,
        check_name=key.name,
        passed=not texts,
        severity=AssetCheckSeverity.WARN,
        metadata={f"difference {number}": text for number, text in enumerate(texts, start=1)},
    )


def _sentence(faults: int, files: int, failed: int) -> str:
    """What the check found; a file that could not be loaded has not come to most checks."""
    if faults:
        return f"{faults:,} of {counted(files, 'file')} {'is' if faults == 1 else 'are'} at fault."
    passed = files - failed
    if failed:
        return f"{counted(passed, 'file')} {'passes' if passed == 1 else 'pass'}. {failed:,} could not be loaded."
    return f"{counted(files, 'file')} {'passes' if files == 1 else 'pass'}."
