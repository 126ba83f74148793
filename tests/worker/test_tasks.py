"""The check of an upload behind the request: it survives its worker, and ends where its person says so."""

import contextlib
import gzip
import os
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import psutil
import psycopg
import pytest

from infra.local.ports import free_port
from infra.local.postgres import Postgres
from infra.local.process import Process
from tests.parts.site import UPLOADER, Site, Visitor, id_in, running_sso, running_web
from tests.parts.waiting import wait_until
from tests.parts.worker import worker

CSV = "name,amount\nPens,1\nInk,20\n"
# Few bytes that take half a minute to check.
LONG = gzip.compress(b"name,amount\n" + b"1,2\n" * 30_000_000, 1)
# Below the table there is something else, which nobody can tell from rows.
UNREADABLE = "name,town,count\nZoë,Leeds,1\nZoë,York,2\nwritten,down\nby,hand,on,Monday\n".encode("cp1252")

Start = Callable[[str], Process]


@pytest.fixture(scope="module")
def site(
    postgres_server: Postgres, migrated_template: str, static_folder: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Site]:
    """A web app behind whose requests nobody works, unless a test does."""
    folder, port = tmp_path_factory.mktemp("tasks"), free_port()
    postgres_server.create_database("tasks", template=migrated_template)
    with (
        running_sso(folder, f"http://127.0.0.1:{port}") as sso_url,
        running_web(
            folder, static_folder, postgres_server.url("tasks"), (folder / "storage").as_uri(), sso_url, port
        ) as site,
    ):
        yield site
    postgres_server.drop_database("tasks")


@pytest.fixture
def start(site: Site, tmp_path: Path) -> Iterator[Start]:
    """Starts a worker of a name, which ends with the test."""
    with contextlib.ExitStack() as stack:

        def started(name: str) -> Process:
            process = worker(tmp_path, site.database_url, site.storage_url, name)
            process.start()
            stack.callback(process.stop, timeout_seconds=5)
            return process

        yield started


@pytest.fixture(scope="module")
def person(site: Site) -> Visitor:
    return site.login(UPLOADER)


def send(person: Visitor, dataset: str, content: bytes | str, name: str = "table.csv") -> str:
    """Upload a file, and close the browser; the id of its version."""
    page = person.post(dataset, files={"file": (name, content, "text/csv")}, follow=False)
    return id_in(page.headers["Location"])


def task_of(site: Site, file_id: str) -> tuple[str, int, bool]:
    """The outcome of a version's task, how often it was begun, and whether a worker has it."""
    ((outcome, attempts, is_claimed),) = site.sql(
        "SELECT outcome, attempts, claim IS NOT NULL FROM operations.upload_task WHERE version_id = %s", file_id
    )
    return outcome, attempts, is_claimed


def state_of(site: Site, file_id: str) -> str:
    ((state,),) = site.sql("SELECT state FROM pipeline_data_file WHERE id = %s", file_id)
    return str(state)


def wait_until_begun(site: Site, file_id: str) -> None:
    wait_until(lambda: task_of(site, file_id)[2])


def wait_for_outcome(site: Site, file_id: str, outcome: str) -> None:
    wait_until(lambda: task_of(site, file_id)[0])
    assert task_of(site, file_id)[0] == outcome


@contextlib.contextmanager
def held(site: Site, file_id: str) -> Iterator[None]:
    """Keep whoever checks a version from its end."""
    with psycopg.connect(site.database_url) as connection:
        connection.execute("SELECT FROM pipeline_data_file WHERE id = %s FOR UPDATE", [file_id])
        yield


def child_of(process: Process) -> psutil.Process:
    """What does the one task that the worker has taken, once its errands are done."""
    worker = psutil.Process(process.pid)

    found: list[psutil.Process] = []

    def is_alone() -> bool:
        found[:] = worker.children()
        return len(found) == 1

    wait_until(is_alone)
    (child,) = found
    return child


def test_a_check_outlives_a_worker_that_is_killed_in_the_middle(site: Site, person: Visitor, start: Start) -> None:
    file_id = send(person, person.create_dataset(), CSV)
    with held(site, file_id):
        first = start("first")
        wait_until_begun(site, file_id)
        left_over = child_of(first)
        os.kill(first.pid or 0, signal.SIGKILL)
        site.sql("UPDATE operations.upload_task SET heartbeat_at = heartbeat_at - interval '1 minute'")
        start("second")
        wait_until(lambda: task_of(site, file_id)[1] == 2)
    wait_for_outcome(site, file_id, "done")
    assert state_of(site, file_id) == "uploaded"
    # What the first had begun came to nothing, and to an end.
    left_over.wait(10)
    assert site.sql(
        "SELECT count(*) FROM operations.upload_event WHERE version = %s AND action = 'check'", file_id
    ) == [(1,)]


