"""data-flow's stand-in: called by the service's own client, reading from an API over HTTP."""

import time
import uuid
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import mohawk
import psycopg
import pytest
import requests

from dss_assets.dataflow import RequestRefused
from dss_assets.dataflow.airflow_1 import Airflow1 as Client
from dss_assets.errors import TransientError
from infra.local.airflow_rest import DAG_ID
from infra.local.dag_runs import UNFINISHED
from infra.local.dataflow import DataFlow
from infra.local.dataflow_pipeline import Pipeline
from infra.local.http import Fault
from infra.local.postgres import Postgres
from tests.local.signed_api import READER, SignedApi

pytestmark = pytest.mark.stand_in

SCHEMA, TABLE = "Some_Org.Data", "L1"
CONF = {"data_uploader_schema_name": SCHEMA, "data_uploader_table_name": TABLE}
CALLER = ("data-store-service", "the key of the caller")
FIRST = f"/api/v1/table-data/{SCHEMA}/{TABLE}?orientation=records"
# Not as this stand-in would write it: it has to be followed letter by letter.
SECOND = f"/api/v1/table-data/{SCHEMA}/{TABLE}?version=a%2Fb&next-id=3&orientation=records&&"


@pytest.fixture
def datasets_url(postgres_server: Postgres) -> Iterator[str]:
    name = f"datasets_{uuid.uuid4().hex}"
    postgres_server.create_database(name)
    yield postgres_server.url(name)
    postgres_server.drop_database(name)


@pytest.fixture
def api() -> Iterator[SignedApi]:
    with SignedApi() as api:
        api.columns = [
            {"name": "id", "type": "INTEGER"},
            {"name": "amount", "type": "NUMERIC"},
            {"name": "day", "type": "DATE"},
            {"name": "codes", "type": "TEXT[]"},
            {"name": "is so", "type": "BOOLEAN"},
        ]
        row = {"amount": 1.10, "day": "2024-05-01", "codes": ["a,b", None, '"'], "is so": True}
        api.pages = {
            FIRST: {"results": [{"id": 1, **row}, {"id": 2, **row, "codes": []}], "next": api.url + SECOND},
            SECOND: {"results": [{"id": 3, **dict.fromkeys(row)}], "next": None},
        }
        yield api


@pytest.fixture
def dataflow(api: SignedApi, datasets_url: str, tmp_path: Path) -> Iterator[DataFlow]:
    pipeline = Pipeline(api.url, *READER, datasets_url, tmp_path, backoff_seconds=0.01)
    with DataFlow(pipeline, dict([CALLER]), tmp_path) as dataflow:
        yield dataflow


@pytest.fixture
def client(dataflow: DataFlow) -> Client:
    return Client(dataflow.url, DAG_ID, *CALLER)


def _run(client: Client, dataflow: DataFlow) -> dict[str, Any]:
    """Ask for a run and wait for its end: what data-flow knows of it."""
    execution_date = client.begin("", CONF).execution_date
    while client.look_up("", execution_date).state == "running":
        time.sleep(0.02)
    return next(run for run in dataflow.dag.all() if run["execution_date"] == execution_date)


def _rows(datasets_url: str) -> list[tuple[Any, ...]]:
    with psycopg.connect(datasets_url) as connection:
        return connection.execute("SELECT * FROM some_org.data ORDER BY id").fetchall()


def test_a_run_reads_all_pages_and_swaps_the_rows_in(
    client: Client, dataflow: DataFlow, api: SignedApi, datasets_url: str, tmp_path: Path
) -> None:
    run = _run(client, dataflow)

    assert (run["state"], run["log"]) == ("success", "3 rows")
    assert _rows(datasets_url) == [
        (1, Decimal("1.1"), date(2024, 5, 1), ["a,b", None, '"'], True),
        (2, Decimal("1.1"), date(2024, 5, 1), [], True),
        (3, None, None, None, None),
    ]
    assert ("GET", SECOND) in api.requests
    assert api.seen_content_types == {""}
    kept = [path.relative_to(tmp_path).as_posix() for path in sorted(tmp_path.rglob("*.json"))]
    timestamp = run["execution_date"].removesuffix("+00:00")
    assert kept == [f"import-data/data/{timestamp}/{page:010}.json" for page in (1, 2)]


@pytest.mark.parametrize("kind", ["TIMESTAMP", "ARRAY", "UUID", "SMALLINT", "NUMERIC(5,2)", "text", "TEXT[][]"])
def test_a_type_that_is_not_known_fails_the_run(client: Client, dataflow: DataFlow, api: SignedApi, kind: str) -> None:
    api.columns.append({"name": "odd", "type": kind})

    run = _run(client, dataflow)

    assert run["state"] == "failed"
    assert f"'odd': '{kind}'" in run["log"]


