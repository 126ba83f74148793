"""The processes of a run: what each is started with, and how it tells that it is ready."""

import base64
import json
import os
import shlex
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from infra.local.code_server import CodeServer
from infra.local.home import Home
from infra.local.ports import free_ports
from infra.local.postgres import Postgres
from infra.local.process import Process
from infra.local.publisher import Publisher

REPOSITORY: Final = Path(__file__).parent.parent.parent
WORKSPACE: Final = "infra/workspace.yaml"
WEB_PORT, DAGSTER_PORT = 8000, 3000
PERSON_HAWK_ID, READER_HAWK_ID, DATAFLOW_HAWK_ID = "you", "data-flow", "data-store-service"
DATABASES: Final = ("dss", "dagster", "datasets")
SOURCE_INTERVAL_SECONDS = 5
# As in the Dockerfile, which gives the reason.
DAGSTER_DEADLINE_SECONDS = 150


@dataclass(frozen=True, slots=True)
class Ports:
    """The TCP port of each service."""

    web: int
    dagster: int
    code_server: int
    sso: int
    dataflow: int
    publisher: int

    @classmethod
    def choose(cls, *, usual: bool = True) -> "Ports":
        """The usual ports for what people open, or free ones where those are taken or not wanted."""
        return cls(*free_ports(*((WEB_PORT, DAGSTER_PORT) if usual else (0, 0)), 0, 0, 0, 0))


