"""Each fault, from its beginning to its end. A context: within it the fault lasts."""

import contextlib
import os
import re
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Final

import psutil
import psycopg

from infra.local.process import session_members
from tests.faults.link import Mode
from tests.faults.service import ServiceUnderFault

# Longer than it takes to notice, and than a person takes to start something again.
LASTING_SECONDS: Final = 20
# Of what Postgres may hold by `make run`'s settings: 200.
CONNECTIONS: Final = 195
# More than HAWK allows. Sensors rest for as long as a clock is set back: Dagster counts from their last look.
WRONG_BY: Final = timedelta(seconds=90)
# Five hundredths of a core: a start of Dagster, which takes four seconds of one, takes 80.
STARVED_CGROUP: Final = Path("/sys/fs/cgroup/cpu/dss-faults")
PERIOD_MICROSECONDS: Final = 100_000
STARVED_SHARE: Final = 0.05

Inflict = Callable[[ServiceUnderFault], AbstractContextManager[None]]


@dataclass(frozen=True, slots=True)
class Fault:
    """What fails (`part`), how, and for how long it lasts; 0 for what is over at once."""

    part: str
    what: str
    inflict: Inflict
    seconds: float = LASTING_SECONDS


@contextmanager
def nothing(service: ServiceUnderFault) -> Iterator[None]:
    """For comparison."""
    yield


def killed(name: str) -> Inflict:
    """`kill -9` of a process and all that it has started."""

    @contextmanager
    def inflict(service: ServiceUnderFault) -> Iterator[None]:
        _signal(service, signal.SIGKILL, name)
        yield

    return inflict


def stopped(name: str) -> Inflict:
    """A process that is there and does nothing, with all that it has started."""

    @contextmanager
    def inflict(service: ServiceUnderFault) -> Iterator[None]:
        _signal(service, signal.SIGSTOP, name)
        try:
            yield
        finally:
            _signal(service, signal.SIGCONT, name)

    return inflict


def _signal(service: ServiceUnderFault, number: signal.Signals, *names: str) -> None:
    for member in _members(service, *names):
        with contextlib.suppress(psutil.Error):
            member.send_signal(number)


def _members(service: ServiceUnderFault, *names: str) -> set[psutil.Process]:
    """The processes of these names, with all that they have started; each of Postgres's has a session of its own."""
    pids = [service.process(name).pid for name in names]
    members = set(session_members(pids))
    for pid in pids:
        with contextlib.suppress(psutil.Error):
            members.update(psutil.Process(pid).children(recursive=True))
    return members


@contextmanager
def power_cut(service: ServiceUnderFault) -> Iterator[None]:
    """Every process of the service and its Postgres at once."""
    _signal(service, signal.SIGKILL, *[process.name for process in service.run._started])
    yield


@contextmanager
def killed_run(service: ServiceUnderFault) -> Iterator[None]:
    """The process of a run, in the middle of a load."""
    with _load_that_waits(service) as pid:
        os.kill(pid, signal.SIGKILL)
    yield


@contextmanager
def stopped_run(service: ServiceUnderFault) -> Iterator[None]:
    """The process of a run does nothing for a while, in the middle of a load."""
    with _load_that_waits(service) as pid:
        os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(pid, signal.SIGCONT)


@contextmanager
def _load_that_waits(service: ServiceUnderFault) -> Iterator[int]:
    """The process of a run, which does not get further than the beginning of its transaction."""
    with psycopg.connect(service.run.database_url) as holder:
        holder.execute("SELECT pg_advisory_xact_lock(hashtextextended('load hmrc.exporters', 0))")
        service.plant()
        _until(
            service,
            "SELECT 1 FROM pg_stat_activity WHERE application_name LIKE 'dss run%' AND wait_event_type = 'Lock'",
        )
        events = "SELECT event FROM event_logs WHERE dagster_event_type = 'ENGINE_EVENT' ORDER BY id DESC LIMIT 20"
        with psycopg.connect(service.run._postgres.url("dagster")) as dagster:
            texts = [event for (event,) in dagster.execute(events)]
        yield int(next(found[1] for text in texts if (found := re.search(r"\(pid: (\d+)\)", text))))


def _until(service: ServiceUnderFault, question: str) -> None:
    deadline = time.monotonic() + 120
    while not service.ask(question):
        if time.monotonic() > deadline:
            raise TimeoutError(question)
        time.sleep(0.1)


