"""The contract with an independent client, npm's `hawk` under Node: it signs, and verifies what we sign."""

import json
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from tests.hawk.test_vectors import CREDENTIALS, EMPTY_HASH, GET_MAC, POST_HASH, POST_MAC
from tests.parts.service import Service

FOLDER = Path(__file__).parent / "node"
SCHEMA = "node.tests"
STRUCTURE, DATA = (f"/api/v1/{route}/{SCHEMA}/L1" for route in ("table-structure", "table-data"))
ALL = {"id": "all", "key": "the key of a client: all"}


@pytest.fixture(scope="module", autouse=True)
def installed() -> None:
    if not (FOLDER / "node_modules/hawk").is_dir():
        pytest.skip("npm's hawk is not installed; `make test` does so")


@pytest.fixture(scope="module", autouse=True)
def table(service: Service) -> None:
    service.execute(
        f'CREATE SCHEMA "{SCHEMA}"',
        f'CREATE TABLE "{SCHEMA}"."L1" (id int PRIMARY KEY, name text)',
        f'INSERT INTO "{SCHEMA}"."L1" SELECT g, \'é ☃ 🎉 \' || g FROM generate_series(1, 35) g',
    )


def node(command: str, **rest: Any) -> dict[str, Any]:
    """What the client under Node says to a command; fails where it does."""
    done = subprocess.run(
        [Path(sys.executable).with_name("node"), "client.js"],
        cwd=FOLDER,
        input=json.dumps({"command": command, **rest}),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    outcome: dict[str, Any] = json.loads(done.stdout)
    return outcome


def request(service: Service, path: str, **rest: Any) -> dict[str, Any]:
    return node("request", url=service.url + path, **{**ALL, **rest})


def test_it_reads_the_structure(service: Service) -> None:
    answer = request(service, STRUCTURE)

    assert json.loads(answer["body"]) == {
        "columns": [{"name": "id", "type": "INTEGER"}, {"name": "name", "type": "TEXT"}]
    }
    assert answer["signed"]
    assert answer["notices_changes"], "a body that was changed does not verify"


def test_it_follows_next_to_the_last_row(service: Service) -> None:
    read = node("rows", url=f"{service.url}{DATA}?orientation=records", **ALL)

    assert read["rows"] == [{"id": number, "name": f"é ☃ 🎉 {number}"} for number in range(1, 36)]
    assert read["pages"] == 4


@pytest.mark.parametrize("path", ["/api/v1/table-data/node%2etests/L%31", f"{DATA}?a=%2f&c=+&&d"])
def test_it_signs_paths_and_queries_as_they_are_sent(service: Service, path: str) -> None:
    assert request(service, path)["status"] == 200


@pytest.mark.parametrize(("path", "status"), [(f"{DATA}x", 404), (f"{DATA}?next-id=x", 400)])
def test_it_verifies_errors(service: Service, path: str, status: int) -> None:
    answer = request(service, path)

    assert (answer["status"], answer["signed"], answer["notices_changes"]) == (status, True, True)


def test_it_verifies_that_its_scopes_do_not_suffice(service: Service) -> None:
    client = service.add_client("node-scoped", "list_ons_postcodes")

    answer = request(service, DATA, id=client.identifier, key=client.key)

    assert (answer["status"], answer["signed"]) == (403, True)


@pytest.mark.parametrize(
    "wrong",
    [
        {"key": "another key"},
        {"id": "nobody"},
        {"options": {"timestamp": int(time.time()) - 90}},
        {"options": {"hash": EMPTY_HASH}, "payload": "a body"},
    ],
    ids=["key", "id", "time", "hash"],
)
def test_it_does_not_get_in_with_what_is_wrong(service: Service, wrong: dict[str, Any]) -> None:
    answer = request(service, DATA, **wrong)

    assert (answer["status"], answer["body"], answer["signed"]) == (401, "", False)
    assert answer["headers"]["www-authenticate"] == "Hawk"


def test_it_does_not_get_in_twice_with_one_nonce(service: Service) -> None:
    options = {"nonce": "once", "timestamp": int(time.time())}

    assert [request(service, DATA, options=options)["status"] for _ in range(2)] == [200, 401]


def test_it_verifies_head_over_an_empty_body(service: Service) -> None:
    answer = request(service, DATA, method="HEAD")

    assert (answer["status"], answer["body"], answer["signed"], answer["notices_changes"]) == (200, "", True, True)


def test_a_body_is_signed_with_its_type(service: Service) -> None:
    typed = {"payload": "a body", "headers": {"Content-Type": "text/plain"}}

    assert request(service, DATA, **typed)["status"] == 200
    assert request(service, DATA, **typed, options={"hash": EMPTY_HASH})["status"] == 401


def test_it_uploads_in_parts_whose_hash_is_verified(service: Service) -> None:
    service.execute(
        "INSERT INTO pipeline (organisation, dataset, slug, may_hold_personal_data)"
        " VALUES ('node', 'uploads', 'node-uploads', false)"
    )
    client = service.add_client("node-sender", "upload:node.uploads")
    own = {"id": client.identifier, "key": client.key}
    begun = request(
        service,
        "/api/v1/uploads/node.uploads",
        method="POST",
        payload=json.dumps({"name": "é.csv", "size": 9}),
        headers={"Content-Type": "application/json"},
        **own,
    )
    part = f"/api/v1/uploads/node.uploads/{json.loads(begun['body'])['id']}/parts/0"
    typed = {"method": "PUT", "payload": "too long for it", "headers": {"Content-Type": "text/csv"}, **own}

    assert (begun["status"], begun["signed"], begun["notices_changes"]) == (200, True, True)
    refused = request(service, part, **typed)
    assert (refused["status"], refused["signed"], "9 were expected" in refused["body"]) == (422, True, True)
    assert request(service, part, **typed, options={"hash": EMPTY_HASH})["status"] == 401


def test_ext_app_and_dlg_are_signed(service: Service) -> None:
    options = {"ext": "some-ext", "app": "an-app", "dlg": "someone"}

    assert request(service, DATA, options=options)["status"] == 200


def test_nothing_can_be_written(service: Service) -> None:
    answer = request(service, DATA, method="POST", payload="a body", headers={"Content-Type": "text/plain"})

    assert (answer["status"], answer["headers"]["allow"]) == (405, "GET, HEAD, OPTIONS")


ARTIFACTS = {
    "ts": 1353832234,
    "nonce": "j4h3g2",
    "resource": "/resource/1?b=1&a=2",
    "host": "example.com",
    "port": 8000,
    "ext": "some-app-ext-data",
}


def test_it_agrees_with_the_published_vectors() -> None:
    for artifacts, mac in (({"method": "GET"}, GET_MAC), ({"method": "POST", "hash": POST_HASH}, POST_MAC)):
        assert node("mac", credentials=CREDENTIALS, artifacts={**ARTIFACTS, **artifacts}) == {"value": mac}
    thanks = {"payload": "Thank you for flying Hawk", "contentType": "text/plain"}
    assert node("payload hash", **thanks) == {"value": POST_HASH}
    assert node("payload hash", payload="", contentType="") == {"value": EMPTY_HASH}
