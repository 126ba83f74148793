"""A program sends a file as a person does: in signed parts, and only to the datasets that it has a scope for."""

import hashlib
from typing import Any

import pytest
import requests

from tests.arrivals.signed import CSV, DATASET, ask, begin, checked, send
from tests.parts.arriving import MEBIBYTE, table
from tests.parts.manage import manage, printed_key
from tests.parts.service import Client, Service

# Each test begins with a dataset into which nothing is loaded or is being loaded.
pytestmark = pytest.mark.usefixtures("nothing_waits")


def test_a_file_is_sent_checked_confirmed_and_followed(uploading: Service, sender: Client) -> None:
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
    uploading.execute("UPDATE pipeline_data_file SET state = 'processing_dataflow', loaded_at = now()")
    loaded = ask(sender, "GET", f"/{confirmed['version']}").json()
    assert (loaded["state"], loaded["info"]) == (
        "processing_dataflow",
        "The rows are loaded and wait to be copied to Data Workspace",
    )


def test_the_trail_and_the_version_name_the_client(uploading: Service, sender: Client) -> None:
    upload = send(sender, CSV)
    ask(sender, "POST", f"/{upload['id']}/confirm", {})

    assert uploading.ask("SELECT uploaded_by FROM pipeline_data_file") == "HAWK client sender"
    with uploading.connect() as connection:
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


def test_a_part_that_was_changed_on_the_way_does_not_get_in(uploading: Service, sender: Client) -> None:
    upload = begin(sender, CSV)
    url = f"{uploading.url}/api/v1/uploads/{DATASET}/{upload['id']}/parts/0"
    request = sender.sign(url, "PUT", content=CSV, content_type="text/csv")
    headers = {"Authorization": request.request_header, "Content-Type": "text/csv"}

    changed = requests.put(url, data=CSV.replace(b"1", b"9"), headers=headers, timeout=30)
    right = requests.put(url, data=CSV, headers=headers, timeout=30)
    replayed = requests.put(url, data=CSV, headers=headers, timeout=30)

    assert [answer.status_code for answer in (changed, right, replayed)] == [401, 204, 401]


def test_a_file_that_is_not_the_one_announced_is_refused(uploading: Service, sender: Client) -> None:
    upload = begin(sender, CSV, sha256="0" * 64)
    ask(sender, "PUT", f"/{upload['id']}/parts/0", CSV)

    answer = ask(sender, "POST", f"/{upload['id']}/complete")

    assert answer.status_code == 422
    assert "The file that arrived is not the one that was announced" in answer.json()["error"]
    assert uploading.ask("SELECT state FROM pipeline_data_file") == "failed"


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
def test_nobody_uploads_without_a_scope_for_the_dataset(uploading: Service, scopes: list[str], dataset: str) -> None:
    client = uploading.add_client(f"without-{dataset}-{scopes[0].replace('*', 'all')}", *scopes)

    answer = ask(client, "POST", "", {"name": "a.csv", "size": 1}, dataset=dataset)

    assert answer.status_code == 403
    assert uploading.ask("SELECT count(*) FROM operations.arrival") == 0


def test_a_scope_to_upload_reads_nothing(uploading: Service, sender: Client) -> None:
    uploading.execute('CREATE SCHEMA IF NOT EXISTS "dbt.sales"', 'CREATE TABLE "dbt.sales"."L1" (id int PRIMARY KEY)')

    assert sender.get("/api/v1/table-data/dbt.sales/L1").status_code == 403


def test_one_client_does_not_see_the_uploads_of_another(uploading: Service, sender: Client) -> None:
    other = uploading.add_client("other-sender", f"upload:{DATASET}")
    arriving, complete = begin(sender, CSV + b"Pads,3\n"), send(sender, CSV)

    for upload in (arriving, complete):
        for method, path in (("GET", ""), ("DELETE", ""), ("GET", "/report"), ("POST", "/complete")):
            assert ask(other, method, f"/{upload['id']}{path}").status_code == 404


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


def test_the_command_gives_a_scope_only_for_a_dataset_that_there_is(uploading: Service) -> None:
    wrong = manage(uploading.database_url, "add_hawk_client", "by-command", "--upload", "dbt.nothing")
    unclear = manage(uploading.database_url, "add_hawk_client", "by-command", "--upload", "Sales")
    right = manage(uploading.database_url, "add_hawk_client", "by-command", "--upload", DATASET)

    assert (wrong.returncode, "There is no dataset dbt.nothing" in wrong.stderr) == (1, True)
    assert (unclear.returncode, "Not a scope" in unclear.stderr) == (1, True)
    client = Client(uploading.url, "by-command", printed_key(right))
    assert begin(client, CSV)["state"] == "arriving"
