"""Each example request of the documentation, sent as the page shows it: what comes back is what the page says."""

import json
import re
import time
from collections.abc import Iterator
from http.client import HTTPConnection, HTTPResponse
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

import orjson
import pytest
from psycopg import sql

from dss_assets.catalogue import record_datasets
from dss_assets.datasets import EXPORTERS
from dss_assets.loading.change_tracking import track_changes
from dss_assets.registry import begin, finish
from dss_web.api.routes import ROUTES
from dss_web.registry.catalogue_index import refresh
from infra.local.postgres import Postgres
from tests.docs.page import Code, addresses, read_page
from tests.parts.service import Client, Service, running
from tests.parts.waiting import PATIENCE_SECONDS
from tests.parts.worker import running_worker

# An upload is cancelled when everything else was done with it.
LAST: Final = "DELETE"
# The id in the example of a receipt's URL.
EXPORT: Final = "c61babe5-5e87-4a69-90ae-17795aa8eda3"
IDS: Final = re.compile(r"[0-9a-f]{8}-[0-9a-f-]{27}")


@pytest.fixture(scope="module")
def web(
    postgres_server: Postgres, migrated_template: str, static_folder: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Service]:
    """A web app with the tables that the examples name, and a dataset for uploads."""
    folder = tmp_path_factory.mktemp("web")
    postgres_server.create_database("exemplary", template=migrated_template)
    url, storage = postgres_server.url("exemplary"), (folder / "storage").as_uri()
    settings = {
        "DSS_STATIC_FOLDER": str(static_folder),
        "S3_BUCKET_URL": storage,
        "DSS_READINESS_CHECKS": "database",
        "DSS_WEB_WORKERS": "1",
    }
    with running(url, folder, **settings) as service, running_worker(folder, url, storage):
        tables = {(route.table.schema, route.table.name): "company_name" for route in ROUTES}
        tables |= dict.fromkeys([("hmrc.exporters", "L0"), ("hmrc.exporters", "L1")], "company_name")
        tables |= {("dit.reference_postcodes", "L1"): "postcode, region_name"}
        for (schema, table), columns in tables.items():
            types = columns.replace(",", " text,")
            values = "'acme ltd'" if columns == "company_name" else "'AB10 1AA', 'Scotland'"
            service.execute(
                f'CREATE SCHEMA IF NOT EXISTS "{schema}"',
                f'CREATE TABLE "{schema}"."{table}" (id bigint PRIMARY KEY, {types} text)',
                f'INSERT INTO "{schema}"."{table}" VALUES (1, {values})',
            )
            with service.connect() as connection:
                track_changes(connection, sql.Identifier(schema, table))
        service.execute(
            "INSERT INTO pipeline (organisation, dataset, slug, may_hold_personal_data)"
            " VALUES ('dbt', 'export_wins', 'dbt-export_wins', false)",
        )
        with service.connect() as connection:
            record_datasets(connection, [EXPORTERS])
            begin(connection, "hmrc.exporters", "exporters2401.zip", "a run")
            finish(connection, "hmrc.exporters", "exporters2401.zip", 1, 0.5, "a declaration")
            connection.execute("ANALYZE")
            refresh(connection)
        yield service


@pytest.fixture(scope="module")
def reader(web: Service) -> Client:
    return web.add_client("exemplary", "*", "upload:dbt.export_wins")


@pytest.fixture(scope="module")
def examples(web: Service) -> list[tuple[Code, list[Code]]]:
    """Each request on the pages with its answers; those that end something come last."""
    found: list[tuple[Code, list[Code]]] = []
    for address in addresses(web.url):
        if address.startswith("/api/docs/reference/"):
            for code in read_page(web.url + address).codes:
                if code.purpose == "request":
                    found.append((code, []))
                elif code.purpose == "answer":
                    found[-1][1].append(code)
    return sorted(found, key=lambda example: example[0].text.startswith(LAST))


def send(web: Service, client: Client, request: str, ids: dict[str, str]) -> HTTPResponse:
    """The response to a request as the page shows it, with the signature filled in and the ids that there are."""
    for shown, real in ids.items():
        request = request.replace(shown, real)
    head, _, body = request.partition("\n\n")
    line, *headers = head.splitlines()
    method, target, _ = line.split(" ")
    sent = dict(header.split(": ", 1) for header in headers)
    assert sent.pop("Host") == urlsplit(web.url).netloc
    if "Authorization" in sent:
        kind = sent.get("Content-Type", "")
        sent["Authorization"] = client.sign(web.url + target, method, content=body, content_type=kind).request_header
    connection = HTTPConnection(urlsplit(web.url).netloc, timeout=30)
    connection.request(method, target, body.encode() or None, sent)
    return connection.getresponse()


def wait_for_check(client: Client, upload: dict[str, Any]) -> None:
    """Until the worker has done what was asked."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while upload["state"] == "checking":
        assert time.monotonic() < deadline
        time.sleep(0.1)
        upload = client.get(f"/api/v1/uploads/dbt.export_wins/{upload['id']}").json()


def counterpart(shown: Any, real: list[Any]) -> Any:
    """Of real values the one of the same key, where they have one: others may have come before it."""
    if isinstance(shown, dict) and "key" in shown:
        return next(one for one in real if one["key"] == shown["key"])
    return real[0]


def differences(shown: Any, real: Any, where: str = "") -> list[str]:
    """Where a real value has another form than the one that is shown: a key that is not there, another type."""
    if isinstance(shown, dict) and isinstance(real, dict):
        missing = [f"{where}.{key} is not there" for key in shown.keys() - real.keys()]
        return missing + [
            each for key in shown.keys() & real.keys() for each in differences(shown[key], real[key], f"{where}.{key}")
        ]
    if isinstance(shown, list) and isinstance(real, list):
        return differences(shown[0], counterpart(shown[0], real), f"{where}[0]") if shown and real else []
    kinds = [
        float if isinstance(value, int) and not isinstance(value, bool) else type(value) for value in (shown, real)
    ]
    return [] if kinds[0] is kinds[1] else [f"{where} is {real!r}, and is shown as {shown!r}"]


def test_every_example_request_gets_the_answer_that_the_page_shows(
    web: Service, reader: Client, examples: list[tuple[Code, list[Code]]]
) -> None:
    assert len(examples) > 20
    ids: dict[str, str] = {}
    wrong = {}
    for request, answers in examples:
        line = request.text.partition("\n")[0]
        response = send(web, reader, request.text, ids)
        body = response.read()
        by_status = [answer.text for answer in answers if answer.text.startswith(f"HTTP/1.1 {response.status} ")]
        if not by_status:
            wrong[line] = [f"{response.status} {body.decode()}"]
            continue
        head, _, shown = by_status[0].partition("\n\n")
        names = {header.partition(":")[0] for header in head.splitlines()[1:]}
        found = [f"no header {name}" for name in names if name not in response.headers]
        if (identifier := response.headers.get("DSS-Export-Id")) is not None:
            ids[EXPORT] = identifier
        if response.headers.get_content_type() in {"application/json", "application/ld+json", "application/csvm+json"}:
            content = orjson.loads(body)
            found += differences(orjson.loads(shown), content)
            if line.startswith("POST /api/v1/uploads/"):
                ids[IDS.findall(shown)[0]] = content["id"]
                wait_for_check(reader, content)
        elif body.decode() != shown:
            found.append(f"{body.decode()} is shown as {shown}")
        if found:
            wrong[line] = found

    assert not wrong, json.dumps(wrong, indent=1)
