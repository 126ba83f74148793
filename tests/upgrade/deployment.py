"""The service as it stands in production, made of processes of two releases: nginx in front, one database behind."""

import base64
import json
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg

from infra.local.dataflow import DataFlow
from infra.local.dataflow_pipeline import Pipeline
from infra.local.ports import free_port, wait_for_port
from infra.local.postgres import Postgres
from infra.local.process import Process
from infra.local.publisher import Publisher
from tests.parts.proxy import Proxy, running_nginx
from tests.parts.site import CLIENT_ID, CLIENT_SECRET, running_sso
from tests.upgrade.release import NOW, Release

# A name that every program on this machine finds, unlike the one of other tests.
NAME = "localhost"
READER, DATAFLOW_READER, DATAFLOW = "reader", "data-flow", "data-store-service"
PATIENCE_SECONDS = 300


@dataclass
class Deployment:
    """One service. `proxy` is how the world reaches it; what is started here is stopped with it."""

    folder: Path
    postgres: Postgres
    publisher: Publisher
    proxy: Proxy
    sso_url: str
    environment: dict[str, str]
    running: dict[str, Process] = field(default_factory=dict)

    @property
    def database_url(self) -> str:
        """The URL of the service's own database."""
        return self.environment["DSS_DATABASE_URL"]

    def start_web(self, release: Release) -> str:
        """The URL of a web app of this release, which is ready."""
        port = free_port()
        settings = {
            "DSS_WEB_BIND": f"127.0.0.1:{port}",
            "DSS_STATIC_FOLDER": str(self.folder / f"static-{release.name}"),
        }
        release.run(["manage.py", "collectstatic", "--no-input", "--verbosity", "0"], self.environment | settings)
        web = self._start(release, "web", ["-m", "gunicorn", "--config", "infra/gunicorn.py"], settings)
        wait_for_port(web, port, "/healthcheck/")
        return f"http://127.0.0.1:{port}"

    def start_worker(self, release: Release) -> None:
        """Start what checks uploads."""
        self._start(release, "worker", ["manage.py", "work"])

    def start_code_server(self, release: Release) -> None:
        """Start a code server, which is ready when this returns; its address is of the release alone."""
        port = self._code_server_port(release)
        options = f"--module-name dss_assets.definitions --host 127.0.0.1 --port {port}".split()
        argv = ["-m", "dagster", "api", "grpc", *options, "--location-name", "data-store-service"]
        wait_for_port(self._start(release, "code-server", argv, self._dagster(release)), int(port))

    def start_daemon(self, release: Release) -> None:
        """Start the daemon over the code server of the release."""
        argv = ["-m", "dagster._daemon", "run", "--workspace", "infra/workspace.yaml"]
        self._start(release, "daemon", argv, self._dagster(release))

    def ask_to_stop(self, name: str, release: Release) -> Process:
        """Tell a process to stop, and do not wait for it."""
        process = self.running.pop(f"{name}-{release.name}")
        process.ask_to_stop()
        return process

    def stop(self, name: str, release: Release) -> None:
        """Stop a process as a platform does: SIGTERM, and half a minute for what it has in hand."""
        self.ask_to_stop(name, release).stop(timeout_seconds=30)

    def stop_all(self) -> None:
        """Stop whatever runs."""
        for process in self.running.values():
            process.ask_to_stop()
        for process in self.running.values():
            process.stop(timeout_seconds=5)

    def sql(self, statement: str, *values: object, database: str = "dss") -> list[tuple[Any, ...]]:
        """What a query answers."""
        with psycopg.connect(self.postgres.url(database)) as connection:
            return connection.execute(statement.encode(), values or None).fetchall()

    def publish(self, dataset: str, name: str, content: bytes) -> None:
        """Let the publisher offer a file."""
        folder = self.publisher.folder / dataset
        folder.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)

    def _start(
        self, release: Release, name: str, arguments: list[str], settings: Mapping[str, str] | None = None
    ) -> Process:
        log = self.folder / f"{name}-{release.name}.log"
        process = release.process(name, arguments, log, {**self.environment, **(settings or {})})
        process.start()
        self.running[process.name] = process
        return process

    def _code_server_port(self, release: Release) -> str:
        return self.environment[f"PORT_{release.name}"]

    def _dagster(self, release: Release) -> dict[str, str]:
        home = self.folder / f"dagster-{release.name}"
        home.mkdir(exist_ok=True)
        (home / "dagster.yaml").write_text((release.folder / "dagster.yaml").read_text())
        return {"DAGSTER_HOME": str(home), "DSS_CODE_SERVER_PORT": self._code_server_port(release)}


