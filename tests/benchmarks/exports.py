"""A whole table of 500,000 rows × 50 columns to one client, beside `psql \\copy` of the same rows in the same run."""

import re
import subprocess
import time
from pathlib import Path

import psutil
import psycopg
import requests

from infra.local.postgres import Postgres
from infra.local.samples import ONS_COLUMNS
from tests.benchmarks.report import Figure
from tests.conftest import migrate
from tests.parts.service import Client, running

ROWS = 500_000
ROUNDS = 3
TABLE = '"bench.exports"."L0"'


def measure(server: Postgres, folder: Path) -> list[Figure]:
    server.create_database("exports")
    url = server.url("exports")
    migrate(url)
    _fill(url)
    with running(url, folder, DSS_WEB_WORKERS="1") as service:
        client = service.add_client("benchmark", "*")
        worker = psutil.Process(service.process.pid).children()[0]
        _export(client, "csv")
        idle = _forget_peak(worker)
        floors, texts, exports = [], [], []
        for _ in range(ROUNDS):
            # In turn, so that a noisy moment falls on both.
            floors.append(_seconds_of_psql(server, url, "(FORMAT csv, HEADER)"))
            texts.append(_seconds_of_psql(server, url, ""))
            exports.append(_export(client, "csv"))
        memory = _peak(worker) - idle
        others = [_other(client, worker, format_) for format_ in ("ndjson", "parquet")]
    server.drop_database("exports")
    floor, seconds = min(floors), min(exports)
    return [
        Figure(
            "export of 500,000 × 50 as CSV with HAWK",
            floor / seconds,
            "× the rows/s of `psql \\copy`",
            at_least=0.8,
            memory=memory,
            note=f"{ROWS / seconds:,.0f} rows/s; `\\copy` of the same CSV {ROWS / floor:,.0f} rows/s, "
            f"of Postgres's text format {ROWS / min(texts):,.0f} rows/s",
        ),
        Figure("export as CSV, memory of the web process", memory, "MiB above idle", at_most=64, memory=memory),
        *others,
    ]


def _other(client: Client, worker: psutil.Process, format_: str) -> Figure:
    _export(client, format_)
    idle = _forget_peak(worker)
    seconds = _export(client, format_)
    return Figure(f"export of the same rows as {format_}", ROWS / seconds, "rows/s", memory=_peak(worker) - idle)


def _fill(url: str) -> None:
    columns = ", ".join(f"{name} text" for name in ONS_COLUMNS[1:])
    values = ", ".join(f"'{name} ' || id" for name in ONS_COLUMNS[1:])
    with psycopg.connect(url) as connection:
        connection.execute('CREATE SCHEMA "bench.exports"')
        connection.execute(f"CREATE TABLE {TABLE} (id integer PRIMARY KEY, {columns})".encode())
        connection.execute(f"INSERT INTO {TABLE} SELECT id, {values} FROM generate_series(1, {ROWS}) AS id".encode())
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(f"VACUUM ANALYZE {TABLE}".encode())


def _export(client: Client, format_: str) -> float:
    """Seconds from the request to the last byte."""
    url = f"{client.url}/api/v1/table-export/bench.exports/L0?format={format_}"
    sender = client.sign(url)
    headers = {"Authorization": sender.request_header, "Content-Type": "", "Accept-Encoding": "identity"}
    started = time.perf_counter()
    with requests.get(url, headers=headers, stream=True, timeout=300) as response:
        assert response.status_code == 200, response.text
        sender.accept_response(response.headers["Server-Authorization"], accept_untrusted_content=True)
        size = sum(len(piece) for piece in response.raw.stream(2**18, decode_content=False))
    seconds = time.perf_counter() - started
    told = client.get(f"/api/v1/table-export/bench.exports/L0/receipts/{response.headers['DSS-Export-Id']}").json()
    assert (told["state"], told["rows"], told["bytes"]) == ("complete", ROWS, size)
    return seconds


def _seconds_of_psql(server: Postgres, url: str, form: str) -> float:
    command = [server.program("psql"), "-c", f"\\copy (SELECT * FROM {TABLE} ORDER BY id) TO STDOUT {form}", url]
    started = time.perf_counter()
    subprocess.run(command, stdout=subprocess.DEVNULL, check=True)
    return time.perf_counter() - started


def _forget_peak(process: psutil.Process) -> float:
    """Let the peak count from here: MiB in use."""
    Path(f"/proc/{process.pid}/clear_refs").write_text("5")
    return float(process.memory_info().rss) / 2**20


def _peak(process: psutil.Process) -> float:
    found = re.search(r"VmHWM:\s+(\d+) kB", Path(f"/proc/{process.pid}/status").read_text())
    assert found
    return int(found[1]) / 2**10
