"""A release as it was made: its own folder, its own packages, its own Python."""

import os
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from infra.local.process import Process
from tests.conftest import REPOSITORY

BEFORE = REPOSITORY / "infra/local/release_before.toml"
# Not committed. A release is installed once for each clone of the repository.
CACHE = REPOSITORY / ".releases"


@dataclass(frozen=True)
class Release:
    """Programs of one release. `folder` is where they lie, `python` the interpreter with its packages."""

    name: str
    folder: Path
    python: Path

    def process(self, name: str, arguments: list[str], log: Path, environment: Mapping[str, str]) -> Process:
        """This release's Python with these arguments, with nothing in its environment but this and the machine's."""
        surrounding = {**os.environ, "PYTHONUNBUFFERED": "1", **environment}
        return Process(f"{name}-{self.name}", [self.python, *arguments], log, surrounding, self.folder)

    def run(self, arguments: list[str], environment: Mapping[str, str]) -> None:
        """Run a command of this release to its good end."""
        ended = subprocess.run(
            [self.python, *arguments],
            cwd=self.folder,
            env={**os.environ, **environment},
            capture_output=True,
            text=True,
            check=False,
        )
        assert ended.returncode == 0, f"{arguments} of {self.name}: {ended.stdout}{ended.stderr}"


# The release that this working copy is going to be.
NOW = Release("now", REPOSITORY, Path(sys.executable))


def release_before() -> Release:
    """The release before, which is installed if it is not there yet (half a minute).

    Raises AssertionError where the repository has neither its tag nor its commit, as a shallow clone has not.
    """
    declared = tomllib.loads(BEFORE.read_text())
    commit = _commit(f"v{declared['version']}") or _commit(declared["commit"])
    assert commit, (
        f"Nothing can be upgraded here: this clone has neither the tag v{declared['version']} nor the commit "
        f"{declared['commit']} that {BEFORE.relative_to(REPOSITORY)} names. Fetch the whole history: "
        "git fetch --unshallow --tags."
    )
    folder = CACHE / f"{declared['version']}-{commit[:12]}"
    if not (folder / "Makefile").exists():
        folder.mkdir(parents=True, exist_ok=True)
        archive = subprocess.run([_program("git"), "archive", commit], cwd=REPOSITORY, capture_output=True, check=True)
        subprocess.run([_program("tar"), "-x", "-C", folder], input=archive.stdout, check=True)
    installed = subprocess.run([_program("make"), "install"], cwd=folder, capture_output=True, text=True, check=False)
    assert installed.returncode == 0, f"The release before cannot be installed: {installed.stdout}{installed.stderr}"
    return Release(declared["version"], folder, folder / ".venv/bin/python")


def _program(name: str) -> str:
    found = shutil.which(name)
    assert found, f"{name} is not installed."
    return found


def _commit(name: str) -> str:
    """The commit of a tag or a number; '' where this clone does not have it."""
    found = subprocess.run(
        [_program("git"), "rev-parse", "--verify", "--quiet", f"{name}^{{commit}}"],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        check=False,
    )
    return found.stdout.strip()
