"""A run from start to stop: everything started side by side, watched, started again when it dies, ended in order."""

import time
from collections.abc import Callable
from pathlib import Path

from infra.local.home import Home, write_privately
from infra.local.operator_inbox import copy_inbox
from infra.local.ports import START_ATTEMPTS, PortTaken, is_free, wait_for_port
from infra.local.postgres import Postgres
from infra.local.process import LocalError, Process
from infra.local.reaper import start_reaper
from infra.local.service_processes import DATABASES, ServiceProcesses
from infra.local.sso.people import PEOPLE

# A process that has died is started again before a person looks twice.
LOOK_SECONDS = 0.5
# A process that dies at once each time must not keep the machine busy with its starts.
LONGEST_PAUSE_SECONDS = 30
# Together with Postgres's own stop this stays under the ten seconds after which a container would be killed.
STOP_SECONDS = 8
# A process that has run for this long had no trouble to start; the next death counts as its first.
SETTLED_SECONDS = 60


class LocalRun:
    """One run of the whole service in a home."""

    def __init__(self, home: Home, publisher_files: Path, say: Callable[[str], None], dataflow_api: str = "") -> None:
        """Choose ports and start the reaper. `say` gets each sentence that a person should read.

        `dataflow_api` is the Airflow that data-flow is to be; without one, the service delivers by itself.
        """
        self._home = home
        self._say = say
        self._publisher_files = publisher_files
        self._postgres = Postgres(home.folder / "postgres")
        self._postgres.process.log = home.logs / "postgres.log"
        self._dataflow_api = dataflow_api
        self.services = ServiceProcesses(home, publisher_files, self._postgres, dataflow_api)
        self._reaper = start_reaper(home.folder)
        self._ready: dict[Process, Callable[[], None]] = {}
        self._ports: dict[Process, int] = {}
        self._started: dict[Process, float] = {}
        self._deaths: dict[Process, int] = {}
        self._restart_at: dict[Process, float] = {}

    @property
    def database_url(self) -> str:
        """The URL of the service's own database."""
        return self._postgres.url("dss")

    def start(self) -> None:
        """Start everything and wait until it is ready. Raises LocalError with the log of what cannot start.

        A service that lost its port to another program makes all of them start again on other ports, since the
        URL of each is among the settings of the others.
        """
        for attempt in range(1, START_ATTEMPTS + 1):
            try:
                self._start_services()
                break
            except PortTaken as error:
                if attempt == START_ATTEMPTS:
                    raise
                self._choose_other_ports(error)
        write_privately(self._home.manage_script, self.services.manage_script(), mode=0o700)
        for command, script in self._home.dataset_scripts.items():
            write_privately(script, self.services.dataset_script(command), mode=0o700)
        write_privately(self._home.service_file, self._description())

    def _choose_other_ports(self, error: PortTaken) -> None:
        self._say(f"{error} Starting again on other ports.")
        self._stop_services()
        # Two runs that start at the same moment would meet again at the usual ports.
        self.services = ServiceProcesses(
            self._home, self._publisher_files, self._postgres, self._dataflow_api, usual_ports=False
        )

    def _start_services(self) -> None:
        services, ports = self.services, self.services.ports
        services.write_dagster_home()
        self._start(services.publisher(), ports.publisher)
        self._start(services.sso(), ports.sso)
        if not self._postgres.process.is_running:
            self._postgres.start()
            self._started[self._postgres.process] = time.monotonic()
        for database in DATABASES:
            self._postgres.create_database(database)
        self._start(services.code_server(), ports.code_server)
        self._start(services.dagster_webserver(), ports.dagster, "/server_info")
        if dataflow := services.dataflow():
            self._start(dataflow, ports.dataflow)
        for group in services.preparations():
            self._carry_out(group)
        self._start(services.web(), ports.web, "/healthcheck/")
        self._start(services.worker())
        self.copy_inbox()
        self._start(services.dagster_daemon())
        for wait in list(self._ready.values()):
            wait()

    def watch(self) -> bool:
        """One look at everything: start again what has died, copy what is new in the inbox.

        True where the port of what has died was lost to another program, so that all have others now.
        """
        try:
            self._look_at_processes()
        except PortTaken as error:
            self._choose_other_ports(error)
            self.start()
            return True
        self.copy_inbox()
        return False

    def _look_at_processes(self) -> None:
        now = time.monotonic()
        for process, started in list(self._started.items()):
            if process.is_running:
                if now - started > SETTLED_SECONDS:
                    self._deaths.pop(process, None)
            elif process not in self._restart_at:
                pause = min(2 ** self._deaths.get(process, 0), LONGEST_PAUSE_SECONDS)
                self._deaths[process] = self._deaths.get(process, 0) + 1
                self._restart_at[process] = now + pause
                self._say(
                    f"{process.name} has died (code {process.exit_code}) and will be started again in {pause} s. "
                    f"The end of {process.log}:\n{process.log_tail()}"
                )
            elif now >= self._restart_at[process]:
                del self._restart_at[process]
                self._restart(process)

    def stop(self) -> None:
        """End everything: first what works, all at once, then the database under it."""
        self._home.service_file.unlink(missing_ok=True)
        self._home.manage_script.unlink(missing_ok=True)
        for script in self._home.dataset_scripts.values():
            script.unlink(missing_ok=True)
        self._stop_services()
        self._postgres.stop()
        self._home.processes_file.unlink(missing_ok=True)
        if self._reaper.stdin is not None:
            self._reaper.stdin.close()
        self._reaper.wait()

    def _stop_services(self) -> None:
        """End all services at once; the database under them stays."""
        services = [process for process in self._started if process is not self._postgres.process]
        for process in services:
            process.ask_to_stop()
        deadline = time.monotonic() + STOP_SECONDS
        for process in services:
            process.stop(timeout_seconds=max(0.1, deadline - time.monotonic()))
            del self._started[process]
        for known in (self._ready, self._ports, self._restart_at, self._deaths):
            known.clear()

    def copy_inbox(self) -> None:
        """Put what operators would into the storage: files of datasets that have no publisher."""
        for copy in copy_inbox(self.services.publisher_files, self._home.storage / "datasets"):
            self._say(f"Copied {copy.name} to {copy.parent}, as an operator would.")

    def _start(self, process: Process, port: int | None = None, path: str = "") -> None:
        # Most are lost before anything is started: that is known at once, and not after half a minute of imports.
        if port is not None:
            _require_free(port, f"it was chosen for {process.name}")
        process.start()
        self._started[process] = time.monotonic()
        if port is not None:
            self._ports[process] = port
            self._ready[process] = lambda: wait_for_port(process, port, path)
        self._record()

    def _restart(self, process: Process) -> None:
        """Start a process again that has died; also what it had started is ended before.

        Raises PortTaken where another program has its port by now: whoever follows our links would come there.
        """
        process.stop(timeout_seconds=0)
        if port := self._ports.get(process):
            _require_free(port, f"{process.name} died")
        try:
            if process is self._postgres.process:
                self._postgres.start()
            else:
                process.start()
        except LocalError as error:
            self._say(str(error))
        self._started[process] = time.monotonic()
        self._record()

    def _record(self) -> None:
        self._home.record_processes({process.name: process.pid for process in self._started if process.is_running})

    def _carry_out(self, group: tuple[Process, ...]) -> None:
        """Start processes that end by themselves, and wait for their good end."""
        for process in group:
            process.start()
        self._home.record_processes({p.name: p.pid for p in (*self._started, *group) if p.is_running})
        try:
            for process in group:
                if process.wait():
                    raise LocalError(
                        f"{process.name} failed with code {process.exit_code}. The end of {process.log}:\n"
                        f"{process.log_tail()}"
                    )
        finally:
            for process in group:
                process.stop()

    def _description(self) -> dict[str, object]:
        services = self.services
        return {
            "web": services.web_url,
            "dagster": services.dagster_url,
            "sso": services.sso_url,
            **({"dataflow": services.dataflow_url} if self._dataflow_api else {}),
            "publisher": services.publisher_url,
            "publisher_files": str(services.publisher_files),
            "storage": self._home.storage.as_uri(),
            "database": self._postgres.url("dss"),
            "dagster_database": self._postgres.url("dagster"),
            "datasets_database": self._postgres.url("datasets"),
            "hawk": services.hawk,
            "people": [
                {"name": f"{person.first_name} {person.last_name}", "email": person.email, "may": person.may}
                for person in PEOPLE
            ],
            "pids": {process.name: process.pid for process in self._started},
        }


def _require_free(port: int, since: str) -> None:
    """Raise PortTaken if another program listens there."""
    if not is_free(port):
        raise PortTaken(f"Another program has taken port {port} since {since}.")
