"""What holds while an export is sent: one state, no connection for a slow client, and an end that can be told."""

import hashlib
import time
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import psutil
import pytest
import requests
import urllib3

from tests.parts.export_reading import begin, connections_of, export, fill, receipt
from tests.parts.service import Client, Service, running
from tests.parts.waiting import wait_until


def is_broken_off(client: Client, response: requests.Response) -> bool:
    """Whether the receipt of this export says that the client broke it off."""
    return bool(receipt(client, response)["state"] == "broken-off")


def test_a_receipt_tells_what_was_sent(exporting: Service) -> None:
    client = exporting.client()

    response = begin(client, "x/large")
    content = response.content
    told = receipt(client, response)

    assert (told["state"], told["rows"], told["first_id"], told["last_id"]) == ("complete", 60_000, 1, 60_000)
    assert (told["bytes"], told["sha256"]) == (len(content), hashlib.sha256(content).hexdigest())
    assert (told["schema"], told["table"], told["format"], told["columns"]) == ("x", "large", "csv", ["id", "name"])
    assert str(told["generation"]) == response.headers["DSS-Generation"]
    assert len(told["checkpoints"]) >= 5
    for checkpoint in told["checkpoints"]:
        first_part = content[: checkpoint["bytes"]]
        assert hashlib.sha256(first_part).hexdigest() == checkpoint["sha256"]
        lines = first_part.decode().splitlines()
        assert (len(lines) - 1, int(lines[-1].partition(",")[0])) == (checkpoint["rows"], checkpoint["last_id"])


def test_a_receipt_is_its_clients_alone(exporting: Service) -> None:
    response = begin(exporting.client(), "x/L1")
    assert response.content
    url = response.headers["Link"].partition("<")[2].partition(">")[0]

    assert exporting.add_client("other", "*").get(url).status_code == 404
    assert exporting.client().get(url.replace("/L1/", "/large/")).status_code == 404
    assert exporting.client().get(url[:-1] + ("0" if url[-1] != "0" else "1")).status_code == 404
    assert requests.get(url, timeout=10).status_code == 401


def test_a_first_part_and_the_rows_behind_it_are_the_whole(exporting: Service) -> None:
    client = exporting.client()
    response = begin(client, "x/large")
    whole, told = response.content, receipt(client, response)
    checkpoint = told["checkpoints"][2]

    rest = export(client, f"x/large?from-id={checkpoint['last_id'] + 1}&generation={told['generation']}&header=false")

    assert whole[: checkpoint["bytes"]] + rest == whole


def test_an_export_of_rows_that_were_changed_since_is_refused(exporting: Service) -> None:
    fill(exporting, "changing", 10, 10)
    client = exporting.client()
    generation = begin(client, "x/changing").headers["DSS-Generation"]
    exporting.execute("INSERT INTO x.changing VALUES (11, 'added behind all others')")
    assert begin(client, f"x/changing?generation={generation}").status_code == 200

    exporting.execute("UPDATE x.changing SET name = 'other' WHERE id = 1")
    answer = begin(client, f"x/changing?generation={generation}&from-id=3&columns=name")

    assert answer.status_code == 409
    assert answer.json()["start"].endswith("/x/changing?format=csv&columns=name")


@pytest.mark.parametrize("coding", ["identity", "gzip"])
def test_nothing_changed_nothing_sent(exporting: Service, coding: str) -> None:
    client = exporting.client()
    first = begin(client, "x/L1", coding)

    again = client.get(first.url, headers={"If-None-Match": first.headers["ETag"], "Accept-Encoding": coding})

    assert (again.status_code, again.content) == (304, b"")
    assert "Server-Authorization" in again.headers
    assert [again.headers[name] for name in ("ETag", "Vary")] == [first.headers[name] for name in ("ETag", "Vary")]


def test_a_table_that_is_changed_meanwhile_is_sent_as_it_was(exporting: Service) -> None:
    fill(exporting, "reloaded", 30_000, 1000)
    client = exporting.client()
    response = begin(client, "x/reloaded")
    pieces = response.raw.stream(1000, decode_content=False)
    first = next(pieces)
    exporting.execute("TRUNCATE x.reloaded", "INSERT INTO x.reloaded SELECT g, 'new' FROM generate_series(1, 10) g")

    content = first + b"".join(pieces)

    assert content.count(b"\n") == 30_001
    assert b"new" not in content


def test_a_slow_client_holds_neither_connection_nor_lock(exporting: Service, spool_folder: Path) -> None:
    response = begin(exporting.client(), "x/large")

    wait_until(lambda: connections_of(exporting) == 0, "the table is read, though the client has taken nothing")
    exporting.execute("BEGIN; SET LOCAL lock_timeout = '1s'; LOCK TABLE x.large IN ACCESS EXCLUSIVE MODE; COMMIT")
    assert list(spool_folder.iterdir()) == [], "the spool's files have no names"
    assert open_spools(exporting, spool_folder)

    assert len(response.content) == receipt(exporting.client(), response)["bytes"]
    wait_until(lambda: not open_spools(exporting, spool_folder), "the spool is gone")


def test_a_client_that_goes_lets_go_of_everything(exporting: Service, spool_folder: Path) -> None:
    exporting.execute(
        "CREATE VIEW x.slow AS SELECT id, name || CASE WHEN id > 1000 THEN pg_sleep(0.01)::text ELSE '' END AS t"
        " FROM x.large ORDER BY id"
    )
    client = exporting.client()
    for path in ("x/large", "x/slow"):
        response = begin(client, path)
        next(response.raw.stream(1000))
        response.close()
        wait_until(partial(is_broken_off, client, response), "it is noticed")
        wait_until(lambda: connections_of(exporting) == 0, "the COPY has stopped")
        wait_until(lambda: not open_spools(exporting, spool_folder), "the spool is gone")

    assert len(export(client, "x/large")) > 60_000_000


