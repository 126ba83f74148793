"""A service that has run for ten years: what a look, a page and a night of retention take.

Not part of `make bench`: `python -m tests.benchmarks growth_pages growth_dagster`. The history is planted with SQL:
3,000 partitions of each published dataset, 50,000 files in the registry, 1,000 versions of uploads, 3,650 runs with
their events. What is measured is processor time of all that works for it, Postgres included.
"""

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import psutil
import psycopg
from dagster import AssetMaterialization, DagsterInstance, Definitions, SensorResult, build_sensor_context
from dagster._core.workspace.context import WorkspaceProcessContext  # what the webserver itself works with
from dagster._core.workspace.load_target import ModuleTarget
from dagster_graphql.test.utils import execute_dagster_graphql

from dss_assets.assets import build_definitions
from dss_assets.assets.history import thin_out
from dss_assets.datasets import DATASETS
from dss_assets.resources import AssetsSettings, Service
from dss_assets.retention import Removed
from infra.local.ports import free_port
from infra.local.postgres import Postgres
from tests.benchmarks.report import Figure
from tests.conftest import REPOSITORY, migrate
from tests.parts.site import ADMINISTRATOR, Site, collect_static, running_sso, running_web

PARTITIONS, FILES, VERSIONS, RUNS = 3_000, 50_000, 1_000, 3_650
ROUNDS = 5
# A person waits for a page, and a sensor has five seconds to its next look.
PAGE_MS, LOOK_MS = 500, 500

_REGISTRY = """
    INSERT INTO operations.datafile_registry (source, file_name, state, version, digest, loaded_digest, size, rows,
        records, file_date, header, run_id, findings, concerns_dataflow, loaded_at, created_timestamp,
        updated_timestamp)
    SELECT sources[1 + number %% cardinality(sources)], 'file_' || number || '.csv', 'processed', 'v',
        md5(number::text), md5(number::text), 1000, 10, 10, date '1990-01-01' + number / 12,
        (SELECT jsonb_build_object('columns', jsonb_object_agg('column_' || n, 'Column ' || n), 'others', '[]'::jsonb)
            FROM generate_series(1, 40) AS n),
        'a run', '{}', false, now(), now(), now() - (number || ' minutes')::interval
    FROM generate_series(1, %(files)s) AS number, (SELECT %(sources)s::text[] AS sources) AS all_of_them
"""
_UPLOADS = """
    INSERT INTO pipeline (organisation, dataset, slug)
    SELECT 'org', 'dataset_' || number, 'org-dataset-' || number FROM generate_series(1, 200) AS number;
    INSERT INTO pipeline_data_file (id, pipeline_id, data_file_url, original_name, uploaded_by, encoding, delimiter,
        quote, column_names, column_types, digest, size, rows, uploaded_at, loaded_at, processed_at, state)
    SELECT gen_random_uuid(), (SELECT id FROM pipeline WHERE slug = 'org-dataset-' || CASE WHEN number <= 500 THEN 1
        ELSE 1 + number %% 200 END), 'x', 'a.csv', 'me@example.gov.uk', 'UTF-8', ',', '"', '{a,b}', '{text,text}', '',
        1000, 10, now() - number * interval '1 hour', now() - number * interval '1 hour',
        now() - number * interval '1 hour', 'completed'
    FROM generate_series(1, %(versions)s) AS number
"""
_DYNAMIC = """
    INSERT INTO dynamic_partitions (partitions_def_name, partition)
    SELECT name, 'file_' || number || '.csv'
    FROM unnest(%(names)s::text[]) AS name, generate_series(1, %(partitions)s) AS number ORDER BY number
"""
# Each partition of each asset: what was planned, and what was made.
_HISTORY = """
    INSERT INTO event_logs (run_id, event, dagster_event_type, timestamp, step_key, asset_key, partition)
    SELECT 'run ' || number, replace(replace(event, 'a partition', 'file_' || number || '.csv'), '["an_asset"]', asset),
        kind, now() - number * interval '1 day', 'a_step', asset, 'file_' || number || '.csv'
    FROM unnest(%(assets)s::text[]) AS asset, generate_series(%(partitions)s, 1, -1) AS number,
        unnest(ARRAY['ASSET_MATERIALIZATION_PLANNED', 'ASSET_MATERIALIZATION']) AS kind,
        (SELECT event FROM event_logs LIMIT 1) AS one
"""
_KEYS = """
    INSERT INTO asset_keys (asset_key, last_materialization, last_run_id, last_materialization_timestamp)
    SELECT asset_key, event, run_id, timestamp FROM event_logs WHERE id IN
        (SELECT max(id) FROM event_logs WHERE dagster_event_type = 'ASSET_MATERIALIZATION' GROUP BY asset_key)
    ON CONFLICT (asset_key) DO UPDATE SET last_materialization = excluded.last_materialization
"""
# A run writes some sixty events besides.
_STEPS = """
    INSERT INTO event_logs (run_id, event, dagster_event_type, timestamp, step_key)
    SELECT 'run ' || number, repeat('x', 900),
        (ARRAY['ENGINE_EVENT', 'STEP_OUTPUT', 'LOGS_CAPTURED', NULL])[1 + n %% 4],
        now() - number * interval '1 day', 'a_step'
    FROM generate_series(%(runs)s, 1, -1) AS number, generate_series(1, 60) AS n
"""
LIVE = """
query ($keys: [AssetKeyInput!]!) { assetNodes(assetKeys: $keys, loadMaterializations: true) { id
  assetMaterializations(limit: 1) { timestamp runId } assetObservations(limit: 1) { timestamp runId }
  assetChecksOrError { ... on AssetChecks { checks { name executionForLatestMaterialization { status } } } }
  partitionStats { numMaterialized numMaterializing numPartitions numFailed } } }
"""
HEALTH = """
query ($key: AssetKeyInput!) { assetNodeOrError(assetKey: $key) { ... on AssetNode {
  partitionKeysByDimension { name partitionKeys }
  assetPartitionStatuses { ... on DefaultPartitionStatuses {
    materializedPartitions materializingPartitions failedPartitions } } } } }
"""


