"""`make run` as its users meet it: files that arrive, a backfill in the Dagster UI, an upload in the browser."""

import json
import os
import re
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
import pytest
import requests
from playwright.sync_api import Browser, Page, expect

from infra.local.process import session_members
from infra.local.sso.people import PEOPLE
from tests.conftest import REPOSITORY
from tests.documents import README, Block, blocks, runnable_blocks
from tests.parts.browser import set_up
from tests.parts.log import LINE
from tests.parts.waiting import wait_until
from tests.published import exporter_line, exporters_zip, postcode_row, postcodes_csv

JANUARY, FEBRUARY = "exporters1601.zip", "exporters1602.zip"
DAGSTER_PROCESSES = ("code-server", "dagster-daemon", "dagster-webserver")
PARTITIONS = """
query ($key: AssetKeyInput!) { assetNodeOrError(assetKey: $key) { ... on AssetNode {
  partitionKeys assetPartitionStatuses { ... on DefaultPartitionStatuses { materializedPartitions failedPartitions } }
} } }
"""
BACKFILL = """
mutation ($params: LaunchBackfillParams!) { launchPartitionBackfill(backfillParams: $params) {
  __typename ... on LaunchBackfillSuccess { backfillId } ... on PythonError { message }
} }
"""
BACKFILL_STATUS = (
    "query ($id: String!) { partitionBackfillOrError(backfillId: $id) { ... on PartitionBackfill { status } } }"
)


@dataclass
class Running:
    """The service: its home, what it printed, and what service.json says of it.

    `broken_off` is how much a start before has written to each log: it lost a port to another program, and Dagster's
    processes told their end in tracebacks.
    """

    home: Path
    log: Path
    where: dict[str, Any]
    broken_off: dict[Path, int]

    def rows(self, statement: str, database: str = "database") -> list[tuple[Any, ...]]:
        with psycopg.connect(self.where[database]) as connection:
            return connection.execute(statement.encode()).fetchall()

    def publish(self, dataset: str, name: str, content: bytes) -> None:
        folder = Path(self.where["publisher_files"], dataset)
        folder.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)

    def dagster(self, query: str, **variables: Any) -> dict[str, Any]:
        """What the API behind the Dagster UI answers."""
        answer = requests.post(
            f"{self.where['dagster']}/graphql", json={"query": query, "variables": variables}, timeout=60
        ).json()
        assert "errors" not in answer, answer
        return dict(answer["data"])


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    folder = tmp_path_factory.mktemp("service")
    files, home, log = folder / "publisher", folder / "home", folder / "up.log"
    (files / "hmrc/exporters").mkdir(parents=True)
    (files / "hmrc/exporters" / JANUARY).write_bytes(_exporters("201601", "First Ltd"))
    command = [sys.executable, "-m", "infra.local", "up", "--home", str(home), "--publisher", str(files)]
    with log.open("wb") as output:
        process = subprocess.Popen(command, cwd=REPOSITORY, stdout=output, stderr=output)
    try:
        ready = home / "service.json"
        wait_until(lambda: ready.exists() or process.poll() is not None, "the service")
        assert process.poll() is None, log.read_text()
        has_begun_again = "Starting again on other ports" in log.read_text()
        broken_off = {path: path.stat().st_size for path in (home / "logs").iterdir()} if has_begun_again else {}
        yield Running(home, log, json.loads(ready.read_text()), broken_off)
    finally:
        process.terminate()
        process.wait(60)


def _exporters(month: str, *companies: str) -> bytes:
    return exporters_zip(**{f"exporters{month[2:]}": "".join(exporter_line(month, name, "1") for name in companies)})


def _companies(service: Running) -> list[tuple[Any, ...]]:
    """The companies in the datasets database."""
    try:
        return service.rows("SELECT company_name FROM hmrc.exporters ORDER BY 1", "datasets_database")
    except psycopg.errors.UndefinedTable:
        return []


def test_readiness_follows_the_daemon(service: Running) -> None:
    def readiness() -> tuple[int, dict[str, Any]]:
        answer = requests.get(f"{service.where['web']}/readiness/", timeout=30)
        return answer.status_code, answer.json()["checks"]["dagster"]

    def is_told_of_silence() -> bool:
        # What an hour would do. A look of the sensor that was under way when the daemon stopped may write once more.
        with psycopg.connect(service.where["database"]) as connection:
            connection.execute("UPDATE operations.daemon_heartbeat SET beat_at = now() - interval '1 hour'")
        status, dagster = readiness()
        return status == 503 and "the daemon's last heartbeat is 36" in (dagster["wrong"] or "")

    wait_until(lambda: readiness()[0] == 200, "readiness")
    daemon = service.where["pids"]["dagster-daemon"]
    os.kill(daemon, signal.SIGSTOP)
    try:
        wait_until(is_told_of_silence, "word of the silent daemon", 20)
    finally:
        os.kill(daemon, signal.SIGCONT)
    wait_until(lambda: readiness()[0] == 200, "readiness after the daemon goes on")


