"""The tables of datasets. The assets half knows their declarations, so it brings them: a process of its own does."""

import json
import subprocess
import sys
from collections.abc import Callable, Mapping

from dss_web.moving_in.report import Entry, Step
from dss_web.shared.former import What


class TablesNotBrought(Exception):
    """The process of the assets half failed; what it had brought until then is here."""


def move_tables(*, is_in_place: bool, is_applied: bool, say: Callable[[str], None]) -> Step:
    """Bring the tables, each dataset in one transaction, or say what would be brought. Raises TablesNotBrought."""
    step = Step("Tables of datasets")
    options = [*(["--apply"] if is_applied else []), *(["--in-place"] if is_in_place else [])]
    # Errors go where ours do.
    with subprocess.Popen(
        [sys.executable, "-m", "dss_assets", "move_in", *options], stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout
        for line in process.stdout:
            entry = _entry(json.loads(line))
            step.entries.append(entry)
            say(f"{entry.name}: {entry.what} ({entry.details['seconds']:g} seconds)")
    if process.returncode:
        raise TablesNotBrought(
            f"The tables were not all brought: `python -m dss_assets move_in` ended with {process.returncode}. Its "
            "reason is above. What came until then is here; run the import again, and it goes on."
        )
    return step


def declared_datasets() -> frozenset[str]:
    """The keys of the published datasets of this release. Raises CalledProcessError."""
    told = subprocess.run(
        [sys.executable, "-m", "dss_assets", "move_in", "--datasets"], check=True, stdout=subprocess.PIPE, text=True
    )
    return frozenset(json.loads(told.stdout))


def declare() -> None:
    """Write the declarations down where there were none yet. Raises CalledProcessError."""
    subprocess.run([sys.executable, "-m", "dss_assets", "declare"], check=True, stdout=subprocess.DEVNULL)


def _entry(told: Mapping[str, object]) -> Entry:
    remarks = told["remarks"]
    assert isinstance(remarks, list)
    details = {"rows": told["rows"], "seconds": told["seconds"]}
    return Entry(str(told["name"]), What(str(told["what"])), remarks, details)
