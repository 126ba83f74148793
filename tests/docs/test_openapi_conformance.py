"""The service answers as its OpenAPI document says, whatever a client sends: Schemathesis, which makes requests of the
document, with a valid HAWK signature on each and without any."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest
import requests

from infra.local.postgres import Postgres
from tests.conftest import REPOSITORY
from tests.parts.service import Service, running

# Real names among those that Schemathesis makes up, so that more than 404 is answered.
NAMES: Final = {"schema_name": ["fuzz.tables", "ons.postcode_directory"], "table_name": ["L1", "no id", "empty"]}
# To which the client may upload.
DATASET: Final = "fuzz.uploads"
# What the service takes by its settings, which the document does not say.
MOST_BYTES: Final = 500 * 1024 * 1024
# Of the tables that show an id.
COLUMNS: Final = {"type": "string", "enum": ["id"]}
FILTERS: Final = {name: {"type": "string", "pattern": "^[1-9]$"} for name in ("id", "id.gte", "id.lt")}
# Nothing but the database is there to be ready.
SETTINGS: Final = {"DSS_WEB_WORKERS": "1", "DSS_READINESS_CHECKS": "database"}
FUZZING: Final = Path(__file__).parent / "fuzzing"


@pytest.fixture(scope="module")
def fuzzed(
    postgres_server: Postgres, migrated_template: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Service]:
    postgres_server.create_database("fuzzed", template=migrated_template)
    with running(postgres_server.url("fuzzed"), tmp_path_factory.mktemp("web"), **SETTINGS) as service:
        service.execute(
            'CREATE SCHEMA "fuzz.tables"',
            'CREATE TABLE "fuzz.tables"."L1" (id int PRIMARY KEY, t text, n numeric, f float8, a text[],'
            " j jsonb, d date)",
            """INSERT INTO "fuzz.tables"."L1" SELECT g, 'text', 1.50, 'NaN', ARRAY['a', NULL], '{"k": [1]}', 'infinity'
                FROM generate_series(1, 25) g""",
            'CREATE TABLE "fuzz.tables"."no id" AS SELECT 1 AS x',
            'CREATE TABLE "fuzz.tables".empty (id int PRIMARY KEY)',
            'CREATE SCHEMA "ons.postcode_directory"',
            'CREATE TABLE "ons.postcode_directory"."L1" (id int PRIMARY KEY, pcd text)',
            'INSERT INTO "ons.postcode_directory"."L1" SELECT g, \'AB1\' FROM generate_series(1, 25) g',
            'CREATE SCHEMA "dit.reference_postcodes"',
            'CREATE TABLE "dit.reference_postcodes"."L1" (id int PRIMARY KEY, postcode text, region_name text)',
            "INSERT INTO \"dit.reference_postcodes\".\"L1\" VALUES (1, 'AB10 1AA', 'Scotland')",
        )
        service.execute(
            "INSERT INTO pipeline (organisation, dataset, slug, may_hold_personal_data)"
            " VALUES ('fuzz', 'uploads', 'fuzz-uploads', false)"
        )
        yield service


@pytest.fixture(scope="module")
def document(fuzzed: Service) -> dict[str, Any]:
    """The service's own document, which also offers names that there are."""
    content: dict[str, Any] = requests.get(f"{fuzzed.url}/api/docs/openapi.json", timeout=30).json()
    for path, item in content["paths"].items():
        shows_id = "dit-reference" not in path
        for parameter in (each for operation in item.values() for each in operation.get("parameters", ())):
            if parameter["name"] == "dataset":
                parameter |= {"schema": {"enum": [DATASET]}, "example": DATASET}
        for parameter in (each for operation in item.values() for each in operation.get("parameters", ())):
            if names := NAMES.get(parameter["name"]):
                parameter["schema"] = {"anyOf": [{"enum": names}, parameter["schema"]]}
            elif parameter["name"] == "next-id":
                # Of some tables an id is text, as the document says; of these it is a number.
                parameter["schema"] = {"type": "string", "pattern": "^[0-9]{1,9}$"}
            elif parameter["name"] == "columns":
                parameter["schema"]["items"] = COLUMNS if shows_id else {"enum": ["postcode", "regionName"]}
            elif parameter["name"] == "filters" and shows_id:
                parameter["schema"]["properties"] = FILTERS
    content["components"]["schemas"]["AnnouncedFile"]["properties"]["size"]["maximum"] = MOST_BYTES
    return content


def fuzz(document: dict[str, Any], url: str, configuration: str, folder: Path, **environment: str) -> str:
    """What Schemathesis says of a run in which it found nothing wrong.

    In a folder of its own: it leaves there what it found, and would begin with that the next time.
    """
    path = folder / "openapi.json"
    path.write_text(json.dumps(document))
    options = ["--config-file", str(FUZZING / configuration), "--no-color"]
    finished = subprocess.run(
        [sys.executable, "-m", "schemathesis.cli", *options, "run", str(path), "--url", url],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(REPOSITORY), **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    assert finished.returncode == 0, finished.stdout + finished.stderr
    return finished.stdout


def test_signed_requests_are_answered_as_the_document_says(
    document: dict[str, Any], fuzzed: Service, tmp_path: Path
) -> None:
    client = fuzzed.add_client("fuzzer", "*", f"upload:{DATASET}")
    # The hook signs every request: what Schemathesis takes for missing or wrong credentials would be neither.
    paths = {
        path: {method: operation | {"security": []} for method, operation in item.items()}
        for path, item in document["paths"].items()
    }

    said = fuzz(
        document | {"paths": paths},
        fuzzed.url,
        "signed.toml",
        tmp_path,
        HAWK_ID=client.identifier,
        HAWK_KEY=client.key,
    )

    assert f"Tested: {count(paths)}" in said
    assert statuses(fuzzed) >= {200, 400, 404, 422}, "the requests reach what they are to reach"


def test_unsigned_requests_are_answered_as_the_document_says(
    document: dict[str, Any], fuzzed: Service, tmp_path: Path
) -> None:
    said = fuzz(document, fuzzed.url, "unsigned.toml", tmp_path)

    assert f"Tested: {count(document['paths'])}" in said
    assert {400, 401} <= statuses(fuzzed)


def count(paths: dict[str, Any]) -> int:
    """How many operations there are."""
    return sum(len(item) for item in paths.values())


def statuses(service: Service) -> set[int]:
    """What was answered so far, by the service's log."""
    # splitlines() would also split at ends of lines within the names that Schemathesis makes up.
    entries = (json.loads(line) for line in service.log.read_text().split("\n") if line.startswith("{"))
    return {entry["status"] for entry in entries if "status" in entry and str(entry["route"]).startswith("api/v1/")}