@contextmanager
def postgres_away(service: ServiceUnderFault) -> Iterator[None]:
    """An orderly stop of Postgres, and a start after a while."""
    service.run._started.pop(service.run._postgres.process)  # so that nobody starts it again
    service.run._postgres.stop()
    try:
        yield
    finally:
        service.run._postgres.start()
        service.run._started[service.run._postgres.process] = time.monotonic()


@contextmanager
def postgres_restarted(service: ServiceUnderFault) -> Iterator[None]:
    """A stop and a start at once, as for a new minor version."""
    with postgres_away(service):
        pass
    yield


@contextmanager
def postgres_read_only(service: ServiceUnderFault) -> Iterator[None]:
    """As a database that has failed over to a replica, or that its provider has locked."""
    _set(service, "ALTER SYSTEM SET default_transaction_read_only = on")
    try:
        yield
    finally:
        _set(service, "SET default_transaction_read_only = off", "ALTER SYSTEM RESET default_transaction_read_only")


def _set(service: ServiceUnderFault, *statements: str) -> None:
    with psycopg.connect(service.run._postgres.url("postgres"), autocommit=True) as connection:
        for statement in (*statements, "SELECT pg_reload_conf()"):
            connection.execute(statement.encode())


@contextmanager
def postgres_without_connections(service: ServiceUnderFault) -> Iterator[None]:
    """Others hold all connections that there are."""
    with contextlib.ExitStack() as held:
        with contextlib.suppress(psycopg.OperationalError):
            for _ in range(CONNECTIONS):
                held.enter_context(contextlib.closing(psycopg.connect(service.run.database_url, connect_timeout=5)))
        yield


@contextmanager
def postgres_full(service: ServiceUnderFault) -> Iterator[None]:
    """Its disk, which is one of its own here, has not a byte left."""
    filler = service.run._postgres.data.parent / "filler"
    with filler.open("wb") as file, contextlib.suppress(OSError):
        while True:
            file.write(b"\0" * 2**20)
            file.flush()
    try:
        yield
    finally:
        filler.unlink()


def link(name: str, mode: Mode, amount: float = 0) -> Inflict:
    """A cable that is broken."""

    @contextmanager
    def inflict(service: ServiceUnderFault) -> Iterator[None]:
        with service.services.links[name].broken(mode, amount):
            yield

    return inflict


@contextmanager
def publisher_changes_its_file(service: ServiceUnderFault) -> Iterator[None]:
    """It puts another version in the place of a file while that is read, slowly."""
    with service.services.links["publisher"].broken(Mode.SLOW, 0.5):
        name = service.plant()
        time.sleep(8)
        service.change(name)
        yield


@contextmanager
def dataflow_loses_its_runs(service: ServiceUnderFault) -> Iterator[None]:
    """It is started again over an empty database."""
    _signal(service, signal.SIGKILL, "dataflow")
    for path in (service.home.folder / "dataflow").iterdir():
        shutil.rmtree(path) if path.is_dir() else path.unlink()
    yield


def clock_wrong_by(offset: timedelta) -> Inflict:
    """The clock of all processes of the service is wrong, and is set right again; Postgres and storage keep theirs."""

    @contextmanager
    def inflict(service: ServiceUnderFault) -> Iterator[None]:
        with service.services.clock.wrong_by(offset):
            yield

    return inflict


@contextmanager
def starved(service: ServiceUnderFault) -> Iterator[None]:
    """A machine that is much too busy: Dagster's processes get a twentieth of a core together."""
    STARVED_CGROUP.mkdir(exist_ok=True)
    (STARVED_CGROUP / "cpu.cfs_period_us").write_text(str(PERIOD_MICROSECONDS))
    (STARVED_CGROUP / "cpu.cfs_quota_us").write_text(str(int(PERIOD_MICROSECONDS * STARVED_SHARE)))
    try:
        for member in _members(service, "code-server", "dagster-daemon"):
            (STARVED_CGROUP / "cgroup.procs").write_text(str(member.pid))
        yield
    finally:
        (STARVED_CGROUP / "cpu.cfs_quota_us").write_text("-1")
        for pid in (STARVED_CGROUP / "cgroup.procs").read_text().split():
            with contextlib.suppress(OSError):
                (STARVED_CGROUP.parent / "cgroup.procs").write_text(pid)
        STARVED_CGROUP.rmdir()


