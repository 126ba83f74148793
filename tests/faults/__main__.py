"""Run the whole service, inflict each fault or those that are named, and write docs/reliability.md when all were."""

import argparse
import json
import platform
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

import psutil

from infra.local.signals import stoppable
from tests.conftest import REPOSITORY
from tests.faults.faults import FAULTS, Fault, disk_of_its_own
from tests.faults.report import Outcome, as_markdown
from tests.faults.service import PATIENCE_SECONDS, ServiceUnderFault

TARGET = REPOSITORY / "docs" / "reliability.md"
BEGIN, END = "<!-- measured: begin -->\n", "<!-- measured: end -->\n"
# What had become of a page when a fault began is told by those that were asked for a little later.
FIRST_SECONDS = 5


def main() -> int:
    """Inflict the faults; 1 where one did not heal."""
    parser = argparse.ArgumentParser(prog="make faults")
    parser.add_argument("names", nargs="*", choices=[*FAULTS, []], help="only these")
    parser.add_argument("--keep", type=Path, help="add the outcomes to those in this file, as JSON, after each fault")
    parser.add_argument("--write", action="store_true", help="write the document also where some were not measured")
    options = parser.parse_args()
    names = options.names or list(FAULTS)
    outcomes: dict[str, Outcome] = {}
    if options.keep and options.keep.exists():
        outcomes = {name: Outcome(**values) for name, values in json.loads(options.keep.read_text()).items()}
    with stoppable(), tempfile.TemporaryDirectory(prefix="dss-faults-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        folder.chmod(0o711)  # Postgres runs under a user of its own
        with disk_of_its_own(folder / "home/postgres"):
            service = ServiceUnderFault(folder)
            with service.running():
                service.plant()
                service.upload()
                _seconds_until(lambda: service.has_all_files() and service.has_uploaded())
                for fault in names:
                    print(f"{fault} …", file=sys.stderr, flush=True)
                    outcomes[fault] = measure(service, FAULTS[fault])
                    print(as_markdown([outcomes[fault]]).splitlines()[-1], flush=True)
                    if options.keep:
                        options.keep.write_text(json.dumps({key: asdict(one) for key, one in outcomes.items()}))
    if options.write or set(outcomes) == set(FAULTS):
        write(outcomes)
    return 1 if any(not outcomes[name].is_healed for name in names) else 0


def measure(service: ServiceUnderFault, fault: Fault) -> Outcome:
    """Inflict a fault while a file is on its way; when it is over plant another file, and upload one."""
    failed = service.failed_runs()
    service.plant()
    began = time.monotonic()
    with fault.inflict(service):
        time.sleep(fault.seconds)
    ended = time.monotonic()
    service.plant()
    uploading = threading.Thread(target=service.upload)
    uploading.start()
    times: dict[str, float | None] = {}
    waits = [
        threading.Thread(target=lambda key=key, check=check: times.update({key: _seconds_until(check)}))
        for key, check in (("file", service.has_all_files), ("upload", service.has_uploaded))
    ]
    for wait in waits:
        wait.start()
    for wait in (*waits, uploading):
        wait.join()
    lost, doubled = service.balance()
    return Outcome(
        part=fault.part,
        what=fault.what,
        lasted=ended - began if fault.seconds else 0,
        pages=service.pages.share(began, max(ended, began + FIRST_SECONDS)),
        page=service.pages.back(ended),
        file=times["file"],
        upload=times["upload"],
        lost=lost,
        doubled=doubled,
        failed_runs=service.failed_runs() - failed,
    )


def _seconds_until(is_so: Callable[[], bool]) -> float | None:
    """How long it takes, None if it does not come within PATIENCE_SECONDS."""
    began = time.monotonic()
    while not is_so():
        if time.monotonic() - began > PATIENCE_SECONDS:
            return None
        time.sleep(0.2)
    return time.monotonic() - began


def write(outcomes: dict[str, Outcome]) -> None:
    """Put the table between the marks of the document, in the order of FAULTS."""
    memory = psutil.virtual_memory().total / 2**30
    load = f"load {psutil.getloadavg()[2]:.0f}"
    machine = f"{psutil.cpu_count()} cores, {memory:.0f} GiB, {load}, Python {platform.python_version()}"
    table = as_markdown([outcomes[name] for name in FAULTS if name in outcomes])
    missing = [name for name in FAULTS if name not in outcomes]
    note = f"\nNot measured then: {', '.join(missing)}.\n" if missing else ""
    measured = f"Measured on {datetime.now(UTC):%d %B %Y}, {machine}.\n\n{table}{note}"
    before, _, rest = TARGET.read_text().partition(BEGIN)
    after = rest.partition(END)[2]
    TARGET.write_text(f"{before}{BEGIN}{measured}{END}{after}")


if __name__ == "__main__":
    sys.exit(main())
