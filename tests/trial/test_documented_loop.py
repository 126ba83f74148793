"""The steps of "Add a dataset", done as the document shows them: declare, try, and see the rows."""

import shlex
import subprocess
import sys
from pathlib import Path

from tests.conftest import REPOSITORY
from tests.documents import blocks

CONTRIBUTING = REPOSITORY / "docs/contributing.md"
DECLARATION = "dss_assets/datasets/forestry_trees.py"
FILE = ".local/publisher/forestry/trees/trees_202601.csv"
LINES_OF_READING = 60


def test_the_documented_steps_show_what_the_document_shows(tmp_path: Path) -> None:
    shown = blocks(CONTRIBUTING)
    at = next(number for number, block in enumerate(shown) if block.language == "python")
    declaration, content, command, printed = shown[at : at + 4]
    for name, text in ((DECLARATION, declaration.text), (FILE, content.text)):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    # The folder of the declaration is not the package here: nothing else lies in it.
    (words,) = [shlex.split(line) for line in command.commands]
    assert words[0] == ".venv/bin/python"

    tried = subprocess.run(
        [sys.executable, "-c", f"import sys; sys.path[0] = {str(REPOSITORY)!r}; import runpy;"
         "sys.argv = ['dss_assets', *sys.argv[1:]]; runpy.run_module('dss_assets', run_name='__main__')", *words[3:]],
        cwd=tmp_path, env={}, capture_output=True, text=True, check=False,
    )  # fmt: skip

    assert tried.stderr == ""
    assert (tried.returncode, tried.stdout) == (0, printed.text)


def test_the_steps_are_short_to_read() -> None:
    """Without the example itself, and what it prints."""
    section = CONTRIBUTING.read_text().partition("## Add a dataset\n")[2].partition("\nWhere files come from:")[0]
    blank_free = [line for line in section.splitlines() if line.strip()]

    assert len(blank_free) < LINES_OF_READING