def test_more_exports_than_may_be_at_once_are_told_to_wait_and_pages_are_served(exporting: Service) -> None:
    client = exporting.client()
    running_exports = [begin(client, "x/large") for _ in range(2)]

    refused = begin(client, "x/L1")
    page = client.get("/api/v1/table-data/x/L1")
    head = begin(client, "x/L1", method="HEAD")

    assert (refused.status_code, page.status_code, head.status_code) == (503, 200, 200)
    assert int(refused.headers["Retry-After"]) > 0
    for response in running_exports:
        assert response.content
    wait_until(lambda: begin(client, "x/L1").status_code == 200, "there is room again")


@pytest.mark.parametrize(
    ("view", "expression", "reason"),
    [
        ("dividing", "1 / (59000 - id)", "division by zero"),
        ("endless", "CASE WHEN id > 58000 THEN pg_sleep(1)::text END", "took too long"),
    ],
)
def test_an_export_that_fails_in_the_middle_breaks_off(
    exporting: Service, view: str, expression: str, reason: str
) -> None:
    exporting.execute(f"CREATE VIEW x.failing_{view} AS SELECT id, name, {expression} AS n FROM x.large ORDER BY id")
    client = exporting.client()
    response = begin(client, f"x/failing_{view}")

    with pytest.raises(requests.exceptions.ChunkedEncodingError):
        _ = response.content

    told = receipt(client, response)
    assert told["state"] == "broken-off"
    assert reason in told["reason"]
    assert 0 < told["last_id"] < 59_000


def test_an_export_that_fails_at_once_is_answered_with_its_error(exporting: Service) -> None:
    exporting.execute('CREATE VIEW x.failing AS SELECT id, 1 / (id - 1) AS n FROM x."L1"')

    answer = begin(exporting.client(), "x/failing")

    assert (answer.status_code, answer.json()) == (422, {"error": "x.failing fails on its own rows: division by zero"})


def test_a_client_too_far_behind_gets_what_was_kept_and_no_end(exporting: Service) -> None:
    exporting.execute("CREATE VIEW x.huge AS SELECT id, repeat(name, 10) AS t FROM x.large")
    client = exporting.client()
    response = begin(client, "x/huge")
    wait_until(lambda: connections_of(exporting) == 0, "the spool is full")

    with pytest.raises(urllib3.exceptions.HTTPError):
        for _ in response.raw.stream(2**20, decode_content=False):
            pass

    told = receipt(client, response)
    assert told["state"] == "broken-off"
    assert "behind" in told["reason"]
    assert told["bytes"] > 90_000_000


def test_head_tells_what_get_would_without_reading(exporting: Service) -> None:
    client = exporting.client()

    answer = client.get("/api/v1/table-export/x/L1?format=ndjson", "HEAD")

    assert (answer.status_code, answer.content) == (200, b"")
    assert answer.headers["Content-Type"] == "application/x-ndjson"
    assert "Content-Length" not in answer.headers
    assert "DSS-Export-Id" not in answer.headers
    assert client.get("/api/v1/table-export/x/none", "HEAD").status_code == 404


@pytest.mark.parametrize(
    ("scopes", "status"),
    [
        (["export_table"], 200),
        (["table:x"], 200),
        (["table:x.L1"], 200),
        (["export_table", "table:x.large"], 403),
        (["get_table_data"], 403),
    ],
)
def test_scopes_open_exports(exporting: Service, scopes: list[str], status: int) -> None:
    client = exporting.add_client("scoped", *scopes)

    answer = begin(client, "x/L1")

    assert answer.status_code == status
    if status == 200:
        assert answer.content
        assert receipt(client, answer)["state"] == "complete"


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("format=xlsx", "format must be"),
        ("from-id=x", "from-id must be"),
        ("columns=none", "columns names"),
        ("name=a", "No index"),
        ("header=perhaps", "header must be"),
    ],
)
def test_what_is_not_understood_is_refused(exporting: Service, query: str, words: str) -> None:
    answer = begin(exporting.client(), f"x/L1?{query}")

    assert answer.status_code == 400
    assert words in answer.json()["error"]


def test_stopping_lets_a_running_export_finish(exporting: Service, tmp_path: Path) -> None:
    with running(exporting.database_url, tmp_path, DSS_WEB_WORKERS="1") as service:
        client = service.client()
        with ThreadPoolExecutor(1) as pool:
            response = begin(client, "x/large")
            service.process.ask_to_stop()
            time.sleep(0.5)
            content = pool.submit(lambda: response.content).result()

    told = receipt(exporting.client(), _at(response, service.url, exporting.url))
    assert (told["state"], told["bytes"]) == ("complete", len(content))


def _at(response: requests.Response, url: str, other: str) -> requests.Response:
    """The answer as it would be from another process over the same database."""
    response.headers["Link"] = response.headers["Link"].replace(url, other)
    return response


def open_spools(service: Service, folder: Path) -> list[str]:
    """The files in the folder that the web app holds open."""
    found = []
    for process in psutil.Process(service.process.pid).children():
        for descriptor in Path(f"/proc/{process.pid}/fd").iterdir():
            try:
                target = str(descriptor.readlink())
            except FileNotFoundError:
                continue
            found += [target] if target.startswith(str(folder)) else []
    return found
