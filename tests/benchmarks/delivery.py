"""A table of 500,000 rows into the datasets database: by us, by raw COPY, and page by page as data-flow reads."""

import subprocess
import time
from contextlib import nullcontext
from pathlib import Path

import psycopg

from dss_assets.database import Database
from dss_assets.delivery.copying import copy_table
from dss_assets.delivery.datasets_database import DatasetsDatabase
from infra.local.dataflow_pipeline import Pipeline
from infra.local.postgres import Postgres
from tests.benchmarks import memory
from tests.benchmarks.report import Figure
from tests.conftest import migrate
from tests.parts.service import running

ROWS = 500_000
# Page by page it takes so long that fewer rows have to do.
PAGED_ROWS = 50_000
ROUNDS = 3
COLUMNS = (
    "id, id % 1000 AS data_source_row_id, 'name of company ' || id AS company_name, md5(id::text) AS address,"
    " 'AB' || id % 100 || ' 1AA' AS postcode, (id * 1.37)::numeric AS amount, id * 3000000000 AS big,"
    " id % 2 = 0 AS is_even, date '2020-01-01' + (id % 1000)::integer AS day,"
    " timestamp '2020-01-01' + id * interval '1 minute' AS moment,"
    " ARRAY['35049593', '36540522', id::text] AS export_item_codes"
)


def measure(server: Postgres, folder: Path) -> list[Figure]:
    for name in ("delivery", "delivered"):
        server.create_database(name)
    url, datasets = server.url("delivery"), server.url("delivered")
    migrate(url)
    _fill(url, "bench.whole", ROWS)
    _fill(url, "bench.paged", PAGED_ROWS)
    floors, copies, peaks = [], [], []
    for _ in range(ROUNDS):
        # In turn, so that a noisy moment falls on both.
        floors.append(_raw(server, url, datasets))
        before = memory.start_counting()
        copies.append(_copy(url, datasets))
        peaks.append(memory.peak() - before)
    with running(url, folder, DSS_PAGINATION_SIZE="1000", DSS_WEB_WORKERS="1") as service:
        client = service.client()
        pipeline = Pipeline(service.url, client.identifier, client.key, datasets, folder / "pages")
        started = time.perf_counter()
        assert pipeline.run("bench.paged", "L0", "20260101T000000") == PAGED_ROWS
        paged = PAGED_ROWS / (time.perf_counter() - started)
    for name in ("delivery", "delivered"):
        server.drop_database(name)
    rate, floor = ROWS / min(copies), ROWS / min(floors)
    return [
        Figure(
            "500,000 × 11 into the datasets database by the service",
            rate / floor,
            "× the rows/s of raw COPY",
            at_least=0.5,
            memory=max(peaks),
            note=f"{rate:,.0f} rows/s with statistics and swap; raw COPY between two `psql` {floor:,.0f} rows/s",
        ),
        Figure(
            "the same, beside pages of 1,000 rows as data-flow reads them",
            rate / paged,
            "× the rows/s of page by page",
            at_least=10,
            note=f"page by page {paged:,.0f} rows/s",
        ),
        Figure("the same, memory of the copying process", max(peaks), "MiB above idle", at_most=32),
    ]


def _fill(url: str, schema: str, rows: int) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(f'CREATE SCHEMA "{schema}"'.encode())
        connection.execute(
            f'CREATE TABLE "{schema}"."L0" AS SELECT {COLUMNS} FROM generate_series(1, {rows}) AS id'.encode()
        )
        connection.execute(f'ALTER TABLE "{schema}"."L0" ADD PRIMARY KEY (id)'.encode())
        connection.execute(f'VACUUM ANALYZE "{schema}"."L0"'.encode())


def _raw(server: Postgres, url: str, datasets: str) -> float:
    """Seconds of COPY out of one psql into another, into a table that is made and committed as ours is."""
    with psycopg.connect(datasets, autocommit=True) as connection:
        connection.execute("DROP TABLE IF EXISTS public.raw")
        connection.execute(f"CREATE TABLE public.raw AS SELECT {COLUMNS} FROM generate_series(1, 0) AS id".encode())
    psql = str(server.program("psql"))
    started = time.perf_counter()
    out = subprocess.Popen(
        [psql, "-c", '\\copy "bench.whole"."L0" TO STDOUT (FORMAT binary)', url], stdout=subprocess.PIPE
    )
    into = [psql, "-qc", "\\copy public.raw FROM STDIN (FORMAT binary)", datasets]
    subprocess.run(into, stdin=out.stdout, check=True)
    assert out.wait() == 0
    return time.perf_counter() - started


def _copy(url: str, datasets: str) -> float:
    with DatasetsDatabase(datasets).connect("benchmark") as target:
        copied = copy_table(Database(url), target, "bench.whole", "L0", nullcontext)
    assert copied.rows == ROWS
    return copied.seconds
