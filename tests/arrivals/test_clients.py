"""A program uploads as a person does: in signed parts, with the same check, the same report and a confirmation."""

import hashlib
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from dss_assets.database import Database
from dss_assets.storage import Storage
from dss_assets.uploads import find, ingest_upload
from dss_web.client.data_store.signing import credentials, signed_send
from infra.local.postgres import Postgres
from tests.conftest import REPOSITORY
from tests.parts.arriving import MEBIBYTE, table
from tests.parts.manage import manage, printed_key
from tests.parts.service import Client, Service, running
from tests.parts.worker import running_worker

CSV = b"name,amount\nPens,1\nInk,2\n"
DATASET = "dbt.sales"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("clients")


@pytest.fixture(scope="module")
def storage(folder: Path) -> Storage:
    """What the service keeps files in, as the assets half reads it."""
    return Storage((folder / "storage").as_uri(), "datasets", "uploads")


@pytest.fixture(scope="module")
def service(postgres_server: Postgres, migrated_template: str, folder: Path) -> Iterator[Service]:
    postgres_server.create_database("uploading", template=migrated_template)
    url, storage = postgres_server.url("uploading"), (folder / "storage").as_uri()
    settings = {"DSS_UPLOAD_PART_MEGABYTES": "1", "DSS_UPLOAD_LIMIT_MEGABYTES": "30", "S3_BUCKET_URL": storage}
    with running(url, folder, **settings) as service, running_worker(folder, url, storage):
        for name in ("sales", "others"):
            service.execute(
                "INSERT INTO pipeline (organisation, dataset, slug, may_hold_personal_data)"
                f" VALUES ('dbt', '{name}', 'dbt-{name}', false)"
            )
        yield service


@pytest.fixture(scope="module")
def sender(service: Service) -> Client:
    """A client that may upload to the one dataset, and read nothing."""
    return service.add_client("sender", f"upload:{DATASET}")


@pytest.fixture(autouse=True)
def nothing_waits(service: Service) -> None:
    """Each test begins with a dataset into which nothing is loaded or is being loaded."""
    service.execute(
        "DELETE FROM pipeline_data_file",
        "DELETE FROM operations.arrival",
        "DELETE FROM operations.datafile_registry",
        'DROP SCHEMA IF EXISTS "dbt.sales" CASCADE',
    )


def ask(client: Client, method: str, path: str = "", body: Any = None, dataset: str = DATASET) -> requests.Response:
    """The answer to a signed request, whose own signature is verified where it has one."""
    content = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
    kind = "application/octet-stream" if isinstance(body, bytes) else "application/json" if content else ""
    with requests.Session() as session:
        response, request = signed_send(
            session,
            method,
            f"{client.url}/api/v1/uploads/{dataset}{path}",
            credentials(client.identifier, client.key),
            content=content,
            content_type=kind,
        )
    if header := response.headers.get("Server-Authorization"):
        request.accept_response(header, content=response.content, content_type=response.headers.get("Content-Type", ""))
    return response


def begin(client: Client, content: bytes, **fields: Any) -> dict[str, Any]:
    words = {"name": "sales.csv", "size": len(content), "sha256": hashlib.sha256(content).hexdigest(), **fields}
    answer = ask(client, "POST", "", words)
    assert answer.status_code == 200, answer.text
    upload: dict[str, Any] = answer.json()
    return upload


