"""Ends a run's processes when the run itself was killed and cannot do it.

It waits for the end of its standard input, which the run holds open as long as it lives.
"""

import fcntl
import signal
import subprocess
import sys
from pathlib import Path

from infra.local.home import end_recorded


def start_reaper(folder: Path) -> subprocess.Popen[bytes]:
    """Start the reaper of the processes that are recorded in the home `folder`; it ends when its `stdin` is closed."""
    return subprocess.Popen(
        [sys.executable, "-m", "infra.local.reaper", folder],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
        cwd=Path(__file__).parent.parent.parent,
    )


def main() -> None:
    """Wait for the end of the run in the home that is the first argument, and end what it left."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    folder = Path(sys.argv[1])
    with (folder / "reaper.lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        sys.stdin.buffer.read()
        # After an orderly stop the files are gone, and there is nothing to do.
        (folder / "service.json").unlink(missing_ok=True)
        (folder / "manage").unlink(missing_ok=True)
        end_recorded(folder / "processes.json")


if __name__ == "__main__":
    main()
