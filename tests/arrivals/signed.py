"""A program that uploads, by signed requests of its own."""

import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import requests

from dss_web.client.data_store.signing import credentials, signed_send
from tests.conftest import REPOSITORY
from tests.parts.service import Client
from tests.parts.waiting import wait_until

CSV = b"name,amount\nPens,1\nInk,2\n"
DATASET = "dbt.sales"


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
    def now() -> dict[str, Any]:
        found: dict[str, Any] = ask(client, "GET", f"/{upload['id']}").json()
        return found

    wait_until(lambda: now()["state"] != "checking")
    return now()


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