class ServiceProcesses:
    """Makes the processes of one run. Each has its log in the home."""

    def __init__(
        self, home: Home, publisher_files: Path, postgres: Postgres, dataflow_api: str = "", *, usual_ports: bool = True
    ) -> None:
        """Choose the ports, from which the URLs follow that the services get of each other.

        `dataflow_api` is the Airflow that data-flow is to be; without one, the service delivers by itself.
        """
        self.home = home
        self.ports = Ports.choose(usual=usual_ports)
        self.publisher_files = publisher_files
        self._postgres = postgres
        self._dataflow_api = dataflow_api
        self._secrets = home.secrets()
        self.web_url = f"http://127.0.0.1:{self.ports.web}"
        self.dagster_url = f"http://127.0.0.1:{self.ports.dagster}"
        self.sso_url = f"http://127.0.0.1:{self.ports.sso}"
        self.dataflow_url = f"http://127.0.0.1:{self.ports.dataflow}"
        self.publisher_url = f"http://127.0.0.1:{self.ports.publisher}"
        self.metrics_token = self._secrets["metrics_token"]
        self.hawk = {"id": PERSON_HAWK_ID, "key": self._secrets["person_hawk_key"]}

    @property
    def environment(self) -> dict[str, str]:
        """The product's settings: nothing in them tells it that it runs on one machine."""
        return {
            "DSS_DATABASE_URL": self._postgres.url("dss"),
            "DSS_DAGSTER_DATABASE_URL": self._postgres.url("dagster", "postgresql+psycopg2"),
            "S3_BUCKET_URL": self.home.storage.as_uri(),
            "DSS_APP_SECRET_KEY": self._secrets["web_secret_key"],
            "DSS_HAWK_ENCRYPTION_KEYS": _fernet_key(self._secrets["hawk_encryption_key"]),
            "DSS_METRICS_TOKEN": self.metrics_token,
            "DSS_WEB_URL": self.web_url,
            "DSS_WEB_BIND": f"127.0.0.1:{self.ports.web}",
            "DSS_ALLOWED_HOSTS": "127.0.0.1,localhost",
            "DSS_ACCESS_CONTACT": "the Data Workspace team <data.workspace@example.gov.uk>",
            "DSS_MAIL_URL": "console:",
            "DSS_STATIC_FOLDER": str(self.home.folder / "static"),
            "AUTHBROKER_URL": self.sso_url,
            "AUTHBROKER_CLIENT_ID": "data-store-service",
            "AUTHBROKER_CLIENT_SECRET": self._secrets["sso_client_secret"],
            **self._delivery,
            "DSS_SOURCE_BASE_URLS": json.dumps(Publisher(self.publisher_files, self.ports.publisher).base_urls),
            "DSS_SOURCE_INTERVAL_SECONDS": str(SOURCE_INTERVAL_SECONDS),
            "DAGSTER_GRPC_SHUTDOWN_GRACE_PERIOD": "60",
            "DAGSTER_GRPC_TIMEOUT_SECONDS": str(DAGSTER_DEADLINE_SECONDS),
            "DAGSTER_HOME": str(self.home.folder / "dagster"),
            "DSS_CODE_SERVER_HOST": "127.0.0.1",
            "DSS_CODE_SERVER_PORT": str(self.ports.code_server),
        }

    @property
    def _delivery(self) -> dict[str, str]:
        """Who copies tables into the datasets database."""
        if not self._dataflow_api:
            return {"DSS_DATASETS_DATABASE_URL": self._postgres.url("datasets")}
        password = self._secrets["dataflow_hawk_key"]
        return {
            "DATAFLOW_API": self._dataflow_api,
            "DATAFLOW_BASE_URL": self.dataflow_url,
            "DATAFLOW_HAWK_ID": DATAFLOW_HAWK_ID,
            "DATAFLOW_HAWK_KEY": password,
            "DATAFLOW_USERNAME": DATAFLOW_HAWK_ID,
            "DATAFLOW_PASSWORD": password,
        }

    def process(self, name: str, *arguments: str | Path, environment: Mapping[str, str] | None = None) -> Process:
        """This Python with arguments, as `run` runs it."""
        return self.run(name, [sys.executable, *arguments], environment)

    def run(
        self,
        name: str,
        argv: Sequence[str | Path],
        environment: Mapping[str, str] | None = None,
        kind: type[Process] = Process,
    ) -> Process:
        """A program with the service's environment, in the repository, with its log in the home."""
        surrounding = {
            **os.environ,
            "PYTHONUNBUFFERED": "1",
            **(self.environment if environment is None else environment),
        }
        return kind(name, argv, self.home.logs / f"{name}.log", surrounding, REPOSITORY)

    def publisher(self) -> Process:
        """The publishers' stand-in."""
        port = str(self.ports.publisher)
        return self.process(
            "publisher", "-m", "infra.local.publisher", self.publisher_files, "--port", port, environment={}
        )

    def sso(self) -> Process:
        """The login server."""
        environment = {
            "SSO_HOME": str(self.home.folder / "sso"),
            "SSO_SECRET_KEY": self._secrets["sso_secret_key"],
            "SSO_WEB_URL": self.web_url,
            "SSO_CLIENT_ID": "data-store-service",
            "SSO_CLIENT_SECRET": self._secrets["sso_client_secret"],
        }
        return self.process("sso", "-m", "infra.local.sso", str(self.ports.sso), environment=environment)

    def dataflow(self) -> Process | None:
        """data-flow's stand-in, None where the service delivers by itself."""
        if not self._dataflow_api:
            return None
        environment = {
            "DATAFLOW_READER_HAWK_ID": READER_HAWK_ID,
            "DATAFLOW_READER_HAWK_KEY": self._secrets["reader_hawk_key"],
            "DATAFLOW_HAWK_ID": DATAFLOW_HAWK_ID,
            "DATAFLOW_HAWK_KEY": self._secrets["dataflow_hawk_key"],
            "DATAFLOW_DATASETS_DATABASE_URL": self._postgres.url("datasets"),
        }
        folder = self.home.folder / "dataflow"
        options = f"--port {self.ports.dataflow} --web-url {self.web_url}".split()
        return self.process("dataflow", "-m", "infra.local.dataflow", folder, *options, environment=environment)

    def web(self) -> Process:
        """The web app under gunicorn."""
        return self.run("web", ["sh", "infra/serve.sh", sys.executable])

    def worker(self) -> Process:
        """What checks uploads and tells people of them. Its log has the mail."""
        return self.process("worker", "manage.py", "work")

    def code_server(self) -> Process:
        """Dagster's code server, in which runs and sensors work.

        It is two processes: "Reload definitions" in the Dagster UI starts the second one again, which reads the files
        as they are now.
        """
        options = f"--module-name infra.local.definitions --host 127.0.0.1 --port {self.ports.code_server}".split()
        name = ("--location-name", "data-store-service", "--startup-timeout", str(DAGSTER_DEADLINE_SECONDS))
        # What Dagster says before our code is loaded is not JSON yet, and only that it starts.
        quiet = ("--log-level", "warning")
        argv = [sys.executable, "-m", "dagster", "code-server", "start", *options, *name, *quiet]
        return self.run("code-server", argv, kind=CodeServer)

    def dagster_webserver(self) -> Process:
        """The Dagster UI."""
        options = f"--host 127.0.0.1 --port {self.ports.dagster} --workspace {WORKSPACE}".split()
        return self.process("dagster-webserver", "-m", "infra.dagster_ui", *options)

    def dagster_daemon(self) -> Process:
        """The daemon, which asks the sensors and takes runs from the queue."""
        return self.process("dagster-daemon", "-m", "dagster._daemon", "run", "--workspace", WORKSPACE)

    def preparations(self) -> Sequence[tuple[Process, ...]]:
        """What must have ended before people and data come in: one group after the other."""
        client = ("manage.py", "add_hawk_client", "--replace", "--scope", "*")
        static = self.process("collectstatic", "manage.py", "collectstatic", "--no-input", "--verbosity", "0")
        return (
            (self.process("migrate", "manage.py", "migrate", "--skip-checks", "--verbosity", "1"), static),
            (
                self.process("declare", "-m", "dss_assets", "declare"),
                *(
                    # By a file: everybody sees the arguments of processes.
                    self.process(
                        f"add-hawk-client-{name}", *client, "--description", description, "--key-file", file, name
                    )
                    for name, description, file in self._clients
                ),
            ),
        )

    @property
    def _clients(self) -> Sequence[tuple[str, str, Path]]:
        """Who may read everything: id, description and the file with the key."""
        person = (PERSON_HAWK_ID, "The person at this machine", self.home.secret_file("person_hawk_key"))
        reader = (READER_HAWK_ID, "data-flow's stand-in", self.home.secret_file("reader_hawk_key"))
        return (person, reader) if self._dataflow_api else (person,)

    def manage_script(self) -> str:
        """A shell script that runs manage.py with the settings of this run, from any folder.

        It also sets HAWK_KEY, unless its caller has, so that the commands that read the API need no `--key`.
        """
        command = shlex.join([sys.executable, str(REPOSITORY / "manage.py")])
        return self._script("manage.py", f'export HAWK_KEY="${{HAWK_KEY:-{self.hawk["key"]}}}"\nexec {command} "$@"\n')

    def dataset_script(self, name: str) -> str:
        """A shell script that runs a command of dss_assets in the database and with the publisher of this run."""
        command = shlex.join([sys.executable, "-m", "dss_assets", name])
        return self._script(f"`{name}`", f'export PYTHONPATH={shlex.quote(str(REPOSITORY))}\nexec {command} "$@"\n')

    def _script(self, what: str, command: str) -> str:
        settings = "".join(f"export {name}={shlex.quote(value)}\n" for name, value in self.environment.items())
        return (
            f"#!/bin/sh\n# {what} with the settings of the service that runs here. Written at each start.\n"
            f"{settings}{command}"
        )

    def write_dagster_home(self) -> None:
        """Dagster's instance settings."""
        dagster_home = self.home.folder / "dagster"
        dagster_home.mkdir(exist_ok=True)
        (dagster_home / "dagster.yaml").write_text((REPOSITORY / "dagster.yaml").read_text())


def _fernet_key(secret: str) -> str:
    """The same 32 bytes, from hexadecimal to the form that Fernet wants."""
    return base64.urlsafe_b64encode(bytes.fromhex(secret)).decode()