@contextmanager
def disk_of_its_own(folder: Path, megabytes: int = 3000) -> Iterator[None]:
    """Let a folder be a disk in memory, where we may: only such a one can be filled."""
    folder.mkdir(parents=True)
    mounted = (
        os.geteuid() == 0
        and not subprocess.run(
            ["mount", "-t", "tmpfs", "-o", f"size={megabytes}m,mode=0711", "tmpfs", folder],  # noqa: S607
            check=False,
        ).returncode
    )
    try:
        yield
    finally:
        if mounted:
            subprocess.run(["umount", "-l", folder], check=False)  # noqa: S607


FAULTS: Final = {
    "none": Fault("nothing", "for comparison", nothing, 0),
    "web-killed": Fault("web app", "kill -9", killed("web"), 0),
    "web-stopped": Fault("web app", "stands still (SIGSTOP)", stopped("web")),
    "worker-killed": Fault("worker", "kill -9", killed("worker"), 0),
    "worker-stopped": Fault("worker", "stands still", stopped("worker")),
    "code-killed": Fault("code server and its runs", "kill -9", killed("code-server"), 0),
    "code-stopped": Fault("code server and its runs", "stand still", stopped("code-server")),
    "daemon-killed": Fault("Dagster daemon", "kill -9", killed("dagster-daemon"), 0),
    "daemon-stopped": Fault("Dagster daemon", "stands still", stopped("dagster-daemon")),
    "ui-killed": Fault("Dagster UI", "kill -9", killed("dagster-webserver"), 0),
    "run-killed": Fault("a run, in the middle of a load", "kill -9", killed_run, 0),
    "run-stopped": Fault("a run, in the middle of a load", "stands still", stopped_run),
    "power-cut": Fault("all processes and Postgres", "kill -9 at once", power_cut, 0),
    "postgres-killed": Fault("Postgres", "kill -9", killed("postgres"), 0),
    "postgres-restarted": Fault("Postgres", "restarted", postgres_restarted, 0),
    "postgres-away": Fault("Postgres", "away", postgres_away),
    "postgres-stopped": Fault("Postgres", "stands still", stopped("postgres")),
    "postgres-read-only": Fault("Postgres", "read-only", postgres_read_only),
    "postgres-connections": Fault("Postgres", "no connection left", postgres_without_connections),
    "postgres-full": Fault("Postgres", "disk full", postgres_full),
    "s3-away": Fault("storage (S3)", "away", link("s3", Mode.AWAY)),
    "s3-silent": Fault("storage (S3)", "does not answer", link("s3", Mode.SILENT)),
    "s3-errors": Fault("storage (S3)", "answers 503", link("s3", Mode.ERRORS)),
    "s3-slow": Fault("storage (S3)", "0.5 s for each 16 KiB", link("s3", Mode.SLOW, 0.5)),
    "publisher-away": Fault("publisher", "away", link("publisher", Mode.AWAY)),
    "publisher-silent": Fault("publisher", "does not answer", link("publisher", Mode.SILENT)),
    "publisher-errors": Fault("publisher", "answers 503", link("publisher", Mode.ERRORS)),
    "publisher-slow": Fault("publisher", "0.5 s for each 16 KiB", link("publisher", Mode.SLOW, 0.5)),
    "publisher-cuts": Fault("publisher", "breaks off after 600 bytes", link("publisher", Mode.CUT, 600)),
    "publisher-changes": Fault("publisher", "changes a file while it is read", publisher_changes_its_file),
    "dataflow-away": Fault("data-flow", "away", link("dataflow", Mode.AWAY)),
    "dataflow-silent": Fault("data-flow", "does not answer", link("dataflow", Mode.SILENT)),
    "dataflow-errors": Fault("data-flow", "answers 503", link("dataflow", Mode.ERRORS)),
    "dataflow-cuts": Fault("data-flow", "does what it is asked, and its answers break off", link("dataflow", Mode.CUT)),
    "dataflow-loses": Fault("data-flow", "loses its runs", dataflow_loses_its_runs, 0),
    "sso-away": Fault("SSO", "away", link("sso", Mode.AWAY)),
    "sso-silent": Fault("SSO", "does not answer", link("sso", Mode.SILENT)),
    "clock-ahead": Fault("clock of the service", "90 s ahead", clock_wrong_by(WRONG_BY)),
    "clock-behind": Fault("clock of the service", "90 s behind", clock_wrong_by(-WRONG_BY)),
    "starved": Fault("machine", "Dagster gets 5 % of a core for five minutes", starved, 300),
}
