"""The service under fault: the processes of `make run`, with cables to what is around them, and what is planted."""

import contextlib
import json
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import psycopg
import requests

from infra.local.home import Home
from infra.local.ports import free_port, wait_for_port
from infra.local.process import LocalError, Process
from infra.local.publisher import Publisher
from infra.local.run import LOOK_SECONDS, LocalRun
from infra.local.service_processes import REPOSITORY, ServiceProcesses
from tests.faults.clock import Clock
from tests.faults.link import Link
from tests.parts.service import Client
from tests.published import exporter_line, exporters_zip

ROWS: Final = 200
UPLOADED: Final = "faults.uploads"
# With a stand-in for data-flow, which can fail, in place of the service's own delivery.
DATAFLOW_API: Final = "airflow-1"
UPLOAD_KEY: Final = "uploads-while-things-fail"
# A part that has not come back by then has not come back.
PATIENCE_SECONDS: Final = 300
LOOK_AT_PAGES_SECONDS: Final = 0.25
COPIED: Final = "SELECT count(*), count(DISTINCT company_name) FROM hmrc.exporters"
CHANGED: Final = "SELECT count(*) FROM hmrc.exporters WHERE company_name LIKE '% again'"
LOADED: Final = 'SELECT count(*), count(DISTINCT company_name) FROM "hmrc.exporters"."L1"'
UNDONE: Final = "SELECT count(*) FROM public.pipeline_data_file WHERE state NOT IN ('completed', 'cancelled', 'failed')"


class CabledProcesses(ServiceProcesses):
    """The processes of `make run`, which reach their surroundings by cables, and keep files in S3."""

    links: dict[str, Link]
    clock: Clock

    def lay_cables(self, s3_port: int) -> None:
        """Lay a cable to each part around the service, and give its processes a clock of their own."""
        self.clock = Clock(self.home.folder / "clock")
        ports = self.ports
        targets = {"publisher": ports.publisher, "dataflow": ports.dataflow, "sso": ports.sso, "s3": s3_port}
        self.links = {name: Link(port) for name, port in targets.items()}

    @property
    def environment(self) -> dict[str, str]:
        """The product's settings, with the ports of the cables in the places of the parts'."""
        link = {name: one.port for name, one in self.links.items()}
        return {
            **super().environment,
            **self.clock.environment,
            "DSS_SOURCE_BASE_URLS": json.dumps(Publisher(self.publisher_files, link["publisher"]).base_urls),
            "DATAFLOW_BASE_URL": f"http://127.0.0.1:{link['dataflow']}",
            "AUTHBROKER_URL": f"http://127.0.0.1:{link['sso']}",
            "S3_BUCKET_URL": "s3://bucket/dss",
            "AWS_ENDPOINT_URL": f"http://127.0.0.1:{link['s3']}",
            "AWS_ALLOW_HTTP": "true",
            "AWS_ACCESS_KEY_ID": "faults",
            "AWS_SECRET_ACCESS_KEY": "faults",
            "AWS_REGION": "us-east-1",
        }


@dataclass
class Pages:
    """What became of the page of the API that is asked for all the time: when, and whether it came whole."""

    answers: list[tuple[float, bool]] = field(default_factory=list)

    def share(self, since: float, until: float) -> float | None:
        """Of the pages that were asked for in a time, how many came; None if there were none."""
        asked = [came for at, came in self.answers if since <= at <= until]
        return sum(asked) / len(asked) if asked else None

    def back(self, since: float) -> float | None:
        """Seconds until the first page that came after a moment."""
        return next((at - since for at, came in self.answers if at >= since and came), None)


