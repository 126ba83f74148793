"""What goes on while releases change: clients who read tables, and a person who uploads. Each request is noted."""

import re
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import requests

from tests.parts.service import Client
from tests.parts.site import Form, id_in

# As a person who reads and a client that works on what it got; more would only load the machine.
PAUSE_SECONDS = 0.05
# A version waits for the operators while Dagster changes, and machines are slow.
PATIENCE_SECONDS = 300


@dataclass(frozen=True, slots=True)
class Asked:
    """One request and what came of it. `status` is 0 where nothing did."""

    who: str
    what: str
    status: int
    seconds: float
    answer: str = ""

    @property
    def is_failed(self) -> bool:
        """Whether whoever asked did not get what they asked for. 409 tells a reader that the table was changed."""
        return self.status == 0 or (self.status >= 400 and not (self.who != "person" and self.status == 409))


@dataclass
class Traffic:
    """Everybody's requests, of all threads. `broken` is what did not come to its end."""

    asked: list[Asked] = field(default_factory=list)
    broken: list[str] = field(default_factory=list)
    _stop: threading.Event = field(default_factory=threading.Event)
    _threads: list[threading.Thread] = field(default_factory=list)

    def note(self, who: str, what: str, ask: Callable[[], requests.Response]) -> requests.Response:
        """Send a request and note it. Raises what it raises."""
        began = time.monotonic()
        try:
            response = ask()
        except Exception as error:
            self.asked.append(Asked(who, what, 0, time.monotonic() - began, repr(error)))
            raise
        wrong = response.text[:2000] if response.status_code >= 400 else ""
        self.asked.append(Asked(who, what, response.status_code, time.monotonic() - began, wrong))
        return response

    def go_on(self, who: str, act: Callable[[], None]) -> None:
        """Do something again and again in a thread of its own, until `stop`."""

        def loop() -> None:
            while not self._stop.is_set():
                try:
                    act()
                except Exception as error:  # it is told at the end, and the others go on
                    self.broken.append(f"{who}: {error!r}")
                self._stop.wait(PAUSE_SECONDS)

        thread = threading.Thread(target=loop, name=who, daemon=True)
        thread.start()
        self._threads.append(thread)

    def stop(self) -> None:
        """Let everybody finish what they are at."""
        self._stop.set()
        for thread in self._threads:
            thread.join(PATIENCE_SECONDS)

    @property
    def failed(self) -> list[Asked]:
        """The requests that failed."""
        return [asked for asked in self.asked if asked.is_failed]


@dataclass
class Reader:
    """A HAWK client that reads a table page by page to its end, and starts again where the table has changed."""

    traffic: Traffic
    client: Client
    table: str
    session: Callable[[], requests.Session]
    rows: list[dict[str, Any]] = field(default_factory=list)

    def read(self) -> None:
        """Read the whole table once: its structure, then all rows."""
        self._get(f"/api/v1/table-structure/{self.table}")
        url, rows = f"/api/v1/table-data/{self.table}?orientation=records", []
        while url:
            response = self._get(url)
            if response.status_code == 409:
                return
            assert response.status_code == 200, (response.status_code, response.text[:500])
            page = response.json()
            rows += page["results"]
            url = page["next"]
        ids = [row["id"] for row in rows]
        assert ids == sorted(set(ids)), "rows came twice, or in another order"
        self.rows = rows

    def _get(self, path: str) -> requests.Response:
        client = Client(self.client.url, self.client.identifier, self.client.key, self.session())
        return self.traffic.note(self.client.identifier, path.partition("?")[0], lambda: client.get(path))


@dataclass(frozen=True, slots=True)
class Unconfirmed:
    """A version, and the page on which its columns can be confirmed."""

    version: str
    page: requests.Response


