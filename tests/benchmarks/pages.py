"""Pages of 1000 rows × 50 columns over HTTP with HAWK: CPU time beside plain COPY, pages a second, time to a 304."""

import hashlib
import statistics
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from multiprocessing import get_context
from pathlib import Path

import psutil
import psycopg
import requests
from psycopg import sql

from dss_assets.loading.change_tracking import track_changes
from infra.local.postgres import Postgres
from infra.local.samples import ONS_COLUMNS
from tests.benchmarks.reader import Reader
from tests.benchmarks.report import Figure
from tests.conftest import migrate
from tests.parts.log import request_lines
from tests.parts.service import Client, Service, running

SCHEMA = "bench.pages"
ROWS = 200_000
DEEP_ROWS = 10_000_000
PAGES = 100
ROUNDS = 5
CLIENTS = 8
PATH = f"/api/v1/table-data/{SCHEMA}/L0"


def measure(server: Postgres, folder: Path) -> list[Figure]:
    server.create_database("pages")
    url = server.url("pages")
    migrate(url)
    _fill(url)
    with running(url, folder, DSS_PAGINATION_SIZE="1000") as service:
        client = service.add_client("benchmark", "*")
        figures = [*_cpu(server, service, client, url), *_not_modified(service, client), *_speed(client), _deep(client)]
    server.drop_database("pages")
    return figures


def _fill(url: str) -> None:
    wide = ", ".join(f"{name} text" for name in ONS_COLUMNS[1:])
    wide_values = ", ".join(f"'{name} ' || id" for name in ONS_COLUMNS[1:])
    with psycopg.connect(url) as connection:
        connection.execute(f'CREATE SCHEMA "{SCHEMA}"'.encode())
        for table, columns, values, rows in (
            ("L0", wide, wide_values, ROWS),
            ("deep", "number int, word text", "id % 1000, 'word ' || id", DEEP_ROWS),
        ):
            connection.execute(f'CREATE TABLE "{SCHEMA}"."{table}" (id integer PRIMARY KEY, {columns})'.encode())
            connection.execute(
                f'INSERT INTO "{SCHEMA}"."{table}" SELECT id, {values} FROM generate_series(1, {rows}) AS id'.encode()
            )
            track_changes(connection, sql.Identifier(SCHEMA, table))
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("VACUUM ANALYZE")
        connection.execute("CHECKPOINT")  # or the disk would write it down while pages are measured


def _cpu(server: Postgres, service: Service, client: Client, url: str) -> list[Figure]:
    """CPU of web server and Postgres for a page, beside COPY of its rows and one SHA-256 of its body."""
    reader = Reader(client)
    processes = [psutil.Process(service.process.pid), psutil.Process(server.process.pid)]
    figures = []
    for orientation in ("tabular", "records"):
        path = f"{PATH}?orientation={orientation}&next-id=1"
        body = reader.get(path)
        pages, floors = [], []
        for _ in range(ROUNDS):
            # In turn, so that a noisy moment falls on both.
            pages.append(_cpu_milliseconds(processes, partial(reader.get, path), PAGES))
            floors.append(_floor_milliseconds(server, url, body))
        page, floor = min(pages[1:]), min(floors[1:])
        figures.append(
            Figure(
                f"CPU for a page of 1000 × 50 with HAWK, {orientation}",
                page / floor,
                "× the floor",
                at_most=2.5,
                note=f"{page:.3g} ms; plain COPY of the rows and one SHA-256 of the body {floor:.3g} ms",
            )
        )
    return figures


def _cpu_milliseconds(processes: list[psutil.Process], work: Callable[[], object], times: int) -> float:
    """CPU time for one piece of work, of the processes and all that they have started."""

    def spent() -> float:
        family = [member for process in processes for member in (process, *process.children(recursive=True))]
        return sum(sum(member.cpu_times()[:2]) for member in family)

    before = spent()
    for _ in range(times):
        work()
    return (spent() - before) / times * 1000


