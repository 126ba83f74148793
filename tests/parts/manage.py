"""The commands of manage.py, as an operator runs them."""

import re
import subprocess
import sys

from tests.conftest import REPOSITORY, web_environment


def manage(database_url: str, *arguments: str, **settings: str) -> subprocess.CompletedProcess[str]:
    """Run a command to its end, on this database."""
    return subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=REPOSITORY,
        env=web_environment(database_url, "file:///nowhere") | settings,
        capture_output=True,
        text=True,
        check=False,
    )


def printed_key(finished: subprocess.CompletedProcess[str]) -> str:
    """The key that a command has shown, this once."""
    found = re.search(r"^key: +(\S+)$", finished.stdout, re.MULTILINE)
    assert found, finished.stderr
    return found[1]
