"""Ends a run's processes when the run itself was killed and cannot do it.

It waits for the end of its standard input, which the run holds open as long as it lives.
"""

import signal
import subprocess
import sys
from pathlib import Path

from infra.local.home import end_recorded


def start_guard(processes_file: Path) -> subprocess.Popen[bytes]:
    """A guard over the processes recorded in the file; it goes when its `stdin` is closed."""
    return subprocess.Popen(
        [sys.executable, "-m", "infra.local.guard", processes_file],
        stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True,
        cwd=Path(__file__).parent.parent.parent,
    )  # fmt: skip


def main() -> None:
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    sys.stdin.buffer.read()
    # After an orderly stop the file is gone, and there is nothing to do.
    end_recorded(Path(sys.argv[1]))


if __name__ == "__main__":
    main()
