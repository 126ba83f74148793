"""The image without Docker: what the Dockerfile copies and runs, carried out in a folder."""

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.conftest import REPOSITORY

DOCKERFILE = REPOSITORY / "Dockerfile"
# The folders of the image that are ours, wherever their names stand as a path.
OUR_FOLDERS = re.compile(r"(?<![\w./-])/(?:opt|srv|var/lib/dss)\b")


@dataclass(slots=True)
class Stage:
    """A stage with its own instructions; `parent` is the name of the stage or image that it begins with."""

    name: str
    parent: str
    instructions: list[tuple[str, str]] = field(default_factory=list)


def stages() -> dict[str, Stage]:
    """The Dockerfile's stages by name."""
    text = re.sub(r"^#.*\n", "", DOCKERFILE.read_text(), flags=re.MULTILINE).replace("\\\n", " ")
    found: list[Stage] = []
    for line in filter(None, map(str.strip, text.splitlines())):
        instruction, _, rest = line.partition(" ")
        if instruction == "FROM":
            parent, _, name = rest.partition(" AS ")
            found.append(Stage(name, parent))
        else:
            found[-1].instructions.append((instruction, rest.strip()))
    return {stage.name: stage for stage in found}


def instructions_of(target: str) -> list[tuple[str, str]]:
    """All instructions that an image of this stage went through, in their order."""
    all_stages = stages()
    chain: list[tuple[str, str]] = []
    while target in all_stages:
        chain = all_stages[target].instructions + chain
        target = all_stages[target].parent
    return chain


def copies_of(target: str) -> list[tuple[list[str], str]]:
    """What a stage copies from the repository: sources, destination."""
    pairs = []
    for instruction, rest in instructions_of(target):
        if instruction == "COPY" and not rest.startswith("--from"):
            *sources, destination = shlex.split(rest)
            pairs.append((sources, destination))
    return pairs


class Image:
    """The file system of an image of `target` below `root`, with this Python's packages as its own."""

    def __init__(self, target: str, root: Path) -> None:
        self.root = root
        self.folder = root / "srv"
        self.folder.mkdir(parents=True)
        (root / "opt").mkdir()
        (root / "opt/venv").symlink_to(sys.prefix)
        # As in the container: nothing of this machine's environment, and no home.
        self.environment = {"PATH": os.environ["PATH"], "HOME": str(root / "nonexistent")}
        for instruction, rest in instructions_of(target):
            match instruction:
                case "ENV":
                    for name, _, value in (pair.partition("=") for pair in shlex.split(rest)):
                        self.environment[name] = self.here(value).replace("$PATH", self.environment["PATH"])
                case "COPY" if not rest.startswith("--from"):
                    *sources, destination = shlex.split(rest)
                    self._copy(sources, destination)
                case "RUN" if "python " in rest:  # the others make users and folders with owners
                    self.run(["sh", "-euc", self.here(rest)])

    def here(self, text: str) -> str:
        """Text in which the image's folders are those below `root`."""
        return OUR_FOLDERS.sub(lambda found: f"{self.root}{found[0]}", text)

    def run(self, command: list[str], environment: dict[str, str] | None = None) -> subprocess.CompletedProcess[str]:
        """Run a command as in the container; it has to succeed."""
        ended = subprocess.run(
            command,
            cwd=self.folder,
            env=self.environment | (environment or {}),
            capture_output=True,
            text=True,
            check=False,
        )
        assert ended.returncode == 0, f"{command}\n{ended.stdout}{ended.stderr}"
        return ended

    def _copy(self, sources: list[str], destination: str) -> None:
        target = self.folder / self.here(destination)
        for source in (REPOSITORY / source for source in sources):
            if source.is_dir():
                shutil.copytree(source, target, dirs_exist_ok=True, ignore=shutil.ignore_patterns("__pycache__"))
                continue
            file = target / source.name if destination.endswith("/") else target
            file.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(source, file)


def default_command(target: str) -> list[str]:
    """What a container of this stage starts."""
    commands: list[Any] = [json.loads(rest) for instruction, rest in instructions_of(target) if instruction == "CMD"]
    assert commands, f"The stage {target} has no CMD."
    return list(commands[-1])
