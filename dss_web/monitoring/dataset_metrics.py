"""What `/metrics` says of datasets, deliveries, uploads and processes: from the registry, for both halves.

The assets half has no HTTP of its own. Each web app says the same, so rules take the maximum over them. Labels are
datasets, at most MOST_DATASETS of them, and words of ours.
"""

import logging
import threading
import time
from collections.abc import Iterable, Iterator
from typing import Any, Final

import psycopg
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from psycopg import sql

from dss_web.database.own import own_connection
from dss_web.registry.dataset_states import DatasetState, dataset_states
from dss_web.shared.contract import (
    ALERT,
    ALERT_MESSAGE,
    DAEMON_HEARTBEAT,
    DAGSTER_DAEMON,
    DATAFLOW_RUN,
    UPLOAD_FILE,
    UPLOAD_TASK,
    WORKER,
    AlertEvent,
    DataflowState,
    Problem,
    UploadState,
)

log = logging.getLogger(__name__)

# Nine series each. Prometheus itself would take more; what is wrong is never left out.
MOST_DATASETS: Final = 1000
# Prometheus scrapes every 15 seconds or more, and each of several asks for the same.
SHARED_SECONDS: Final = 10.0
# A scrape has ten seconds by default.
_TIMEOUT_SECONDS: Final = 5
_PROBLEMS: Final = (Problem.LATE, Problem.FAILING, Problem.STUCK, Problem.SHRUNK, Problem.CHANGED_COLUMNS)

# The last run of each table, as it stands now. Relies on the index of runs by schema.
_DELIVERIES: Final = sql.SQL("""
    SELECT CASE WHEN is_stopped THEN 'stopped' ELSE state END, count(*) FROM (
        SELECT DISTINCT ON (schema_name) schema_name, state, is_stopped FROM {} ORDER BY schema_name, id DESC
    ) AS last GROUP BY 1
""").format(sql.Identifier(*DATAFLOW_RUN))
# What each unfinished upload waits for, with the seconds that the first of them has waited.
_UPLOADS: Final = sql.SQL("""
    SELECT waits_for, count(*), max(extract(epoch FROM now() - waits_since))::float FROM (
        SELECT CASE WHEN state = {uploaded} THEN CASE WHEN task.outcome = '' THEN 'check' ELSE 'person' END
            WHEN state = {delivering} THEN 'delivery' ELSE 'load' END AS waits_for,
            coalesce(CASE state WHEN {uploaded} THEN task.requested_at WHEN {delivering} THEN loaded_at
                ELSE started_processing_at END, uploaded_at) AS waits_since
        FROM {uploads} AS file LEFT JOIN {tasks} AS task ON task.version_id = file.id
        WHERE state = ANY (%s)
    ) AS waiting GROUP BY waits_for
""").format(
    uploads=sql.Identifier(*UPLOAD_FILE),
    tasks=sql.Identifier(*UPLOAD_TASK),
    uploaded=sql.Literal(UploadState.UPLOADED),
    delivering=sql.Literal(UploadState.PROCESSING_DATAFLOW),
)
_BEATS: Final = sql.SQL("SELECT daemon, extract(epoch FROM now() - beat_at)::float FROM {}").format(
    sql.Identifier(*DAEMON_HEARTBEAT)
)
# A message that is tried again and again is due in the future: how long it has waited says the incident that it tells
# of. Relies on the index of messages that are not settled; there are few others.
_UNTOLD: Final = sql.SQL("""
    SELECT count(*) FROM {messages} AS message JOIN {alerts} AS alert ON alert.id = alert_id
    WHERE settled_at IS NULL AND CASE event WHEN {over} THEN over_at ELSE noticed_at END < now() - interval '5 minutes'
    OR outcome LIKE 'given up%' AND settled_at > now() - interval '1 day'
""").format(
    messages=sql.Identifier(*ALERT_MESSAGE),
    alerts=sql.Identifier(*ALERT),
    over=sql.Literal(AlertEvent.OVER),
)
_WAITS_FOR: Final = ("check", "person", "load", "delivery")
_DELIVERY_STATES: Final = (*DataflowState, "stopped")


