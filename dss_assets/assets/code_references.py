"""Where a dataset is declared, for the Dagster UI's link to its code."""

import re
import sys
import warnings
from pathlib import Path
from typing import Final

from dagster import BetaWarning, CodeReferencesMetadataValue, LocalFileCodeReference

from dss_assets.dataset import Dataset

# By name: Dagster imports this file on the way to its event log, which a mistake in a declaration must not stop.
_DECLARATIONS: Final = "dss_assets.datasets."


def code_references(dataset: Dataset) -> dict[str, CodeReferencesMetadataValue]:
    """The metadata that links to the file and line of a declaration; none for one that has no file of its own."""
    found = _place(dataset)
    if found is None:
        return {}
    with warnings.catch_warnings():
        # Dagster may still change these classes, and would say so for each dataset at each start.
        warnings.simplefilter("ignore", BetaWarning)
        return {"dagster/code_references": CodeReferencesMetadataValue(code_references=[_reference(dataset, *found)])}


def _reference(dataset: Dataset, path: Path, line: int) -> LocalFileCodeReference:
    return LocalFileCodeReference(file_path=str(path), line_number=line, label=f"Declaration of {dataset.key}")


def _place(dataset: Dataset) -> tuple[Path, int] | None:
    """The file below `dss_assets/datasets/` with the constant of this dataset, and the constant's line."""
    for name, module in list(sys.modules.items()):
        if not name.startswith(_DECLARATIONS) or not module.__file__:
            continue
        for constant, value in vars(module).items():
            if value is dataset:
                path = Path(module.__file__)
                lines = path.read_text().splitlines()
                assigned = re.compile(rf"{re.escape(constant)}\b.*=")
                numbers = [number for number, line in enumerate(lines, start=1) if assigned.match(line)]
                return (path, numbers[0]) if numbers else None
    return None
