"""A page of 1000 rows × 50 columns over HTTP with HAWK: CPU time of the web server and Postgres together."""

import hashlib
from collections.abc import Callable
from pathlib import Path

import psutil
import psycopg
from psycopg import sql

from dss_assets.loading.versions import note_changes
from infra.local.postgres import Postgres
from infra.local.samples import ONS_COLUMNS
from tests.benchmarks.report import Figure
from tests.conftest import migrate
from tests.contract.service import Client, running

ROWS = 200_000
PAGES = 40
ROUNDS = 4


def measure(server: Postgres, folder: Path) -> list[Figure]:
    server.create_database("pages")
    url = server.url("pages")
    migrate(url)
    _fill(url)
    with running(url, folder, DSS_WEB_WORKERS="1", DSS_PAGINATION_SIZE="1000") as service:
        client = service.add_client("benchmark", "*")
        first, deep = _page(client, 1), _page(client, ROWS - 1000)
        processes = [psutil.Process(service.process.pid), psutil.Process(server.process.pid)]
        spent = {first: 0.0, deep: 0.0}
        for _ in range(ROUNDS + 1):
            # In turn, so that a noisy moment falls on both; the first round warms up.
            now = {page: _cpu_milliseconds(processes, page, PAGES) for page in spent}
            spent = {page: min(spent[page] or now[page], now[page]) for page in spent}
    floor_ms = _floor_milliseconds(server, url)
    server.drop_database("pages")
    note = f"plain COPY and one SHA-256 of the same rows: {floor_ms:.3g} ms"
    return [
        Figure("a page of 1000 × 50 with HAWK, CPU", spent[first], "ms", 20, note=note),
        Figure("a page at the end of 200,000 rows, CPU", spent[deep] / spent[first], "× the first page", 1.2),
    ]


def _fill(url: str) -> None:
    columns = ", ".join(f"{name} text" for name in ONS_COLUMNS[1:])
    values = ", ".join(f"'{name} ' || id" for name in ONS_COLUMNS[1:])
    with psycopg.connect(url) as connection:
        connection.execute('CREATE SCHEMA "bench.pages"')
        connection.execute(f'CREATE TABLE "bench.pages"."L0" (id integer PRIMARY KEY, {columns})'.encode())
        connection.execute(
            f'INSERT INTO "bench.pages"."L0" SELECT id, {values} FROM generate_series(1, {ROWS}) AS id'.encode()
        )
        note_changes(connection, sql.Identifier("bench.pages", "L0"))
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute('VACUUM ANALYZE "bench.pages"."L0"')


def _page(client: Client, next_id: int) -> Callable[[], object]:
    path = f"/api/v1/table-data/bench.pages/L0?orientation=tabular&next-id={next_id}"

    def read() -> None:
        response = client.get(path)
        assert response.status_code == 200
        assert len(response.json()["values"]) == 1000

    return read


def _cpu_milliseconds(processes: list[psutil.Process], work: Callable[[], object], times: int) -> float:
    """CPU time for one piece of work, of the processes and all that they have started."""

    def spent() -> float:
        family = [member for process in processes for member in (process, *process.children(recursive=True))]
        return sum(sum(member.cpu_times()[:2]) for member in family)

    before = spent()
    for _ in range(times):
        work()
    return (spent() - before) / times * 1000


def _floor_milliseconds(server: Postgres, url: str) -> float:
    own, database = psutil.Process(), [psutil.Process(server.process.pid)]
    with psycopg.connect(url) as connection:

        def copy() -> None:
            digest = hashlib.sha256()
            with connection.cursor().copy(
                'COPY (SELECT * FROM "bench.pages"."L0" WHERE id >= 1 ORDER BY id LIMIT 1000) TO STDOUT'
            ) as rows:
                for row in rows:
                    digest.update(row)

        before = sum(own.cpu_times()[:2])
        in_postgres = _cpu_milliseconds(database, copy, PAGES)
        return in_postgres + (sum(own.cpu_times()[:2]) - before) / PAGES * 1000