def test_a_file_that_the_publisher_adds_reaches_the_datasets_database_by_itself(service: Running) -> None:
    wait_until(lambda: _companies(service) == [("first ltd",)], "the file that was there at the start")

    service.publish("hmrc/exporters", FEBRUARY, _exporters("201602", "Second Ltd"))

    wait_until(lambda: _companies(service) == [("first ltd",), ("second ltd",)], "the file that was added")
    for part in ("file", "L0", "L1", "registry", "datasets"):
        found = service.dagster(PARTITIONS, key={"path": ["hmrc", "exporters", part]})["assetNodeOrError"]
        assert set(found["assetPartitionStatuses"]["materializedPartitions"]) == {JANUARY, FEBRUARY}, part


def test_a_file_that_operators_drop_into_the_storage_is_loaded_by_itself(service: Running) -> None:
    folder = Path(service.where["storage"].removeprefix("file://"), "datasets/dit/reference_postcodes")
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "may.csv").write_bytes(postcodes_csv(postcode_row("AB1 0AA")))

    loaded = "SELECT 1 FROM operations.datafile_registry WHERE file_name = 'may.csv' AND state = 'processed'"
    wait_until(lambda: service.rows(loaded) != [], "the file of the operators")


def test_a_backfill_in_the_dagster_ui_replaces_the_rows(service: Running) -> None:
    before = service.rows('SELECT max(id), count(*) FROM "hmrc.exporters"."L0"')[0]
    keys = [{"path": ["hmrc", "exporters", part]} for part in ("file", "L0", "L1", "registry", "datasets")]
    params = {"assetSelection": keys, "partitionNames": [JANUARY, FEBRUARY], "fromFailure": False}

    launched = service.dagster(BACKFILL, params=params)["launchPartitionBackfill"]

    assert launched["__typename"] == "LaunchBackfillSuccess", launched
    wait_until(
        lambda: (
            service.dagster(BACKFILL_STATUS, id=launched["backfillId"])["partitionBackfillOrError"]["status"]
            == "COMPLETED_SUCCESS"
        ),
        "the backfill",
    )
    after = service.rows('SELECT min(id), count(*) FROM "hmrc.exporters"."L0"')[0]
    assert after[0] > before[0]
    assert after[1] == before[1] == 2


def test_a_load_whose_process_is_killed_is_done_again_by_itself(service: Running) -> None:
    with psycopg.connect(service.where["database"]) as holder:
        # Whoever holds this lock keeps the load waiting in the middle of its work.
        holder.execute("SELECT pg_advisory_xact_lock(hashtextextended('load hmrc.exporters', 0))")
        service.publish("hmrc/exporters", "exporters1603.zip", _exporters("201603", "Third Ltd"))
        waiting = "SELECT 1 FROM pg_stat_activity WHERE application_name LIKE 'dss run%' AND wait_event_type = 'Lock'"
        wait_until(lambda: service.rows(waiting) != [], "the load")
        os.kill(_process_of_the_run(service), signal.SIGKILL)

    wait_until(lambda: ("third ltd",) in _companies(service), "the load that was killed", seconds=180)


def _process_of_the_run(service: Running) -> int:
    """The process that the code server has started for the run, as Dagster notes it in the run's events."""
    events = service.rows(
        "SELECT event FROM event_logs WHERE dagster_event_type = 'ENGINE_EVENT' ORDER BY id DESC", "dagster_database"
    )
    return int(next(found[1] for (event,) in events if (found := re.search(r"\(pid: (\d+)\)", event))))


@pytest.fixture
def page(chromium: Browser) -> Iterator[Page]:
    with chromium.new_context() as context:
        yield context.new_page()


def test_an_upload_goes_from_the_browser_to_the_datasets_database(service: Running, page: Page, tmp_path: Path) -> None:
    file = tmp_path / "budget.csv"
    file.write_text("item,amount\nPens,1.50\nInk,2\n")

    page.goto(service.where["web"])
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("button", name="Ursula").click()
    page.get_by_role("link", name="Upload data").click()
    page.get_by_role("button", name="Create a dataset").click()
    page.get_by_label("Organisation").fill("Finance")
    page.get_by_label("Dataset", exact=True).fill("Budget")
    page.get_by_role("button", name="Create dataset").click()
    set_up(page)
    page.locator("input[type=file]").set_input_files(file)
    page.get_by_role("button", name="Upload and check").click()
    page.get_by_role("button", name="Confirm and load the data").click()

    expect(page.get_by_role("heading", level=1)).to_have_text("Your data is ready")
    assert service.rows("SELECT item, amount::text FROM finance.budget ORDER BY id", "datasets_database") == [
        ("Pens", "1.50"),
        ("Ink", "2"),
    ]