def pages(server: Postgres, folder: Path) -> list[Figure]:
    """What people wait for in the web app."""
    return _web(server, _plant_files(server, "growth_pages"), folder)


def dagster(server: Postgres, folder: Path) -> list[Figure]:
    """What people wait for in the Dagster UI, what the daemon does every few seconds, and what the night does."""
    url, name = _plant_files(server, "growth_dagster"), "growth_history"
    server.create_database(name)
    return _dagster(server, url, name, folder)


def _plant_files(server: Postgres, name: str) -> str:
    """The URL of a database of the service with files and versions of uploads."""
    server.create_database(name)
    url = server.url(name)
    migrate(url)
    with psycopg.connect(url, autocommit=True) as connection:
        sources = [dataset.key for dataset in DATASETS]
        connection.execute(_REGISTRY.encode(), {"files": FILES, "sources": sources})
        for statement in _UPLOADS.split(";\n"):
            connection.execute(statement.encode(), {"versions": VERSIONS})
        connection.execute("VACUUM ANALYZE")
    return url


class Clock:
    """Processor time of some processes and of all that they have started."""

    def __init__(self, *pids: int) -> None:
        self._roots = [psutil.Process(pid) for pid in pids]

    def milliseconds(self, call: Callable[[], object], rounds: int = ROUNDS) -> float:
        """What a call takes, on average after a first one where there are several."""
        if rounds > 1:
            call()
        before = self._busy()
        for _ in range(rounds):
            call()
        return 1000 * sum(busy - before.get(pid, 0) for pid, busy in self._busy().items()) / rounds

    def _busy(self) -> dict[int, float]:
        found = {}
        for root in self._roots:
            for process in [root, *root.children(recursive=True)]:
                with suppress(psutil.NoSuchProcess):
                    # With that of its children that have ended: Postgres forks one for each connection.
                    found[process.pid] = sum(process.cpu_times()[:4])
        return found


def _web(server: Postgres, database_url: str, folder: Path) -> list[Figure]:
    """Pages of the web app over HTTP, the median of several."""
    paths = {
        "the admin's list of files": "/admin/registry/datafile/",
        "a search in it": "/admin/registry/datafile/?q=file_4711.csv",
        "its last page": "/admin/registry/datafile/?p=500",
        "the admin's list of versions": "/admin/registry/uploadfile/",
        "the admin's trail of uploads": "/admin/registry/uploadevent/",
        "the list of uploaded datasets": "/upload/",
        "the page of a dataset of 500 versions": "/upload/data/org-dataset-1/",
        "the comparison of two of its versions": "/upload/data/org-dataset-1/compare/",
        "/readiness/": "/readiness/",
    }
    figures = []
    with site_over(database_url, folder) as (site, pid):
        visitor, clock = site.login(ADMINISTRATOR), Clock(pid, server.process.pid)
        for what, path in paths.items():
            answer = visitor.get(path)
            if answer.status_code == 404:
                continue
            figures.append(_ms(what, clock.milliseconds(partial(visitor.get, path)), PAGE_MS))
    return figures


def _ms(what: str, value: float, at_most: float | None = None, note: str = "") -> Figure:
    return Figure(f"ten years: {what}", value, "ms", at_most=at_most, note=note)


@contextmanager
def site_over(database_url: str, folder: Path) -> Iterator[tuple[Site, int]]:
    """A web app over a database that is planted already, with the process id of its gunicorn."""
    storage = folder / "growth-storage"
    storage.mkdir()
    static, port = folder / "static", free_port()
    collect_static(static)
    with (
        running_sso(folder, f"http://127.0.0.1:{port}") as sso,
        running_web(folder, static, database_url, storage.as_uri(), sso, port) as site,
    ):
        (web,) = [one for one in psutil.Process().children() if "gunicorn" in " ".join(one.cmdline())]
        yield site, web.pid