def test_a_worker_that_is_stopped_leaves_its_task_to_others_at_once(site: Site, person: Visitor, start: Start) -> None:
    file_id = send(person, person.create_dataset(), LONG)
    first = start("first")
    wait_until_begun(site, file_id)
    begun = time.monotonic()
    first.stop(timeout_seconds=20)
    assert time.monotonic() - begun < 15
    assert task_of(site, file_id) == ("", 0, False)
    person.post(f"{page_of(site, file_id)}cancel/{file_id}/")


def page_of(site: Site, file_id: str) -> str:
    ((slug,),) = site.sql(
        "SELECT slug FROM pipeline JOIN pipeline_data_file AS file ON file.pipeline_id = pipeline.id"
        " WHERE file.id = %s",
        file_id,
    )
    return f"/upload/data/{slug}/"


def test_a_cancellation_ends_a_check_in_the_middle(site: Site, person: Visitor, start: Start) -> None:
    dataset = person.create_dataset()
    file_id = send(person, dataset, LONG)
    process = start("worker")
    wait_until_begun(site, file_id)
    child = child_of(process)
    page = person.post(f"{dataset}cancel/{file_id}/")
    assert "This version was cancelled" in page.text
    child.wait(15)
    assert (task_of(site, file_id), state_of(site, file_id)) == (("withdrawn", 1, False), "cancelled")


def test_of_two_workers_one_does_a_task(site: Site, person: Visitor, start: Start) -> None:
    start("first"), start("second")
    files = [send(person, person.create_dataset(), CSV) for _ in range(4)]
    for file_id in files:
        wait_for_outcome(site, file_id, "done")
        assert task_of(site, file_id)[1] == 1


def test_a_small_file_does_not_wait_for_a_large_one(site: Site, person: Visitor, start: Start) -> None:
    large = send(person, person.create_dataset(), CSV)
    also_large = send(person, person.create_dataset(), CSV)
    small = send(person, person.create_dataset(), CSV)
    site.sql(
        "UPDATE operations.upload_task SET bytes_total = 2000000000, due_at = due_at - interval '1 minute'"
        " WHERE version_id IN (%s, %s)",
        large,
        also_large,
    )
    with held(site, large):
        start("worker")
        wait_for_outcome(site, small, "done")
        assert task_of(site, also_large)[:2] == ("", 0)
    for file_id in (large, also_large):
        wait_for_outcome(site, file_id, "done")


def test_a_packed_file_counts_as_what_it_may_unpack_to(site: Site, person: Visitor, start: Start) -> None:
    large = send(person, person.create_dataset(), CSV)
    packed = send(person, person.create_dataset(), CSV, "rows.csv.gz")
    small = send(person, person.create_dataset(), CSV)
    site.sql(
        "UPDATE operations.upload_task SET bytes_total = 10000000, due_at = due_at - interval '1 minute'"
        " WHERE version_id = %s",
        packed,
    )
    site.sql("UPDATE operations.upload_task SET due_at = due_at - interval '2 minutes' WHERE version_id = %s", large)
    with held(site, large):
        start("worker")
        wait_for_outcome(site, small, "done")
        assert task_of(site, packed)[:2] == ("", 0)
    wait_for_outcome(site, packed, "done")


def test_who_closes_the_browser_finds_the_state_when_they_come_back(site: Site, person: Visitor, start: Start) -> None:
    dataset = person.create_dataset()
    file_id = send(person, dataset, CSV)
    page = person.get(f"{dataset}verify/{file_id}/")
    assert urlsplit(page.url).path == f"{dataset}uploaded/{file_id}/"
    assert "<title>Checking your file" in page.text
    assert '<noscript><meta http-equiv="refresh" content="2"></noscript>' in page.text
    assert person.get(f"/upload/progress/{file_id}/").json() == {
        "state": "checking",
        "progress": 0,
        "info": "Waiting to be checked",
    }
    assert "Being checked" in person.get(dataset).text
    site.sql("UPDATE operations.upload_task SET requested_at = requested_at - interval '2 minutes'")
    assert "takes longer than usual" in person.get(f"/upload/progress/{file_id}/").json()["info"]
    start("worker")
    wait_for_outcome(site, file_id, "done")
    assert "Check the columns" in person.get(f"{dataset}uploaded/{file_id}/").text