def until(is_so: Callable[[], bool], what: str, seconds: float = PATIENCE_SECONDS) -> None:
    """Wait for something that takes a while."""
    deadline = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < deadline, f"waited {seconds:g} seconds for {what}"
        time.sleep(0.1)


@contextmanager
def deployed(postgres: Postgres, folder: Path, before: Release) -> Iterator[Deployment]:
    """What surrounds the service: databases, login server, publisher, data-flow and nginx, which leads nowhere yet."""
    for database in ("dss", "dagster", "datasets"):
        postgres.create_database(database)
    (folder / "publisher").mkdir()
    (folder / "storage").mkdir()
    with ExitStack() as stack:
        publisher = stack.enter_context(Publisher(folder / "publisher", free_port()))
        proxy = stack.enter_context(running_nginx(folder / "nginx", "http://127.0.0.1:9", name=NAME))
        sso_url = stack.enter_context(running_sso(folder, proxy.url))
        pipeline = Pipeline(proxy.url, DATAFLOW_READER, DATAFLOW_READER, postgres.url("datasets"), folder / "dataflow")
        dataflow = stack.enter_context(DataFlow(pipeline, {DATAFLOW: DATAFLOW}, folder / "dataflow", free_port()))
        environment = {
            "DSS_DATABASE_URL": postgres.url("dss"),
            "DSS_DAGSTER_DATABASE_URL": postgres.url("dagster", "postgresql+psycopg2"),
            "S3_BUCKET_URL": (folder / "storage").as_uri(),
            "DSS_APP_SECRET_KEY": "a key for tests alone, of more than fifty characters: 0123456789",
            "DSS_HAWK_ENCRYPTION_KEYS": base64.urlsafe_b64encode(b"the key of tests, of 32 bytes: 0").decode(),
            "DSS_WEB_URL": proxy.url,
            "DSS_TRUSTED_PROXIES": "127.0.0.1",
            "DSS_ALLOWED_HOSTS": f"{NAME},127.0.0.1",
            "DSS_PAGINATION_SIZE": "50",
            "DSS_WEB_WORKERS": "1",
            "DSS_MAIL_URL": "console:",
            "AUTHBROKER_URL": sso_url,
            "AUTHBROKER_CLIENT_ID": CLIENT_ID,
            "AUTHBROKER_CLIENT_SECRET": CLIENT_SECRET,
            "DATAFLOW_BASE_URL": dataflow.url,
            "DATAFLOW_HAWK_ID": DATAFLOW,
            "DATAFLOW_HAWK_KEY": DATAFLOW,
            "DSS_SOURCE_BASE_URLS": json.dumps(publisher.base_urls),
            "DSS_SOURCE_INTERVAL_SECONDS": "2",
            "DAGSTER_GRPC_TIMEOUT_SECONDS": "150",
            "DAGSTER_GRPC_SHUTDOWN_GRACE_PERIOD": "5",
            "DSS_CODE_SERVER_HOST": "127.0.0.1",
            f"PORT_{before.name}": str(free_port()),
            f"PORT_{NOW.name}": str(free_port()),
            # data-flow's stand-in and mohawk's clients trust the proxy's certificate.
            "REQUESTS_CA_BUNDLE": str(proxy.authority),
        }
        deployment = Deployment(folder, postgres, publisher, proxy, sso_url, environment)
        stack.callback(deployment.stop_all)
        yield deployment
