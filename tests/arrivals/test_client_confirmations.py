"""A program confirms what it has sent: with the same check, the same report and the same questions as a person."""

import json
from pathlib import Path
from typing import Any

import pytest

from dss_assets.database import Database
from dss_assets.storage import Storage
from dss_assets.uploads import find, ingest_upload
from tests.arrivals.signed import CSV, ask, begin, checked, hawk_upload, send
from tests.parts.arriving import MEBIBYTE, table
from tests.parts.service import Client, Service

# Each test begins with a dataset into which nothing is loaded or is being loaded.
pytestmark = pytest.mark.usefixtures("nothing_waits")


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


def test_a_change_that_breaks_readers_takes_a_word(uploading: Service, sender: Client) -> None:
    first = send(sender, CSV)
    ask(sender, "POST", f"/{first['id']}/confirm", {})
    uploading.execute("UPDATE pipeline_data_file SET state = 'completed', loaded_at = now(), processed_at = now()")
    second = send(sender, b"name,price\nPens,1\nInk,2\n")

    refused = ask(sender, "POST", f"/{second['id']}/confirm", {})
    assert (refused.status_code, "Send `accept_changes`" in refused.json()["error"]) == (422, True)
    accepted = ask(sender, "POST", f"/{second['id']}/confirm", {"accept_changes": True})
    assert checked(sender, accepted.json())["state"] == "verified"


def test_rows_that_are_there_are_kept_once_the_client_has_seen_what_its_file_does(
    uploading: Service, sender: Client, storage: Storage, tmp_path: Path
) -> None:
    def load(upload: dict[str, Any]) -> None:
        with Database(uploading.database_url).connect("test") as connection:
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
    with uploading.connect() as connection:
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