class Person:
    """Somebody with a browser without JavaScript, who sends the forms that the pages show, whichever release's."""

    def __init__(self, traffic: Traffic, url: str, http: requests.Session, user_id: str) -> None:
        self.traffic = traffic
        self.url = url
        self.http = http
        self.user_id = user_id
        self.uploaded: dict[str, str] = {}

    def get(self, path: str) -> requests.Response:
        """A page; where SSO asks who it is, the person says so."""
        page = self._send("GET", self._absolute(path))
        while "/login/" in page.url and not page.url.startswith(self.url):
            token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page.text)
            assert token
            page = self._send("POST", page.url, {"csrfmiddlewaretoken": token[1], "person": self.user_id})
        return page

    def post(self, path: str, page: requests.Response, data: dict[str, str], files: Any = None) -> requests.Response:
        """Send the form that a page shows, with these values."""
        form = Form()
        form.feed(page.text)
        return self._send("POST", self._absolute(path), {**form.values, **data}, files)

    def create_dataset(self, name: str) -> str:
        """The path of a new dataset, in the release before."""
        self.post("/upload/create/", self.get("/upload/create/"), {"organisation": "dbt", "dataset": name})
        return f"/upload/data/dbt-{name}/"

    def upload(self, path: str, content: str) -> str:
        """The id of a new version of a dataset, whose columns were confirmed."""
        return self.confirm(path, self.send_file(path, content))

    def send_file(self, path: str, content: str, form: requests.Response | None = None) -> "Unconfirmed":
        """A new version as its page shows it, sent by the form of the dataset's page, or by one seen earlier."""
        page = self.post(path, form or self.get(path), {}, {"file": ("table.csv", content, "text/csv")})
        page = self._wait_for_check(page)
        assert "/verify/" in page.url, (page.url, page.text)
        version = id_in(page.url)
        self.uploaded[version] = content
        return Unconfirmed(version, page)

    def see_again(self, path: str, unconfirmed: "Unconfirmed") -> "Unconfirmed":
        """The same version, with its page as it is shown now."""
        return Unconfirmed(unconfirmed.version, self.get(f"{path}verify/{unconfirmed.version}/"))

    def confirm(self, path: str, unconfirmed: "Unconfirmed") -> str:
        """The id of a version whose columns were confirmed on the page that the person has before them.

        What the release before has checked is checked once more by this one, and then confirmed once more.
        """
        page = unconfirmed.page
        for _ in range(2):
            page = self.post(f"{path}verify/{unconfirmed.version}/", page, {"accept-changes": "yes"})
            page = self._wait_for_check(page)
            if "/verify/" not in page.url:
                break
        assert f"/uploaded/{unconfirmed.version}/" in page.url, (page.url, page.text)
        return unconfirmed.version

    def cancel(self, path: str, unconfirmed: "Unconfirmed") -> None:
        """Withdraw a version, which the release before cannot."""
        address = f"{path}cancel/{unconfirmed.version}/"
        assert self.post(address, self.get(address), {}).ok

    def follow(self, path: str, version: str) -> None:
        """Look at the page of a version until it is done."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while True:
            page = self.get(f"{path}uploaded/{version}/")
            state = self.get(f"/upload/progress/{version}/").json()["state"]
            if state == "completed":
                return
            assert state != "failed", page.text
            assert time.monotonic() < deadline, f"{version} is {state} after {PATIENCE_SECONDS} seconds"
            time.sleep(0.5)

    def _wait_for_check(self, page: requests.Response) -> requests.Response:
        """The page to which "Checking your file" leads."""
        while 'data-state="checking"' in page.text:
            time.sleep(0.2)
            page = self.get(page.url)
        return page

    def _absolute(self, path: str) -> str:
        return self.url + path if path.startswith("/") else path

    def _send(self, method: str, url: str, data: Any = None, files: Any = None) -> requests.Response:
        # A browser sends where the form came from, which Django compares behind TLS.
        headers = {"Referer": url}
        what = f"{method} {re.sub('[0-9a-f-]{36}', '…', url.removeprefix(self.url).partition('?')[0])}"
        return self.traffic.note(
            "person", what, lambda: self.http.request(method, url, data=data, files=files, headers=headers, timeout=120)
        )


def table_of(numbers: range) -> str:
    """CSV with one row for each number."""
    return "item,amount\n" + "".join(f"item {number},{number}.5\n" for number in numbers)