def _dagster(server: Postgres, dss_url: str, dagster: str, folder: Path) -> list[Figure]:
    home = folder / "growth-home"
    home.mkdir()
    (home / "dagster.yaml").write_text((REPOSITORY / "dagster.yaml").read_text())
    environment = {
        "DAGSTER_HOME": str(home),
        "DSS_DAGSTER_DATABASE_URL": server.url(dagster, "postgresql+psycopg2"),
        "DSS_DATABASE_URL": dss_url,
        "S3_BUCKET_URL": (folder / "growth-storage").as_uri(),
        "DSS_WEB_URL": "http://web",
        "DATAFLOW_BASE_URL": "http://127.0.0.1:9",
        "DATAFLOW_HAWK_ID": "dss",
        "DATAFLOW_HAWK_KEY": "key",
    }
    os.environ.update(environment)
    with DagsterInstance.from_config(str(home)) as instance:
        definitions = build_definitions(DATASETS, Service(AssetsSettings.from_environment()))
        clock = Clock(os.getpid())  # Postgres and the code server are children of ours
        assets = _plant(instance, definitions, server.url(dagster))
        return [
            *_looks(clock, definitions, instance),
            *_ui(clock, instance, assets),
            *_retention(clock, instance, server.url(dagster)),
            *_ui(clock, instance, assets, " after that"),
        ]


def _plant(instance: DagsterInstance, definitions: Definitions, url: str) -> list[list[str]]:
    """Partitions and events of all published datasets; the paths of their assets."""
    graph = definitions.resolve_asset_graph()
    assets, names = [], set[str]()
    for key in graph.get_all_asset_keys():
        partitions = graph.get(key).partitions_def
        if partitions is not None and "uploads" not in key.path:
            assets.append(key)
            names.add(partitions.name)  # type: ignore[attr-defined]  # all of ours are dynamic
    instance.report_runless_asset_event(AssetMaterialization("an_asset", partition="a partition"))
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(_DYNAMIC.encode(), {"names": list(names), "partitions": PARTITIONS})
        connection.execute(_STEPS.encode(), {"runs": RUNS})
        connection.execute(_HISTORY.encode(), {"assets": [key.to_string() for key in assets], "partitions": PARTITIONS})
        connection.execute(_KEYS.encode())
        connection.execute("VACUUM ANALYZE")
    return [list(key.path) for key in assets]


def _looks(clock: Clock, definitions: Definitions, instance: DagsterInstance) -> list[Figure]:
    """A look of the sensors that look every few seconds, with nothing due."""
    repository = definitions.get_repository_def()
    figures = []
    for name in ("files__due", "uploads__files", "dataflow__runs", "uploads__deletions"):

        def look(name: str = name) -> None:
            with build_sensor_context(instance=instance, repository_def=repository) as context:
                found = repository.get_sensor_def(name)(context)
            assert not isinstance(found, SensorResult) or not found.run_requests

        look()
        figures.append(_ms(f"a look of `{name}`", clock.milliseconds(look), LOOK_MS))
    return figures


def _ui(clock: Clock, instance: DagsterInstance, assets: Sequence[list[str]], when: str = "") -> list[Figure]:
    """What the UI's pages ask for, with the webserver's own code and a code server."""
    target = ModuleTarget("dss_assets.definitions", None, str(Path.cwd()), "data-store-service")
    keys = [{"path": path} for path in assets]
    with WorkspaceProcessContext(instance, target) as process:

        def ask(query: str, **variables: Any) -> Any:
            answer = execute_dagster_graphql(process.create_request_context(), query, variables=variables)
            assert not answer.errors, answer.errors
            return answer.data

        figures = []
        for which, rounds in (("first", 1), ("next", 3)):
            note = f"{len(assets)} assets of {PARTITIONS:,} partitions"
            took = clock.milliseconds(lambda: ask(LIVE, keys=keys), rounds)
            figures.append(_ms(f"the asset graph of all, the {which} time{when}", took, note=note))
        took = clock.milliseconds(lambda: ask(HEALTH, key=keys[0]), 3)
        figures.append(_ms(f"the partitions of an asset{when}", took))
        took = clock.milliseconds(lambda: [ask(HEALTH, key=key) for key in keys], 1)
        figures.append(_ms(f"the partitions of all assets{when}", took))
    return figures


def _retention(clock: Clock, instance: DagsterInstance, url: str) -> list[Figure]:
    """The first night, and the one after it."""
    figures = []
    for night in ("first", "next"):
        removed: Mapping[str, Removed] = {}

        def thin() -> None:
            nonlocal removed
            removed = thin_out(instance, datetime.now(UTC) - timedelta(days=90))

        seconds = clock.milliseconds(thin, 1) / 1000
        note = f"{removed['Dagster events'].count:,} events removed; {_size(url)}"
        figures.append(Figure(f"ten years: the {night} night of retention", seconds, "s", note=note))
    return figures


def _size(url: str) -> str:
    with psycopg.connect(url) as connection:
        count, size = connection.execute(
            "SELECT count(*), pg_total_relation_size('event_logs') / 2^20 FROM event_logs"
        ).fetchone() or (0, 0)
    return f"{count:,} stay, {size:,.0f} MiB"