def test_an_answer_without_next_fails_the_run(client: Client, dataflow: DataFlow, api: SignedApi) -> None:
    del api.pages[SECOND]["next"]

    run = _run(client, dataflow)

    assert (run["state"], "without the key 'next'" in run["log"]) == ("failed", True)


@pytest.mark.parametrize(
    ("key", "reason"), [("another key", "does not verify"), (None, "without Server-Authorization")]
)
def test_an_answer_that_is_not_signed_with_our_key_fails_the_run(
    client: Client, dataflow: DataFlow, api: SignedApi, key: str | None, reason: str
) -> None:
    api.signing_key = key

    run = _run(client, dataflow)

    assert (run["state"], reason in run["log"]) == ("failed", True)


def test_a_passing_fault_of_the_api_is_overcome(client: Client, dataflow: DataFlow, api: SignedApi) -> None:
    api.faults["/table-data/"] = Fault(status=503, times=3)

    assert _run(client, dataflow)["state"] == "success"


def test_a_failed_run_leaves_the_earlier_rows(
    client: Client, dataflow: DataFlow, api: SignedApi, datasets_url: str
) -> None:
    _run(client, dataflow)
    before = _rows(datasets_url)
    api.pages[SECOND]["results"] = [{"id": "not a number"}]
    time.sleep(1)  # two runs within one second have the same id, which Airflow refuses

    run = _run(client, dataflow)

    assert (run["state"], "not a number" in run["log"]) == ("failed", True)
    assert _rows(datasets_url) == before


def test_a_second_run_within_a_second_is_refused_as_airflow_does(client: Client, dataflow: DataFlow) -> None:
    with pytest.raises(TransientError, match=r"400 .*already exists for dag id DSSGenericPipeline"):
        for _ in range(3):
            client.begin("", CONF)


def test_only_a_caller_with_the_key_gets_in(dataflow: DataFlow) -> None:
    with pytest.raises(RequestRefused, match="401"):
        Client(dataflow.url, DAG_ID, CALLER[0], "another key").begin("", CONF)
    with pytest.raises(RequestRefused, match="401"):
        Client(dataflow.url, DAG_ID, "nobody", CALLER[1]).begin("", CONF)
    assert requests.post(f"{dataflow.url}/api/experimental/dags/{DAG_ID}/dag_runs", timeout=5).status_code == 401


def test_a_request_is_not_taken_twice(dataflow: DataFlow) -> None:
    url = f"{dataflow.url}/api/experimental/dags/{DAG_ID}/dag_runs/2024-01-01T00:00:00"
    credentials = {"id": CALLER[0], "key": CALLER[1], "algorithm": "sha256"}
    header = mohawk.Sender(credentials, url, "GET", content="", content_type="").request_header
    answers = [
        requests.get(url, headers={"Authorization": header, "Content-Type": ""}, timeout=5).status_code for _ in "12"
    ]

    assert answers == [404, 401]


def test_another_dag_is_not_known(dataflow: DataFlow) -> None:
    with pytest.raises(RequestRefused, match="404"):
        Client(dataflow.url, "AnotherPipeline", *CALLER).begin("", CONF)


def test_runs_can_be_told_to_fail(client: Client, dataflow: DataFlow) -> None:
    dataflow.dag.failing_runs = 1

    assert _run(client, dataflow)["log"] == "It was told to fail."


def test_a_restart_goes_on_with_what_had_not_ended(
    client: Client, dataflow: DataFlow, api: SignedApi, datasets_url: str, tmp_path: Path
) -> None:
    api.faults["/table-structure/"] = Fault(status=503)
    client.begin("", CONF)
    dataflow.stop()
    api.faults.clear()
    pipeline = Pipeline(api.url, *READER, datasets_url, tmp_path)
    with DataFlow(pipeline, dict([CALLER]), tmp_path) as successor:
        while successor.dag.all(*UNFINISHED):
            time.sleep(0.02)

        assert [run["state"] for run in successor.dag.all()] == ["success"]


@pytest.mark.parametrize(
    ("schema", "reason"),
    [
        ("order.data", 'syntax error at or near "order"'),
        ("2024.data", "syntax error"),
        (f"org.{'d' * 48}", "exceeds maximum length of 63 characters"),
        (f"org.{'d' * 43}", "exceeds maximum length of 63 characters"),
        (f"org.{'d' * 42}", "1 rows"),
    ],
)
def test_names_fail_as_they_do_in_dataflow(api: SignedApi, dataflow: DataFlow, schema: str, reason: str) -> None:
    row = {column["name"]: None for column in api.columns}
    api.pages[f"/api/v1/table-data/{schema}/{TABLE}?orientation=records"] = {"results": [row], "next": None}
    client = Client(dataflow.url, DAG_ID, *CALLER)

    conf = {"data_uploader_schema_name": schema, "data_uploader_table_name": TABLE}
    execution_date = client.begin("", conf).execution_date
    while client.look_up("", execution_date).state == "running":
        time.sleep(0.02)

    assert reason in next(run["log"] for run in dataflow.dag.all())