def send(client: Client, content: bytes) -> dict[str, Any]:
    """How far the upload of a file is, all parts of which have been sent, once it is checked."""
    upload = begin(client, content)
    for number in range(-(-len(content) // upload["part_size"])):
        part = content[number * upload["part_size"] :][: upload["part_size"]]
        assert ask(client, "PUT", f"/{upload['id']}/parts/{number}", part).status_code == 204
    answer = ask(client, "POST", f"/{upload['id']}/complete")
    assert answer.status_code == 200, answer.text
    return checked(client, answer.json())


def checked(client: Client, upload: dict[str, Any]) -> dict[str, Any]:
    deadline = time.monotonic() + 60
    while upload["state"] == "checking":
        assert time.monotonic() < deadline
        time.sleep(0.1)
        upload = ask(client, "GET", f"/{upload['id']}").json()
    return upload


def test_a_file_is_sent_checked_confirmed_and_followed(service: Service, sender: Client) -> None:
    content = table(2.5)
    upload = send(sender, content)
    path = f"/{upload['id']}"
    assert upload["state"] == "uploaded"

    report = ask(sender, "GET", f"{path}/report").json()
    assert (report["dataset"], report["rows"], report["sha256"]) == (
        DATASET,
        content.count(b"\n") - 1,
        hashlib.sha256(content).hexdigest(),
    )
    assert [(column["name"], column["type"]) for column in report["columns"]] == [
        ("number", "text"),
        ("name", "text"),
    ]

    confirmed = checked(sender, ask(sender, "POST", f"{path}/confirm", {}).json())
    assert confirmed["state"] == "verified"
    service.execute("UPDATE pipeline_data_file SET state = 'processing_dataflow', loaded_at = now()")
    loaded = ask(sender, "GET", f"/{confirmed['version']}").json()
    assert (loaded["state"], loaded["info"]) == (
        "processing_dataflow",
        "The rows are loaded and wait to be copied to Data Workspace",
    )


def test_the_trail_and_the_version_name_the_client(service: Service, sender: Client) -> None:
    upload = send(sender, CSV)
    ask(sender, "POST", f"/{upload['id']}/confirm", {})

    assert service.ask("SELECT uploaded_by FROM pipeline_data_file") == "HAWK client sender"
    with service.connect() as connection:
        rows = connection.execute(
            "SELECT DISTINCT person, person_id, action FROM operations.upload_event WHERE version = %s ORDER BY action",
            [upload["version"]],
        ).fetchall()
    assert [row for row in rows if row[2] in {"upload", "confirm"}] == [
        ("HAWK client sender", "client:sender", "confirm"),
        ("HAWK client sender", "client:sender", "upload"),
    ]


def test_an_upload_that_broke_off_goes_on(sender: Client) -> None:
    content = table(2.5)
    upload = begin(sender, content)
    ask(sender, "PUT", f"/{upload['id']}/parts/1", content[MEBIBYTE : 2 * MEBIBYTE])

    again = begin(sender, content)

    assert again["id"] == upload["id"]
    assert again["parts"] == [{"number": 1, "sha256": hashlib.sha256(content[MEBIBYTE : 2 * MEBIBYTE]).hexdigest()}]
    incomplete = ask(sender, "POST", f"/{upload['id']}/complete")
    assert (incomplete.status_code, "missing: 0, 2" in incomplete.json()["error"]) == (409, True)


def test_a_part_that_was_changed_on_the_way_does_not_get_in(service: Service, sender: Client) -> None:
    upload = begin(sender, CSV)
    url = f"{service.url}/api/v1/uploads/{DATASET}/{upload['id']}/parts/0"
    request = sender.sign(url, "PUT", content=CSV, content_type="text/csv")
    headers = {"Authorization": request.request_header, "Content-Type": "text/csv"}

    changed = requests.put(url, data=CSV.replace(b"1", b"9"), headers=headers, timeout=30)
    right = requests.put(url, data=CSV, headers=headers, timeout=30)
    replayed = requests.put(url, data=CSV, headers=headers, timeout=30)

    assert [answer.status_code for answer in (changed, right, replayed)] == [401, 204, 401]


def test_a_file_that_is_not_the_one_announced_is_refused(service: Service, sender: Client) -> None:
    upload = begin(sender, CSV, sha256="0" * 64)
    ask(sender, "PUT", f"/{upload['id']}/parts/0", CSV)

    answer = ask(sender, "POST", f"/{upload['id']}/complete")

    assert answer.status_code == 422
    assert "The file that arrived is not the one that was announced" in answer.json()["error"]
    assert service.ask("SELECT state FROM pipeline_data_file") == "failed"


@pytest.mark.parametrize(
    ("scopes", "dataset"),
    [
        (["*"], DATASET),
        (["upload:dbt.others"], DATASET),
        (["table:dbt.sales"], DATASET),
        ([f"upload:{DATASET}"], "x.y"),
    ],
    ids=["all for reading", "another dataset", "the table", "no such dataset"],
)
def test_nobody_uploads_without_a_scope_for_the_dataset(service: Service, scopes: list[str], dataset: str) -> None:
    client = service.add_client(f"without-{dataset}-{scopes[0].replace('*', 'all')}", *scopes)

    answer = ask(client, "POST", "", {"name": "a.csv", "size": 1}, dataset=dataset)

    assert answer.status_code == 403
    assert service.ask("SELECT count(*) FROM operations.arrival") == 0


def test_a_scope_to_upload_reads_nothing(service: Service, sender: Client) -> None:
    service.execute('CREATE SCHEMA IF NOT EXISTS "dbt.sales"', 'CREATE TABLE "dbt.sales"."L1" (id int PRIMARY KEY)')

    assert sender.get("/api/v1/table-data/dbt.sales/L1").status_code == 403


def test_one_client_does_not_see_the_uploads_of_another(service: Service, sender: Client) -> None:
    other = service.add_client("other-sender", f"upload:{DATASET}")
    arriving, complete = begin(sender, CSV + b"Pads,3\n"), send(sender, CSV)

    for upload in (arriving, complete):
        for method, path in (("GET", ""), ("DELETE", ""), ("GET", "/report"), ("POST", "/complete")):
            assert ask(other, method, f"/{upload['id']}{path}").status_code == 404


def test_a_question_is_answered_and_bad_values_are_told(sender: Client) -> None:
    upload = send(sender, b"1,Pens\n2,Ink\n3,Pads\n")
    path = f"/{upload['id']}"
    report = ask(sender, "GET", f"{path}/report").json()
    assert [question["name"] for question in report["questions"]] == ["header_line"]
    refused = ask(sender, "POST", f"{path}/confirm", {})
    assert refused.status_code == 422
    assert "Answer header_line by read-again." in refused.json()["error"]

    answered = checked(sender, ask(sender, "POST", f"{path}/read-again", {"header_line": 0}).json())
    reading = ask(sender, "GET", f"{path}/report").json()["reading"]
    reading["columns"][1] |= {"name": "thing", "type": "integer"}
    told = checked(sender, ask(sender, "POST", f"{path}/confirm", {"reading": reading}).json())

    assert answered["state"] == told["state"] == "uploaded"
    assert told["bad_values"][0] == {"line": 1, "column": "thing", "value": "Pens", "expected": "integer"}
    assert any("thing" in problem for problem in told["problems"])
    reading["columns"][1]["type"] = "text"
    assert checked(sender, ask(sender, "POST", f"{path}/confirm", {"reading": reading}).json())["state"] == "verified"


def test_a_change_that_breaks_readers_takes_a_word(service: Service, sender: Client) -> None:
    first = send(sender, CSV)
    ask(sender, "POST", f"/{first['id']}/confirm", {})
    service.execute("UPDATE pipeline_data_file SET state = 'completed', loaded_at = now(), processed_at = now()")
    second = send(sender, b"name,price\nPens,1\nInk,2\n")

    refused = ask(sender, "POST", f"/{second['id']}/confirm", {})
    assert (refused.status_code, "Send `accept_changes`" in refused.json()["error"]) == (422, True)
    accepted = ask(sender, "POST", f"/{second['id']}/confirm", {"accept_changes": True})
    assert checked(sender, accepted.json())["state"] == "verified"


def test_rows_that_are_there_are_kept_once_the_client_has_seen_what_its_file_does(
    service: Service, sender: Client, storage: Storage, tmp_path: Path
) -> None:
    def load(upload: dict[str, Any]) -> None:
        with Database(service.database_url).connect("test") as connection:
            ingest_upload(connection, storage, find(connection, upload["version"]), "a run")

    first = send(sender, CSV)
    load(checked(sender, ask(sender, "POST", f"/{first['id']}/confirm", {}).json()))
    second = send(sender, b"name,amount\nInk,3.5\nPads,4\n")
    update = {"mode": "update", "key": ["name"]}

    counted = checked(sender, ask(sender, "POST", f"/{second['id']}/confirm", update).json())
    refused = ask(sender, "POST", f"/{second['id']}/confirm", update)
    confirmed = ask(sender, "POST", f"/{second['id']}/confirm", {**update, "accept_changes": True}).json()

    assert counted["changes"] == {"added": 1, "changed": 1, "left": 1, "same": 0, "rows_after": 3}
    assert (refused.status_code, "becomes wider" in refused.json()["error"]) == (422, True)
    assert confirmed["state"] == "verified"
    load(confirmed)
    third = tmp_path / "more.csv"
    third.write_bytes(b"name,amount\nCards,many\nGlue,6\n")
    told = hawk_upload(sender, third, "--append", "--confirm", "--accept-changes")
    assert told.returncode == 0, told.stderr
    assert "Adds 2 rows, changes 0, leaves 3, removes none." in told.stdout
    with service.connect() as connection:
        rows = connection.execute('SELECT name, amount::text FROM "dbt.sales"."L0" ORDER BY id').fetchall()
    assert rows == [("Pens", "1"), ("Ink", "3.5"), ("Pads", "4")]


def test_the_rest_is_loaded_without_as_many_rows_as_the_client_says(sender: Client) -> None:
    upload = send(sender, b"name,amount\nPens,1\nInk,n/k\nPads,3\n")
    reading = ask(sender, "GET", f"/{upload['id']}/report").json()["reading"]
    reading["columns"][1]["type"] = "integer"
    reading["columns"][1]["nulls"] = []

    told = checked(sender, ask(sender, "POST", f"/{upload['id']}/confirm", {"reading": reading}).json())
    agreed = {"reading": reading, "leave_out_rows": told["bad_rows"]}

    assert (told["state"], told["bad_rows"]) == ("uploaded", 1)
    assert checked(sender, ask(sender, "POST", f"/{upload['id']}/confirm", agreed).json())["state"] == "verified"


def test_an_upload_is_cancelled_while_it_arrives_and_afterwards(sender: Client) -> None:
    arriving, complete = begin(sender, CSV + b"Pads,3\n"), send(sender, CSV)

    assert [ask(sender, "DELETE", f"/{upload['id']}").status_code for upload in (arriving, complete)] == [204, 204]
    assert ask(sender, "GET", f"/{arriving['id']}").status_code == 404
    assert ask(sender, "GET", f"/{complete['id']}").json()["state"] == "cancelled"


def test_a_file_that_cannot_be_read_says_why(sender: Client) -> None:
    upload = send(sender, b"\x00\x01\x02\x03" * 5000)

    assert upload["state"] == "failed"
    assert upload["info"]
    assert ask(sender, "GET", f"/{upload['id']}/report").status_code == 409


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("POST", "", {"name": "a.csv", "size": 31 * MEBIBYTE}, 422),
        ("POST", "", {"name": "a.csv", "size": 0}, 422),
        ("POST", "", {"size": 5}, 400),
        ("POST", "", b"no JSON", 400),
        ("GET", "/not-an-id", None, 400),
        ("PATCH", "", None, 405),
    ],
)
def test_what_is_wrong_is_told(sender: Client, method: str, path: str, body: Any, status: int) -> None:
    answer = ask(sender, method, path, body)

    assert answer.status_code == status
    assert status == 405 or answer.json()["error"]