def _floor_milliseconds(server: Postgres, url: str, body: bytes) -> float:
    own, database = psutil.Process(), [psutil.Process(server.process.pid)]
    with psycopg.connect(url) as connection:

        def copy() -> None:
            with connection.cursor().copy(
                f'COPY (SELECT * FROM "{SCHEMA}"."L0" WHERE id >= 1 ORDER BY id LIMIT 1000) TO STDOUT'.encode()
            ) as rows:
                for _ in rows:
                    pass
            hashlib.sha256(body)

        before = sum(own.cpu_times()[:2])
        in_postgres = _cpu_milliseconds(database, copy, PAGES)
        return in_postgres + (sum(own.cpu_times()[:2]) - before) / PAGES * 1000


def _speed(client: Client) -> list[Figure]:
    """Sequential paging by one client and by eight at once, each following its own pages."""
    alone = _read_on(client, 1, pages=150)
    starts = [1 + number * ROWS // CLIENTS // 1000 * 1000 for number in range(CLIENTS)]
    # Each a process, so that they do not wait for one another; and none that still starts while others are measured.
    context = get_context("spawn")
    with ProcessPoolExecutor(CLIENTS, context, initializer=context.Barrier(CLIENTS).wait) as pool:
        for pages in (5, 50):  # the first ones make the connections
            started = time.perf_counter()
            taken = list(pool.map(_read_on, [client] * CLIENTS, starts, [pages] * CLIENTS))
    together = [seconds for each in taken for seconds in each]
    rate = len(together) / (time.perf_counter() - started)
    p50, p99 = statistics.median(together), statistics.quantiles(together, n=100)[98]
    return [
        Figure("pages a second, one client", len(alone) / sum(alone), "pages/s", at_least=50),
        Figure(f"pages a second, {CLIENTS} clients", rate, "pages/s", at_least=80),
        Figure(
            f"p99 of a page, {CLIENTS} clients",
            p99 / p50,
            "× p50",
            at_most=4,
            note=f"p50 {p50 * 1000:.3g} ms, p99 {p99 * 1000:.3g} ms",
        ),
    ]


def _read_on(client: Client, start: int, pages: int) -> list[float]:
    """Seconds for each of so many pages, one after the other."""
    reader = Reader(client)
    taken = []
    for number in range(pages):
        started = time.perf_counter()
        reader.get(f"{PATH}?next-id={(start + number * 1000) % (ROWS - 1000)}")
        taken.append(time.perf_counter() - started)
    return taken


def _not_modified(service: Service, client: Client) -> list[Figure]:
    """The time to a signed 304: in the server, as its log tells it, and as a client has it."""
    tag = client.get(PATH).headers["ETag"]
    reader = Reader(client)
    as_seen = _median_milliseconds(lambda: reader.get(PATH, 304, **{"If-None-Match": tag}), 300)
    in_server = statistics.median(line["ms"] for line in request_lines(service.log) if line["status"] == 304)
    unsigned = requests.Session()
    floor = _median_milliseconds(lambda: unsigned.get(f"{client.url}/healthcheck/"), 300)
    note = f"includes signing, the connection and gunicorn; /healthcheck/ takes {floor:.2g} ms"
    return [
        Figure("signed 304, time in the server", in_server, "ms", at_most=2),
        Figure("signed 304, time at the client", as_seen, "ms", at_most=2, note=note),
    ]


def _deep(client: Client) -> Figure:
    reader = Reader(client)
    first, deep = f"{PATH[:-2]}deep?next-id=1", f"{PATH[:-2]}deep?next-id={DEEP_ROWS - 1500}"
    ratios = []
    for _ in range(ROUNDS):
        at_end = _median_milliseconds(lambda: reader.get(deep), 60)
        ratios.append(at_end / _median_milliseconds(lambda: reader.get(first), 60))
    return Figure("a page at row 10,000,000", statistics.median(ratios), "× the first page", at_most=1.1)


def _median_milliseconds(work: Callable[[], object], times: int) -> float:
    taken = []
    for _ in range(times):
        started = time.perf_counter()
        work()
        taken.append(time.perf_counter() - started)
    return statistics.median(taken) * 1000
