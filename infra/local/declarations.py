"""The declarations of the datasets, which people change while a run goes on."""

import json
import subprocess
import sys
from pathlib import Path

FOLDER = Path(__file__).parent.parent.parent / "dss_assets" / "datasets"
# In a process of its own: a module that is imported once stays as it was.
_STORAGE_DATASETS = """
import json
from dss_assets.dataset import StorageFolder
from dss_assets.datasets import DATASETS
print(json.dumps([f"{one.organisation}/{one.name}" for one in DATASETS if isinstance(one.source, StorageFolder)]))
"""


def changed_at() -> float:
    """When a declaration was last changed, added or taken away."""
    return max(path.stat().st_mtime for path in (FOLDER, *FOLDER.glob("*.py")))


def why_unreadable() -> str:
    """What Python says of declarations that it cannot read; '' where it can."""
    return _run("import dss_assets.datasets").stderr


class _Known:
    """What was read last, and when that had been changed."""

    changed_at = 0.0
    storage_datasets: frozenset[str] = frozenset()


def storage_datasets() -> frozenset[str]:
    """The datasets (organisation/dataset) whose files operators bring. Those before, while a declaration is wrong."""
    if (now := changed_at()) != _Known.changed_at:
        _Known.changed_at = now
        read = _run(_STORAGE_DATASETS)
        if read.returncode == 0:
            _Known.storage_datasets = frozenset(json.loads(read.stdout))
    return _Known.storage_datasets


def _run(program: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", program], cwd=FOLDER.parent.parent, capture_output=True, text=True, check=False
    )
