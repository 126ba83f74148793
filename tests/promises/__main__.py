"""`make promises`: take each mechanism out, and want its test to fail. Arguments are parts of promises or of files."""

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from tests.conftest import REPOSITORY
from tests.promises.mechanisms import MECHANISMS, Mechanism

# What is installed, and not kept in git: the scratch copy uses it where it is.
INSTALLED = (".venv", "tests/hawk/node/node_modules")
# pytest's code for tests that ran and failed; any other says that it could not run them.
FAILED = 1
# A test takes a few seconds, those with the whole service a minute. One that hangs has not failed.
SECONDS = 300
TOLD_LINES = 20


def main(wanted: Sequence[str]) -> int:
    """Print each mechanism with what its loss led to; 1 if any was not noticed, or a test fails without need."""
    chosen = [one for one in MECHANISMS if not wanted or any(part in f"{one.promise} {one.file}" for part in wanted)]
    if not chosen:
        print(f"No promise or file has any of {' '.join(wanted)} in it: tests/promises has them.")
        return 1
    with tempfile.TemporaryDirectory(prefix="dss-promises-") as folder:
        copy = Path(folder)
        copy_repository(copy)
        print(f"{len(chosen)} mechanisms. First their tests as they are …", flush=True)
        tests = sorted({one.test for one in chosen})
        before = run_tests(copy, *tests)
        if before.returncode:
            print(*before.stdout.splitlines()[-TOLD_LINES:], sep="\n")
            print("Some of these tests fail already, or took too long: mend what they show.")
            return 1
        unnoticed = [one for one in chosen if not is_noticed(copy, one)]
    print(f"{len(chosen) - len(unnoticed)} of {len(chosen)} losses were noticed.")
    return 1 if unnoticed else 0


def copy_repository(copy: Path) -> None:
    """Copy what git would keep, as it stands in the working tree."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],  # noqa: S607 git is where it is
        cwd=REPOSITORY,
        check=True,
        capture_output=True,
        text=True,
    )
    for name in filter(None, listed.stdout.split("\0")):
        if (REPOSITORY / name).is_file():
            (copy / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(REPOSITORY / name, copy / name)
    for name in INSTALLED:
        if (REPOSITORY / name).exists():
            (copy / name).symlink_to(REPOSITORY / name)


def is_noticed(copy: Path, mechanism: Mechanism) -> bool:
    """Whether the test fails while the mechanism is out of the copy."""
    file = copy / mechanism.file
    source = file.read_text()
    started = time.monotonic()
    file.write_text(mechanism.taken_out_of(source))
    try:
        done = run_tests(copy, mechanism.test)
    finally:
        file.write_text(source)
    verdict = {FAILED: "noticed", 0: "NOT NOTICED"}.get(done.returncode, f"COULD NOT RUN (code {done.returncode})")
    print(f"{verdict:12} {time.monotonic() - started:5.1f} s  {mechanism.promise}\n{'':22}{mechanism.file}", flush=True)
    if done.returncode not in {0, FAILED}:
        print(done.stdout[-2000:])
    return done.returncode == FAILED


def run_tests(copy: Path, *tests: str) -> subprocess.CompletedProcess[str]:
    """Run these tests in the copy, without what an earlier run has compiled."""
    limit = str(SECONDS * len(tests))
    command = ["timeout", limit, sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", *tests]
    return subprocess.run(
        command,
        cwd=copy,
        env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"},
        check=False,
        capture_output=True,
        text=True,
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