class DatasetMetrics(Collector):
    """Reads the registry for a scrape, at most once in SHARED_SECONDS, on a connection of its own."""

    def __init__(self) -> None:
        self._reading = threading.Lock()
        self._metrics: list[Metric] = []
        self._read_at = 0.0

    def collect(self) -> Iterable[Metric]:
        """The metrics; only `dss_registry_up` where the database does not answer."""
        with self._reading:
            if not self._metrics or time.monotonic() - self._read_at > SHARED_SECONDS:
                self._metrics = self._read()
                self._read_at = time.monotonic()
            return self._metrics

    def _read(self) -> list[Metric]:
        up = GaugeMetricFamily("dss_registry_up", "Whether the registry could be read for this scrape.")
        try:
            with own_connection("dss-web metrics", 2, _TIMEOUT_SECONDS, untaken_seconds=_TIMEOUT_SECONDS) as connection:
                metrics = list(_metrics(connection))
        except psycopg.Error as error:
            log.warning("metrics of datasets are missing, since the database does not answer: %s", type(error).__name__)
            metrics = []
        up.add_metric([], 1 if metrics else 0)
        return [up, *metrics]


def _metrics(connection: psycopg.Connection[Any]) -> Iterator[Metric]:
    yield from _of_datasets(dataset_states(connection))
    deliveries = dict(connection.execute(_DELIVERIES).fetchall())
    last = GaugeMetricFamily("dss_deliveries", "Tables by the state of their last delivery.", labels=["state"])
    for state in _DELIVERY_STATES:
        last.add_metric([state], deliveries.get(state, 0))
    yield last
    states = [UploadState.UPLOADED, UploadState.VERIFIED, UploadState.PROCESSING_DSS, UploadState.PROCESSING_DATAFLOW]
    uploads = {what: (count, oldest) for what, count, oldest in connection.execute(_UPLOADS, [states])}
    waiting = GaugeMetricFamily("dss_uploads_waiting", "Uploads by what they wait for.", labels=["waits_for"])
    longest = GaugeMetricFamily(
        "dss_uploads_waiting_seconds", "How long the first of them has waited.", labels=["waits_for"]
    )
    for what in _WAITS_FOR:
        count, oldest = uploads.get(what, (0, 0))
        waiting.add_metric([what], count)
        longest.add_metric([what], oldest)
    yield from (waiting, longest)
    beats = dict(connection.execute(_BEATS).fetchall())
    ages = GaugeMetricFamily(
        "dss_heartbeat_age_seconds", "Since a process of this kind last gave a sign of life.", labels=["process"]
    )
    for process in (WORKER, DAGSTER_DAEMON):
        # One that was never seen is infinitely silent.
        ages.add_metric([process], beats.get(process, float("inf")))
    yield ages
    given_up = GaugeMetricFamily("dss_alert_messages_untold", "Messages about alerts that could not be sent.")
    given_up.add_metric([], connection.execute(_UNTOLD).fetchall()[0][0])
    yield given_up


def _of_datasets(states: list[DatasetState]) -> Iterator[Metric]:
    shown = sorted(states, key=lambda one: (not one.problems, one.is_uploaded, one.dataset))[:MOST_DATASETS]
    unlisted = GaugeMetricFamily("dss_datasets_unlisted", "Datasets without metrics of their own: there are too many.")
    unlisted.add_metric([], len(states) - len(shown))
    problems = GaugeMetricFamily(
        "dss_dataset_problem", "1 while a dataset has this problem.", labels=["dataset", "problem"]
    )
    failures = _gauge("dss_dataset_failures", "Failed attempts since what they are about was last done.")
    ages = _gauge("dss_dataset_age_seconds", "Since rows were last loaded.")
    rows = _gauge("dss_dataset_last_load_rows", "Rows of the file that was loaded last.")
    seconds = _gauge("dss_dataset_last_load_seconds", "How long that load took.")
    now = time.time()
    for one in shown:
        found = {finding.problem for finding in one.problems}
        for problem in _PROBLEMS:
            problems.add_metric([one.dataset, problem.replace(" ", "_")], 1 if problem in found else 0)
        failures.add_metric([one.dataset], one.failures)
        if one.loaded_at:
            ages.add_metric([one.dataset], max(0.0, now - one.loaded_at.timestamp()))
            rows.add_metric([one.dataset], one.rows or 0)
        if one.seconds is not None:
            seconds.add_metric([one.dataset], one.seconds)
    yield from (unlisted, problems, failures, ages, rows, seconds)


def _gauge(name: str, text: str) -> GaugeMetricFamily:
    return GaugeMetricFamily(name, text, labels=["dataset"])
