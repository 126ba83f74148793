"""The assumed tariffs of 50 products, 60 countries and 19 years, from their four inputs to L1: 3.25 million rows.

One of the 60 is France, whose code of Comtrade is not the World Bank's: 59 countries are in the result.
"""

import json
import subprocess
import sys
import time
from pathlib import Path

import psutil
import psycopg
from psycopg import sql

from dss_assets.database import Database
from dss_assets.dataset import Dataset
from dss_assets.datasets import BOUND_RATES, COUNTRY_CODE_AND_ISO, EU_COUNTRY_MEMBERSHIP, TARIFF
from dss_assets.datasets.world_bank_tariff import ASSUMED
from dss_assets.loading import Tables, create_or_bring_along
from infra.local.postgres import Postgres
from tests.benchmarks.report import Figure
from tests.conftest import REPOSITORY, migrate

ROWS = 50 * 59 * 58 * 19
TRIES = 3
DATABASE = "derived"
# A rate for one pair of countries in seven, for four of five countries towards the world, and for half of all partners
# by the Union: about 600,000 rows.
RATE = "round((random() * 40)::numeric, 2)"
LISTED = f"({next(part.sql for part in ASSUMED.parts if part.name == 'listed')} LIMIT 60)"
PRODUCTS, YEARS = "generate_series(10101, 10150) AS product", "generate_series(2000, 2018) AS year"
UNION = "'AUT', 'BEL', 'BGR', 'CYP', 'CZE', 'DEU', 'DNK', 'ESP', 'EST', 'FIN', 'FRA', 'GBR'"
INPUTS = (
    (
        TARIFF,
        "reporter, partner, product, year, duty_type, simple_average",
        f"""
        SELECT own.country, other.country, product, year, 'AHS', {RATE}
        FROM {LISTED} AS own, {LISTED} AS other, {PRODUCTS}, {YEARS}
        WHERE own.country <> other.country AND random() < 0.15
        UNION ALL SELECT country, 0, product, year, 'MFN', {RATE} FROM {LISTED} AS own, {PRODUCTS}, {YEARS}
        WHERE random() < 0.8
        UNION ALL SELECT 918, country, product, year, 'AHS', {RATE} FROM {LISTED} AS own, {PRODUCTS}, {YEARS}
        WHERE random() < 0.5
        """,
    ),
    (
        BOUND_RATES,
        "nomen_code, reporter, product, bound_rate",
        f"SELECT 'H2', country, product, {RATE} FROM {LISTED} AS own, {PRODUCTS}",
    ),
    (COUNTRY_CODE_AND_ISO, "iso3_digit_alpha, cty_code", f"SELECT iso3, country FROM {LISTED} AS own"),
    (
        EU_COUNTRY_MEMBERSHIP,
        ", ".join(["iso3", *(f'"{year}"' for year in range(2000, 2019))]),
        f"SELECT iso3, {', '.join(['''$$EUN$$'''] * 19)} FROM {LISTED} AS own WHERE iso3 IN ({UNION})",
    ),
)


def measure(server: Postgres, folder: Path) -> list[Figure]:
    """Seconds until L1 is in its place, in a process of its own, beside those of writing the same rows alone."""
    del folder
    server.create_database(DATABASE)
    migrate(server.url(DATABASE))
    try:
        with Database(server.url(DATABASE)).connect("benchmark") as connection:
            for dataset, columns, rows in INPUTS:
                _fill(connection, dataset, columns, rows)
        tries = [_derive(server) for _ in range(TRIES)]
        best = min(tries, key=lambda one: one["seconds"])
        memory = max(one["memory"] for one in tries)
        floor = min(_write(server) for _ in range(TRIES))
    finally:
        server.drop_database(DATABASE)
    ratio = best["seconds"] / floor
    # 7 s where writing the rows alone takes 2.8.
    note = (
        f"{best['seconds']:.1f} s, of which Postgres has {best['cpu']:.1f} s of CPU; writing them alone {floor:.1f} s"
    )
    return [
        Figure("World Bank tariffs, 3.25 million rows derived", ratio, "× writing the rows", at_most=2.5, note=note),
        Figure(
            "World Bank tariffs, memory of the deriving process", memory, "MiB above idle", at_most=64, memory=memory
        ),
    ]


def _fill(connection: psycopg.Connection[tuple[object, ...]], dataset: Dataset, columns: str, rows: str) -> None:
    tables = Tables(dataset)
    with connection.transaction():
        create_or_bring_along(connection, tables)
        statement = sql.SQL("INSERT INTO {} ({}) {}").format(tables.l0, sql.SQL(columns), sql.SQL(rows))
        connection.execute(statement)
        tables.complete(connection)
    connection.execute(sql.SQL("VACUUM ANALYZE {}").format(tables.l0))


def _derive(server: Postgres) -> dict[str, float]:
    before = _cpu_seconds(server)
    done = subprocess.run(
        [sys.executable, "-m", "tests.benchmarks.derived_child", server.url(DATABASE)],
        cwd=REPOSITORY,
        check=True,
        capture_output=True,
        text=True,
    )
    found: dict[str, float] = json.loads(done.stdout)
    assert found["rows"] == ROWS, found
    return found | {"cpu": _cpu_seconds(server) - before}


def _cpu_seconds(server: Postgres) -> float:
    """What the server and its backends have used, those that have ended included."""
    process = psutil.Process(server.process.pid)
    own = process.cpu_times()
    total = own.user + own.system + own.children_user + own.children_system
    for child in process.children(recursive=True):
        try:
            times = child.cpu_times()
        except psutil.NoSuchProcess:
            continue
        total += times.user + times.system
    return float(total)


def _write(server: Postgres) -> float:
    """Seconds to write the rows of L1 into another table with a bigserial primary key."""
    columns = sql.SQL(", ").join(sql.Identifier(column.name) for column in ASSUMED.columns)
    with psycopg.connect(server.url(DATABASE), autocommit=True) as connection:
        connection.execute('CREATE TABLE floor (LIKE "world_bank.tariff"."L1")')
        connection.execute("ALTER TABLE floor DROP COLUMN id, ADD COLUMN id bigserial PRIMARY KEY")
        started = time.perf_counter()
        connection.execute(
            sql.SQL('INSERT INTO floor ({}) SELECT {} FROM "world_bank.tariff"."L1"').format(columns, columns)
        )
        seconds = time.perf_counter() - started
        connection.execute("DROP TABLE floor")
    return seconds
