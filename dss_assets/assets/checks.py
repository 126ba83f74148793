"""What is checked of each load, for the Dagster UI. A file that fails the first or third was not loaded."""

from collections.abc import Iterator, Mapping

from dagster import AssetCheckKey, AssetCheckResult, AssetCheckSeverity, AssetCheckSpec, AssetKey

from dss_assets.errors import IngestionError, NoRows, NotAsDeclared, WrongHeader
from dss_assets.ingestion import Ingested

# Below this share of the rows of the release before it, a release is suspect: publishers have cut files short, and
# none has dropped a tenth of its rows on purpose.
SHRUNK = 0.9

# Also told when the code location loads (assets/reshaping.py).
AS_DECLARED = "tables_as_declared"

_DESCRIPTIONS = {
    "has_rows": "Each file has rows.",
    "not_shrunk": f"No file has fewer than {SHRUNK:.0%} of the rows of the file before it.",
    "same_columns": "Each file has the columns of the file before it, under the same titles.",
    "header_as_declared": "The header of each file is as the dataset declares it.",
    AS_DECLARED: "The tables have the shape that the dataset declares.",
    "read_without_doubt": "No file can be read in two ways, by its encoding for example, or leaves a table empty.",
}
_WARNINGS = frozenset({"not_shrunk", "read_without_doubt", "same_columns"})


def check_specs(table: AssetKey) -> list[AssetCheckSpec]:
    """The checks of a table, for the UI."""
    return [AssetCheckSpec(name, asset=table, description=text) for name, text in _DESCRIPTIONS.items()]


def check_results(
    selected: set[AssetCheckKey], loaded: Mapping[str, Ingested], failed: Mapping[str, IngestionError]
) -> Iterator[AssetCheckResult]:
    """The outcome of each selected check over the files of a run: those that were loaded, and why others failed."""
    shrunk = {
        name: f"{one.verdict.rows:,} rows after {one.verdict.rows_before:,}"
        for name, one in loaded.items()
        if one.verdict.rows_before and one.verdict.rows < SHRUNK * one.verdict.rows_before
    }
    faults = {
        "has_rows": _of_kind(NoRows, failed),
        "not_shrunk": shrunk,
        "same_columns": {name: one.verdict.columns for name, one in loaded.items() if one.verdict.columns},
        "header_as_declared": _of_kind(WrongHeader, failed),
        AS_DECLARED: _of_kind(NotAsDeclared, failed),
        "read_without_doubt": {name: " ".join(one.remarks) for name, one in loaded.items() if one.remarks},
    }
    for key in sorted(selected, key=lambda key: key.name):
        found = faults[key.name]
        severity = AssetCheckSeverity.WARN if key.name in _WARNINGS else AssetCheckSeverity.ERROR
        yield AssetCheckResult(
            asset_key=key.asset_key,
            check_name=key.name,
            passed=not found,
            severity=severity,
            metadata={"files looked at": len(loaded) + len(failed), **found},
        )


def _of_kind(kind: type[IngestionError], failed: Mapping[str, IngestionError]) -> dict[str, str]:
    return {name: str(fault) for name, fault in failed.items() if isinstance(fault, kind)}