def test_the_command_gives_a_scope_only_for_a_dataset_that_there_is(service: Service) -> None:
    wrong = manage(service.database_url, "add_hawk_client", "by-command", "--upload", "dbt.nothing")
    unclear = manage(service.database_url, "add_hawk_client", "by-command", "--upload", "Sales")
    right = manage(service.database_url, "add_hawk_client", "by-command", "--upload", DATASET)

    assert (wrong.returncode, "There is no dataset dbt.nothing" in wrong.stderr) == (1, True)
    assert (unclear.returncode, "Not a scope" in unclear.stderr) == (1, True)
    client = Client(service.url, "by-command", printed_key(right))
    assert begin(client, CSV)["state"] == "arriving"


def hawk_upload(client: Client, file: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """The command, as a client runs it: in an environment without any of the service's settings."""
    return subprocess.run(
        [
            sys.executable,
            "manage.py",
            "hawk_upload",
            str(file),
            DATASET,
            *("--url", client.url, "--id", client.identifier, *arguments),
        ],
        cwd=REPOSITORY,
        env={"PATH": os.environ["PATH"], "HAWK_KEY": client.key},
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_client_sends_goes_on_and_confirms(sender: Client, tmp_path: Path) -> None:
    content = table(3.5)
    file = tmp_path / "sales.csv"
    file.write_bytes(content)
    upload = begin(sender, content)
    ask(sender, "PUT", f"/{upload['id']}/parts/2", content[2 * MEBIBYTE : 3 * MEBIBYTE])

    sent = hawk_upload(sender, file, "--report", str(tmp_path / "report.json"), "--confirm")

    assert sent.returncode == 0, sent.stderr
    assert "1 of 4 parts are there already" in sent.stderr
    rows = content.count(b"\n") - 1
    assert f"{rows:,} rows of 2 columns. Verdict: first." in sent.stdout
    assert "Confirmed. Waiting for its turn" in sent.stdout
    assert json.loads((tmp_path / "report.json").read_bytes())["file"] == "sales.csv"


def test_the_client_says_by_its_exit_status_what_has_to_be_done(sender: Client, tmp_path: Path) -> None:
    asked, refused = tmp_path / "asked.csv", tmp_path / "refused.csv"
    asked.write_bytes(b"1,Pens\n2,Ink\n3,Pads\n")
    refused.write_bytes(b"\x00\x01\x02\x03" * 5000)

    ended = hawk_upload(sender, asked)
    assert (ended.returncode, ended.stderr != "") == (2, True)
    assert hawk_upload(sender, asked, "--header-line", "0").returncode == 0
    assert hawk_upload(sender, refused).returncode == 3
    assert hawk_upload(Client(sender.url, "nobody", "a key of nobody"), asked).returncode == 1
