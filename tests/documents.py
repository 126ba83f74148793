"""The documents that people read, and the shell commands in them."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.conftest import REPOSITORY

README = REPOSITORY / "README.md"
DOCUMENTS = [README, REPOSITORY / "CHANGELOG.md", *sorted((REPOSITORY / "docs").rglob("*.md"))]

# Beginnings of commands that no test runs as documents show them, each with the reason.
NOT_RUN = {
    "make run": "the tests of commands use a service that this command has started",
    ".venv/bin/python -m dss_assets try": "tests/trial runs it on the declaration that the document shows",
    "make check": "part of .ci/run, which also runs the tests",
    "make test": "it would start the tests again",
    "DSS_SCREENSHOTS=": "it would start the tests again",
    "docker ": "needs a container engine; `make test-containers` builds the image and runs the compose file",
}


@dataclass(frozen=True, slots=True)
class Block:
    """A fenced block of a document. `following` is the block after it, which shows what a command prints."""

    document: Path
    language: str
    text: str
    following: "Block | None"

    @property
    def commands(self) -> list[str]:
        """The lines of a block of shell commands; a backslash at the end of a line continues it."""
        return [line for line in self.text.replace("\\\n", " ").splitlines() if line.strip()]


def blocks(document: Path) -> list[Block]:
    """The fenced blocks of a document in order, without the indentation that they have in a list."""
    found: list[Block] = []
    following: Block | None = None
    for match in reversed(list(_FENCED.finditer(document.read_text()))):
        text = re.sub(f"^{match['indent']}", "", match["text"], flags=re.MULTILINE)
        following = Block(document, match["language"], text, following)
        found.insert(0, following)
    return found


def shell_blocks() -> Iterator[Block]:
    """Every block of shell commands, in the order in which people read the documents."""
    return (block for document in DOCUMENTS for block in blocks(document) if block.language == "sh")


def runnable_blocks() -> list[Block]:
    """The blocks of commands that have to work while the service runs: all without a command of NOT_RUN."""
    return [block for block in shell_blocks() if not any(line.startswith(tuple(NOT_RUN)) for line in block.commands)]


_FENCED = re.compile(r"^(?P<indent> *)```(?P<language>\w*)\n(?P<text>.*?)^ *```$", re.MULTILINE | re.DOTALL)