def test_the_logs_of_dagster_are_json_lines_of_which_few_come_at_rest(service: Running) -> None:
    def written() -> list[dict[str, Any]]:
        logs = [service.home / "logs" / f"{name}.log" for name in DAGSTER_PROCESSES]
        texts = [log.read_bytes()[service.broken_off.get(log, 0) :] for log in logs]
        return [json.loads(line) for text in texts for line in text.splitlines()]

    before = written()
    assert [line for line in before if not line.keys() >= LINE] == []
    (loaded,) = [line for line in before if line.get("file") == FEBRUARY][:1]
    assert (loaded["dataset"], loaded["rows"]) == ("hmrc.exporters", 1)
    assert {line["job"] for line in before if line.get("run_id") == loaded["run_id"] and "job" in line} == {
        "load_hmrc__exporters"
    }
    # Dagster itself would write a dozen lines. What other tests have begun may end meanwhile.
    for _ in range(5):
        before = written()
        time.sleep(6)
        if len(written()) - len(before) <= 1:
            return
    pytest.fail(f"at rest these lines came within six seconds: {written()[len(before) :]}")


def test_it_prints_at_its_start_what_the_readme_shows(service: Running) -> None:
    (shown,) = [block.following for block in blocks(README) if block.text == "make run\n"]
    assert shown
    # The README shortens secrets; numbers differ, and so does the home folder.
    pattern = re.sub(r"[0-9a-f]+…", "SECRET", re.escape(shown.text))
    pattern = re.sub(r"\d+", r"\\d+", pattern).replace("SECRET", "[0-9a-f]+").replace(r"\.local/", r"\S+/")

    assert re.search(pattern, service.log.read_text()), service.log.read_text()


@pytest.mark.parametrize(
    "block", runnable_blocks(), ids=lambda block: f"{block.document.name}: {block.commands[0][:60]}"
)
def test_the_commands_of_a_document_work_while_it_runs(service: Running, block: Block) -> None:
    wait_until(lambda: _companies(service) != [], "the file that was there at the start")
    if "exporters2405.zip" in block.text:  # one of the samples, which this service does not publish
        service.publish("hmrc/exporters", "exporters2405.zip", _exporters("202405", "Fourth Ltd"))
    script = block.text
    for shown, here in {
        ".local/publisher": service.where["publisher_files"],
        ".local": str(service.home),
        "http://127.0.0.1:8000": service.where["web"],
    }.items():
        script = script.replace(shown, here)

    done = subprocess.run(["/bin/sh", "-euc", script], cwd=REPOSITORY, capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stdout + done.stderr
    if block.following and block.following.language == "json":
        assert _keys(json.loads(done.stdout)) == _keys(json.loads(block.following.text))


def _keys(page: dict[str, Any]) -> tuple[list[str], list[str]]:
    """The keys of a page, and of its first row."""
    return list(page), list(page["results"][0])


def _secrets(service: Running) -> dict[str, str]:
    """What nobody may see, by its name: the keys of this home, and the one that is derived from them."""
    by_name: dict[str, str] = json.loads((service.home / "secrets.json").read_text())
    script = (service.home / "manage").read_text()
    derived = re.search(r"DSS_HAWK_ENCRYPTION_KEYS=(\S+)", script)
    assert derived
    return {**by_name, "derived": derived[1].strip("'")}


def _dagster_pages(service: Running) -> str:
    """What the Dagster UI shows of its configuration, of the code location, and of all runs with their tags."""
    asked = """{ instance { info } version
      workspaceOrError { ... on Workspace { locationEntries { name displayMetadata { key value } } } }
      runsOrError { ... on Runs { results { runConfigYaml tags { key value } } } } }"""
    return json.dumps(service.dagster(asked)) + requests.get(service.where["dagster"], timeout=60).text


def test_no_secret_is_in_a_log_an_argument_a_metric_a_page_or_an_event(service: Running) -> None:
    wait_until(lambda: _companies(service) != [], "the file that was there at the start")
    token = _secrets(service)["metrics_token"]
    places = {path.name: path.read_text(errors="replace") for path in (service.home / "logs").iterdir()}
    processes = session_members(service.where["pids"].values())
    places["arguments"] = "\n".join(" ".join(process.cmdline()) for process in processes)
    places["metrics"] = requests.get(
        f"{service.where['web']}/metrics", headers={"Authorization": f"Bearer {token}"}, timeout=60
    ).text
    places["Dagster UI"] = _dagster_pages(service)
    places["readiness"] = requests.get(f"{service.where['web']}/readiness/", timeout=60).text
    tables = service.rows("SELECT tablename FROM pg_tables WHERE schemaname = 'public'", "dagster_database")
    for (table,) in tables:
        places[f"Dagster's {table}"] = str(service.rows(f'SELECT * FROM "{table}"', "dagster_database"))
    # `worker.log` has the mail of `make run`, which is sent nowhere.
    personal = {person.email for person in PEOPLE} | {person.last_name for person in PEOPLE}
    shown = [
        (what, place)
        for what, values in (("a secret", set(_secrets(service).values())), ("a person", personal))
        for place, text in places.items()
        if any(value in text for value in values) and (what, place) != ("a person", "worker.log")
    ]

    assert len(tables) > 10
    assert len(places["arguments"].splitlines()) >= len(service.where["pids"])
    assert shown == []
    assert {stat.S_IMODE(path.stat().st_mode) for path in (service.home / "logs").iterdir()} == {0o600}
