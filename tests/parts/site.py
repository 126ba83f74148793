"""The web app as people meet it: gunicorn, Postgres, storage and a login server, all real."""

import os
import re
import sqlite3
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from html import unescape
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import psycopg
import requests
from psycopg.pq import ExecStatus

from infra.local.ports import free_port, wait_for_port
from infra.local.process import Process
from infra.local.sso.people import PEOPLE, Person
from tests.conftest import REPOSITORY, web_environment
from tests.parts.waiting import PATIENCE_SECONDS

UPLOADER, ADMINISTRATOR, READER, COLLEAGUE, STRANGER = PEOPLE
CLIENT_ID, CLIENT_SECRET = "the web app of the tests", "a secret of the tests"
LIMIT_MEGABYTES = 1


@dataclass
class Site:
    """A running web app. `sso_url` is where its people log in."""

    url: str
    sso_url: str
    database_url: str
    storage_url: str
    log: Path

    def visitor(self) -> "Visitor":
        """Somebody with a browser who is not logged in."""
        return Visitor(self)

    def login(self, person: Person) -> "Visitor":
        """A person who is logged in."""
        visitor = self.visitor()
        visitor.get("/upload/", person=person)
        return visitor

    def sql(self, statement: str, *values: object) -> list[tuple[Any, ...]]:
        """What a statement answers, committed."""
        with psycopg.connect(self.database_url, autocommit=True) as connection:
            cursor = connection.execute(statement.encode(), values)
            # A row without columns is a row too: `SELECT FROM` tells whether there is one.
            is_query = cursor.pgresult is not None and cursor.pgresult.status == ExecStatus.TUPLES_OK
            return cursor.fetchall() if is_query else []


class Visitor:
    """A browser without JavaScript: it keeps cookies, follows redirects and sends the forms that it was shown."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self.http = requests.Session()

    def get(self, path: str, person: Person | None = None, *, follow: bool = True) -> requests.Response:
        """A page. With `person`, that one is chosen should SSO ask who it is."""
        response = self.http.get(self.site.url + path if path.startswith("/") else path, allow_redirects=follow)
        if person is not None and response.url.startswith(f"{self.site.sso_url}/login/"):
            token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', response.text)
            assert token
            response = self.http.post(
                response.url, data={"csrfmiddlewaretoken": token[1], "person": person.user_id}, allow_redirects=follow
            )
        return response

    def list_all(self, path: str = "/upload/") -> str:
        """The text of a list of datasets, with all of its pages."""
        pages = [self.get(path).text]
        while following := re.search(r'href="([^"]+)" rel="next"', pages[-1]):
            pages.append(self.get(path.partition("?")[0] + unescape(following[1])).text)
        return "".join(pages)

    def post(
        self, path: str, data: Mapping[str, str] | None = None, files: Any = None, *, follow: bool = True
    ) -> requests.Response:
        """Send the form on the page of this path, with these values in the place of those that it shows."""
        form = Form()
        form.feed(self.get(path).text)
        page = self.http.post(
            self.site.url + path, data={**form.values, **(data or {})}, files=files, allow_redirects=follow
        )
        return self.wait_for_check(page) if follow else page

    def submit(self, page: requests.Response, action: str, data: Mapping[str, str] | None = None) -> requests.Response:
        """Send a form that a page shows to its own address, with these values in the place of those that it shows."""
        form = Form()
        form.feed(page.text)
        return self.wait_for_check(self.http.post(self.site.url + action, data={**form.values, **(data or {})}))

    def wait_for_check(self, page: requests.Response) -> requests.Response:
        """The page to which "Checking your file" leads, which only a busy machine or a large file shows."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while 'data-state="checking"' in page.text:
            assert time.monotonic() < deadline, page.url
            time.sleep(0.1)
            page = self.get(page.url)
        return page

    def create_dataset(self) -> str:
        """The path of a new dataset that is ready for its first file."""
        path = self.name_dataset()
        assert self.post(f"{path}about/personal-data/", {"may_hold_personal_data": "no"}).ok
        return path

    def name_dataset(self) -> str:
        """The path of a new dataset of which nothing is said yet."""
        name = f"d{uuid.uuid4().hex[:10]}"
        assert self.post("/upload/create/", {"organisation": "dbt", "dataset": name}).ok
        return f"/upload/data/dbt-{name}/"

    def upload(self, dataset: str, content: bytes | str, name: str = "table.csv") -> requests.Response:
        """The page to which an upload leads."""
        return self.post(dataset, files={"file": (name, content, "text/csv")})

    def load(self, dataset: str, content: str) -> str:
        """The id of a version that was uploaded, confirmed and, as far as this half can tell, loaded."""
        file_id = id_in(self.upload(dataset, content).url)
        self.post(f"{dataset}verify/{file_id}/", {"accept-changes": "yes"})
        self.site.sql(
            "UPDATE pipeline_data_file SET state = 'completed', loaded_at = clock_timestamp(),"
            " processed_at = clock_timestamp() WHERE id = %s",
            file_id,
        )
        return file_id


