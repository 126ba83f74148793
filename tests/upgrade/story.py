"""One upgrade and the way back: the steps of operators, and what everybody else does meanwhile."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
import requests

from tests.conftest import add_hawk_client
from tests.parts.service import Client
from tests.parts.site import UPLOADER
from tests.published import exporter_line, exporters_zip
from tests.upgrade.deployment import DATAFLOW_READER, READER, Deployment, until
from tests.upgrade.release import NOW, Release
from tests.upgrade.traffic import Person, Reader, Traffic, Unconfirmed, table_of

# Three pages of a table for each file, so that readers are often in the middle of one.
ROWS = 120
# How long everybody goes on between two steps of the operators.
INTERLUDE_SECONDS = 4


class Story:
    """`months` are those that were published, `cancelled` the version that its person has withdrawn.

    Two people upload: `steady` again and again, `careful` with pages of the one release that are sent to the other.
    """

    def __init__(self, service: Deployment, before: Release) -> None:
        self.service, self.before = service, before
        self.traffic = Traffic()
        self.months: list[str] = []
        self.steady, self.careful = self._person(), self._person()
        self.path = ""
        self.cancelled = ""
        self.began = time.monotonic()
        self._web = ""
        # Held by whoever uploads, and while the web apps of two releases stand beside each other.
        self._uploading = threading.Lock()

    # The steps.

    def start(self) -> None:
        """The release before, which has loaded a file; everybody begins."""
        self.before.run(["manage.py", "migrate", "--skip-checks", "--verbosity", "0"], self.service.environment)
        for client in (READER, DATAFLOW_READER):
            add_hawk_client(self.service.database_url, client, client, ["*"])
        first = self.publish()
        self._web = self.service.start_web(self.before)
        self.service.proxy.turn_to(self._web)
        self.service.start_code_server(self.before)
        self.service.start_daemon(self.before)
        self.wait_for(first)
        self._let_everybody_begin()
        self.careful.get("/upload/")
        self.path = self.careful.create_dataset("careful")

    def migrate(self) -> None:
        """This release's migrations, under the release before: a run begins and ends over them."""
        NOW.run(["manage.py", "migrate", "--skip-checks", "--verbosity", "0"], self.service.environment)
        NOW.run(["-m", "dss_assets", "declare"], self.service.environment)
        self.wait_for(self.publish())

    def bring_dagster_forward(self) -> None:
        """A load goes on while the code server that has started it is told to stop, and ends in peace."""
        with self._load_held_up() as held:
            self.service.start_code_server(NOW)
            self.service.stop("daemon", self.before)
            self.service.start_daemon(NOW)
            stopping = self.service.ask_to_stop("code-server", self.before)
            behind = self.publish()
            self._wait_for_state(behind, "due")
        self.wait_for(held, behind)
        until(lambda: not stopping.is_running, "the end of the code server, after that of its run")

    def bring_web_forward(self) -> None:
        """Beside each other, then this release alone. What people see of the one they send to the other."""
        form, unconfirmed = self.careful.get(self.path), self.careful.send_file(self.path, table_of(range(3)))
        self.service.start_worker(NOW)
        self._change_web(self.before, NOW)
        self._confirm(unconfirmed)
        self._confirm(self.careful.send_file(self.path, table_of(range(4)), form))
        self.wait_for(self.publish())

    def bring_web_back(self) -> None:
        """The web half goes back first: a version may be of a kind that Dagster's half of before does not know."""
        cancelled = self.careful.send_file(self.path, table_of(range(5)))
        self.careful.cancel(self.path, cancelled)
        self.cancelled = cancelled.version
        self._unconfirmed = self.careful.send_file(self.path, table_of(range(6)))
        self._change_web(NOW, self.before)
        self.service.stop("worker", NOW)

    def bring_dagster_back(self) -> None:
        """With a load under way and a file that waits behind it."""
        with self._load_held_up() as held:
            behind = self.publish()
            self._wait_for_state(behind, "due")
            self.service.stop("daemon", NOW)
            going_back = threading.Thread(
                target=NOW.run, args=(["-m", "dss_assets", "go_back"], self.service.environment), daemon=True
            )
            going_back.start()
            time.sleep(INTERLUDE_SECONDS)
            assert going_back.is_alive(), "it waits for the run"
        going_back.join(60)
        assert self._state(held) == "processed"
        self.service.start_code_server(self.before)
        self.service.start_daemon(self.before)
        stopping = self.service.ask_to_stop("code-server", NOW)
        self.wait_for(behind, self.publish())
        until(lambda: not stopping.is_running, "the end of this release's code server")
        # People log in once more, since the release before knows the cookies of this one by other names.
        self.careful.get(f"{self.path}uploaded/{self.cancelled}/")
        self._confirm(self.careful.see_again(self.path, self._unconfirmed))
        self._confirm(self.careful.send_file(self.path, table_of(range(7))))

    def finish(self) -> None:
        """Let everybody finish, and data-flow copy what was loaded last."""
        self.traffic.stop()
        copied, expected = "SELECT count(*) FROM hmrc.exporters", [(ROWS * len(self.months),)]
        until(lambda: self.service.sql(copied, database="datasets") == expected, "data-flow")

    def report(self) -> str:
        """What was measured, in one line."""
        longest = max(self.traffic.asked, key=lambda asked: asked.seconds)
        uploads = len(self.steady.uploaded) + len(self.careful.uploaded)
        return (
            f"{len(self.traffic.asked):,} requests, {len(self.traffic.failed)} failed, the longest took"
            f" {longest.seconds:.1f} s ({longest.what}); {len(self.months)} files and {uploads} uploads;"
            f" {time.monotonic() - self.began:.0f} s"
        )

    # What they are made of.

    def publish(self) -> str:
        """The name of the next month's file, which its publisher offers from now on."""
        month = f"2016{len(self.months) + 1:02}"
        self.months.append(month)
        lines = (exporter_line(month, f"Company {number} of {month}", "1") for number in range(ROWS))
        name = f"exporters{month[2:]}.zip"
        self.service.publish("hmrc/exporters", name, exporters_zip(**{name[:-4]: "".join(lines)}))
        return name

    def wait_for(self, *names: str) -> None:
        """Wait until files are loaded."""
        for name in names:
            self._wait_for_state(name, "processed")

    def session(self) -> requests.Session:
        """HTTP that trusts the proxy."""
        session = requests.Session()
        session.verify = str(self.service.proxy.authority)
        return session

    def _person(self) -> Person:
        return Person(self.traffic, self.service.proxy.url, self.session(), UPLOADER.user_id)

    def _let_everybody_begin(self) -> None:
        for number in (1, 2):
            client = Client(self.service.proxy.url, READER, READER)
            reader = Reader(self.traffic, client, "hmrc.exporters/L1", self.session)
            self.traffic.go_on(f"reader {number}", reader.read)
        self.steady.get("/upload/")
        path = self.steady.create_dataset("steady")

        def upload() -> None:
            with self._uploading:
                version = self.steady.upload(path, table_of(range(len(self.steady.uploaded), 200)))
            self.steady.follow(path, version)

        self.traffic.go_on("person", upload)

    def _change_web(self, old: Release, new: Release) -> None:
        """Start the web app of a release beside that of another, which stops once nothing is sent to it any more.

        Nobody begins an upload while both are there: the release before cannot show one that is still being checked.
        """
        beside = self.service.start_web(new)
        with self._uploading:
            self.service.proxy.turn_to(self._web, beside)
            time.sleep(INTERLUDE_SECONDS)
            self.service.proxy.turn_to(beside)
        self.service.stop("web", old)
        self._web = beside

    def _confirm(self, unconfirmed: Unconfirmed) -> None:
        self.careful.follow(self.path, self.careful.confirm(self.path, unconfirmed))

    def _state(self, name: str) -> str:
        rows = self.service.sql("SELECT state FROM operations.datafile_registry WHERE file_name = %s", name)
        return str(rows[0][0]) if rows else ""

    def _wait_for_state(self, name: str, state: str) -> None:
        until(lambda: self._state(name) == state, f"{name} to be {state}")

    @contextmanager
    def _load_held_up(self) -> Iterator[str]:
        """A file whose load has begun, and waits in its middle for as long as the block lasts."""
        with psycopg.connect(self.service.database_url) as holder:
            holder.execute("SELECT pg_advisory_xact_lock(hashtextextended('load hmrc.exporters', 0))")
            name = self.publish()
            waiting = (
                "SELECT FROM pg_stat_activity WHERE application_name LIKE 'dss run%' AND wait_event_type = 'Lock'"
                " AND query LIKE '%pg_advisory_xact_lock%'"
            )
            until(lambda: self.service.sql(waiting) != [], "a load that waits")
            yield name