class ServiceUnderFault:
    """The whole service in a folder, kept running as `make run` does it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.files = folder / "publisher"
        (self.files / "hmrc/exporters").mkdir(parents=True)
        self.home = Home(folder / "home")
        self._said = (folder / "said.log").open("a", buffering=1)
        self.run = LocalRun(self.home, self.files, self._say, DATAFLOW_API)
        self.s3_port = free_port()
        self.s3 = Process(
            "s3",
            [sys.executable, "-m", "infra.local.s3", folder / "s3", "--bucket", "bucket", "--port", str(self.s3_port)],
            folder / "s3.log",
        )
        self.services = CabledProcesses(self.home, self.files, self.run.services._postgres, DATAFLOW_API)
        self.services.lay_cables(self.s3_port)
        self.run.services = self.services
        self.planted = self.changed = self.uploads = 0
        self.pages = Pages()
        self._ended = threading.Event()

    def _say(self, sentence: str) -> None:
        self._said.write(f"{time.strftime('%H:%M:%S')} {sentence}\n")

    @contextlib.contextmanager
    def running(self) -> Iterator[None]:
        """The service, from its start to its stop."""
        self.s3.start()
        try:
            wait_for_port(self.s3, self.s3_port)
            self.run.start()
            self._let_clients_in()
            threads = [threading.Thread(target=look, daemon=True) for look in (self._keep_running, self._ask_for_pages)]
            for thread in threads:
                thread.start()
            try:
                yield
            finally:
                self._ended.set()
                for thread in threads:
                    thread.join(60)
        finally:
            self.run.stop()
            self.s3.stop()
            for link in self.services.links.values():
                link.close()

    def _let_clients_in(self) -> None:
        organisation, _, name = UPLOADED.partition(".")
        with psycopg.connect(self.run.database_url) as connection:
            connection.execute(
                "INSERT INTO public.pipeline (organisation, dataset, slug, may_hold_personal_data)"
                " VALUES (%s, %s, 'faults', false)",
                [organisation, name],
            )
        key = f"--key={UPLOAD_KEY}"
        added = self._manage("add_hawk_client", "--upload", UPLOADED, "--description", "Uploads", key, "uploader")
        added.check_returncode()

    def _manage(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [self.home.manage_script, *arguments], cwd=REPOSITORY, capture_output=True, text=True, check=False
        )

    def _keep_running(self) -> None:
        """What whoever runs containers does: start again what has died."""
        while not self._ended.wait(LOOK_SECONDS):
            try:
                self.run.watch()
            except (LocalError, OSError) as error:
                self._say(f"The look failed: {error}")

    def _ask_for_pages(self) -> None:
        client = Client(self.services.web_url, self.services.hawk["id"], self.services.hawk["key"])
        while not self._ended.wait(LOOK_AT_PAGES_SECONDS):
            at = time.monotonic()
            try:
                path = "/api/v1/table-data/hmrc.exporters/L1?orientation=records&page-size=5"
                came = client.get(path).status_code in {200, 404}  # before the first file there is no table
            except (requests.RequestException, OSError):
                came = False
            self.pages.answers.append((at, came))

    def plant(self) -> str:
        """Let the publisher offer one more file: its name. Each is a month of its own, with rows of its own."""
        month = f"{16 + self.planted // 12:02}{1 + self.planted % 12:02}"
        self.planted += 1
        name = f"exporters{month}.zip"
        self._write(name, self.planted)
        return name

    def _write(self, name: str, number: int, generation: str = "") -> None:
        month = name.removeprefix("exporters").removesuffix(".zip")
        lines = "".join(exporter_line(f"20{month}", f"Company {number} {row}{generation}", "1") for row in range(ROWS))
        unfinished = self.files / f".{name}.part"
        unfinished.write_bytes(exporters_zip(**{f"exporters{month}": lines}))
        unfinished.replace(self.files / "hmrc/exporters" / name)

    def change(self, name: str) -> None:
        """Let the publisher offer another version of its last file."""
        self._write(name, self.planted, " again")
        self.changed += 1

    def upload(self) -> None:
        """Upload a file as a client, again until it is accepted, and wait until its rows are copied."""
        self.uploads += 1
        file = self.folder / "upload.csv"
        file.write_text("number,name\n" + "".join(f"{self.uploads},row {row}\n" for row in range(ROWS)))
        command = ("hawk_upload", str(file), UPLOADED, "--url", self.services.web_url, "--id", "uploader")
        deadline = time.monotonic() + PATIENCE_SECONDS
        while (done := self._manage(*command, f"--key={UPLOAD_KEY}", "--confirm", "--wait")).returncode:
            if time.monotonic() > deadline:
                raise TimeoutError(done.stdout + done.stderr)
            time.sleep(1)

    def has_uploaded(self) -> bool:
        """Whether the last upload is in the datasets database."""
        found = self.ask("SELECT max(number::int), count(*) FROM faults.uploads", "datasets")
        return bool(found == (self.uploads, ROWS))

    def has_all_files(self) -> bool:
        """Whether all rows of all planted files are in the datasets database, of their last versions."""
        return bool(
            self.ask(COPIED, "datasets") == (ROWS * self.planted,) * 2
            and self.ask(CHANGED, "datasets") == (ROWS * self.changed,)
        )

    def balance(self) -> tuple[int, int]:
        """How many rows are lost and how many there are twice, here and in the datasets database together."""
        lost = doubled = 0
        for statement, database in ((COPIED, "datasets"), (LOADED, "dss")):
            count, different = self.ask(statement, database) or (0, 0)
            lost += ROWS * self.planted - different
            doubled += count - different
        return lost, doubled

    def ask(self, statement: str, database: str = "dss") -> Any:
        """One row; None where there is none or the database does not answer."""
        try:
            with psycopg.connect(self.run._postgres.url(database), connect_timeout=3) as connection:
                return connection.execute(statement.encode()).fetchone()
        except psycopg.Error:
            return None

    def failed_runs(self) -> int:
        """The runs of Dagster that have failed so far."""
        found = self.ask("SELECT count(*) FROM runs WHERE status = 'FAILURE'", "dagster")
        return int(found[0]) if found else 0

    def process(self, name: str) -> Process:
        """A process of the service by its name."""
        return next(process for process in self.run._started if process.name == name)