def unbroken(html: str) -> str:
    """A page without the places at which long words may be broken."""
    return html.replace("<wbr>", "")


def id_in(url: str) -> str:
    """The id of the version whose page this is."""
    found = re.search(r"[0-9a-f]{8}-[0-9a-f-]{27}", url)
    assert found, url
    return found[0]


class Form(HTMLParser):
    """The values that a page's form would send if nobody touched it."""

    def __init__(self) -> None:
        super().__init__()
        self.values: dict[str, str] = {}
        self._select = ""

    def handle_starttag(self, tag: str, attrs: Sequence[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        is_sent = given.get("type") != "file" and (given.get("type") not in {"checkbox", "radio"} or "checked" in given)
        if tag == "input" and given.get("name") and is_sent:
            self.values[given["name"] or ""] = given.get("value") or ""
        elif tag == "select":
            self._select = given["name"] or ""
        elif tag == "option" and "selected" in given:
            self.values[self._select] = given["value"] or ""


def collect_static(folder: Path) -> None:
    """Put the files that pages need where the web app serves them from."""
    subprocess.run(
        [sys.executable, REPOSITORY / "manage.py", "collectstatic", "--noinput", "--verbosity", "0"],
        env={**web_environment("postgresql://nowhere/x", "file:///nowhere"), "DSS_STATIC_FOLDER": str(folder)},
        check=True,
    )


# The database of the first login server, for those after it: its migrations take more than a second of CPU.
_migrated_sso: list[bytes] = []


@contextmanager
def running_sso(folder: Path, web_url: str) -> Iterator[str]:
    """The URL of a django-oauth-toolkit server that knows the web app at `web_url`."""
    port = free_port()
    database = folder / "sso" / "sso.sqlite3"
    database.parent.mkdir(parents=True, exist_ok=True)
    if _migrated_sso:
        database.write_bytes(_migrated_sso[0])
    process = Process(
        "sso",
        [sys.executable, "-m", "infra.local.sso", str(port)],
        folder / "sso.log",
        {
            **os.environ,
            "SSO_HOME": str(folder / "sso"),
            "SSO_SECRET_KEY": "a key for tests alone, of more than fifty characters: 0123456789",
            "SSO_WEB_URL": web_url,
            "SSO_CLIENT_ID": CLIENT_ID,
            "SSO_CLIENT_SECRET": CLIENT_SECRET,
        },
        folder=REPOSITORY,
    )
    process.start()
    try:
        wait_for_port(process, port)
        if not _migrated_sso:
            with closing(sqlite3.connect(database)) as connection:
                _migrated_sso.append(connection.serialize())
        yield f"http://127.0.0.1:{port}"
    finally:
        process.stop(timeout_seconds=2)


@contextmanager
def running_web(
    folder: Path, static: Path, database_url: str, storage_url: str, sso_url: str, port: int, **settings: str
) -> Iterator[Site]:
    """The web app on this port, under gunicorn, with settings besides the tests' usual ones."""
    process = Process(
        "web",
        [sys.executable, "-m", "gunicorn", "--bind", f"127.0.0.1:{port}", "--threads", "8", "dss_web.wsgi:application"],
        folder / "web.log",
        {
            **web_environment(database_url, storage_url),
            "DSS_WEB_URL": f"http://127.0.0.1:{port}",
            "DSS_STATIC_FOLDER": str(static),
            "DSS_UPLOAD_LIMIT_MEGABYTES": str(LIMIT_MEGABYTES),
            "AUTHBROKER_URL": sso_url,
            "AUTHBROKER_CLIENT_ID": CLIENT_ID,
            "AUTHBROKER_CLIENT_SECRET": CLIENT_SECRET,
            **settings,
        },
        folder=REPOSITORY,
    )
    process.start()
    try:
        wait_for_port(process, port)
        yield Site(f"http://127.0.0.1:{port}", sso_url, database_url, storage_url, process.log)
    finally:
        process.stop(timeout_seconds=2)