def test_a_refused_file_is_read_again_in_another_way(site: Site, person: Visitor, start: Start) -> None:
    start("worker")
    dataset = person.create_dataset()
    page = person.upload(dataset, UNREADABLE)
    file_id = id_in(page.url)
    assert (state_of(site, file_id), page.url.endswith("/failed/")) == ("failed", True)
    assert "Your file could not be read" in page.text
    assert "Line 4 has 2 values, but there are 3 columns." in page.text

    refused = person.submit(page, f"{dataset}read-again/{file_id}/", {"last_line": "none"})
    assert (refused.status_code, "Enter the number of a line" in refused.text) == (422, True)

    page = person.submit(page, f"{dataset}read-again/{file_id}/", {"last_line": "3", "encoding": "cp1251"})
    assert "/verify/" in page.url
    assert "Zoл" in page.text
    # It was sent once.
    assert site.sql(
        "SELECT action, person FROM operations.upload_event WHERE version = %s AND after ->> 'state' IS NOT NULL"
        " ORDER BY id",
        file_id,
    ) == [(action, UPLOADER.email) for action in ("upload", "upload", "check", "read again")]


def test_what_fails_three_times_is_given_up_and_can_be_tried_again(site: Site, person: Visitor, start: Start) -> None:
    dataset = person.create_dataset()
    file_id = send(person, dataset, CSV)
    ((path,),) = site.sql("SELECT data_file_url FROM pipeline_data_file WHERE id = %s", file_id)
    stored = Path(urlsplit(site.storage_url).path) / path
    away = stored.rename(stored.with_suffix(".away"))
    start("worker")
    wait_for_outcome(site, file_id, "given up")
    page = person.get(f"{dataset}uploaded/{file_id}/")
    assert "which is a problem of the service and not of your file" in page.text
    away.rename(stored)
    page = person.submit(page, f"{dataset}check-again/{file_id}/")
    assert "/verify/" in page.url


def test_a_worker_goes_on_once_the_database_is_back(site: Site, person: Visitor, start: Start) -> None:
    process = start("worker")
    wait_until(lambda: "waiting for tasks" in process.log_tail())
    site.sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'dss-worker'")
    file_id = send(person, person.create_dataset(), CSV)
    wait_for_outcome(site, file_id, "done")
    assert process.is_running
    assert "the worker waits for the database" in process.log.read_text()


def test_an_errand_that_has_ended_leaves_no_zombie_until_it_is_begun_again(start: Start) -> None:
    process = psutil.Process(start("worker").pid)
    wait_until(lambda: process.children() != [])
    # It is begun again after thirty seconds.
    wait_until(lambda: process.children() == [])


def test_uploads_are_checked_whatever_is_wrong_with_an_errand(site: Site, person: Visitor, start: Start) -> None:
    message, away = "operations.subscription_message", "operations.subscription_message_away"
    site.sql(f"ALTER TABLE {message} RENAME TO {away.rpartition('.')[2]}")
    try:
        process = start("first")
        wait_until(lambda: "looked at again" in process.log.read_text())
        file_id = send(person, person.create_dataset(), CSV)
        wait_for_outcome(site, file_id, "done")
    finally:
        site.sql(f"ALTER TABLE {away} RENAME TO {message.rpartition('.')[2]}")


def test_values_that_are_tried_behind_the_request_are_told_when_the_person_comes_back(
    site: Site, person: Visitor, start: Start
) -> None:
    dataset = person.create_dataset()
    process = start("worker")
    verify = urlsplit(person.upload(dataset, "name,code\nPens,7\nInk,A8\n").url).path
    file_id = id_in(verify)
    process.stop(timeout_seconds=5)
    page = person.post(verify, {"type-2": "integer"}, follow=False)
    assert page.headers["Location"] == f"{dataset}uploaded/{file_id}/"
    assert state_of(site, file_id) == "uploaded"

    start("another")
    wait_for_outcome(site, file_id, "refused")
    page = person.get(page.headers["Location"])
    assert "Line 3 has “A8” in code, which is not a whole number." in page.text
    assert "<title>Error: Check the columns" in page.text
    page = person.post(verify, {"type-2": "text"})
    assert (state_of(site, file_id), "/uploaded/" in page.url) == ("verified", True)
