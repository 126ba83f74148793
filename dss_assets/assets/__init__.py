"""The Dagster clothing: the journeys of files as partitioned assets, the sensors that start them, the checks.

feed.py          what the other files need to know of a published dataset, or of all uploads
specs.py         a feed -> its assets, and the external ones before and behind them
declared.py      what a declaration says, as the UI shows it
code_references.py  where a dataset is declared
derived.py       a table that is made of several -> its asset, and the sensor that sees its inputs change
batch.py         the files of one run: each reported as it is done, each failing alone
event_log.py     where Dagster writes its events, those of a batch together
logs.py          what Dagster's processes write to their logs
pace.py          what Dagster's processes do at rest, done less often
pooled.py        Dagster's storages over connections that stay open
checks.py        what is checked of each load
metadata.py      what the Dagster UI shows of each step
intervals.py     how often sensors look
source_sensors.py   sources are listed; files that are due -> runs
sensors.py       confirmed uploads, deliveries into the datasets database -> runs
deletion.py      uploads that people had deleted, with the events of their runs
run_requests.py  files that are due -> as few runs as possible
run_sizes.py     how large the host of a run is, where each has its own
reshaping.py     tables that are not as declared: told, and mended by a job
parquet_versions.py  tables that have changed -> Parquet files in the storage, by setting
renewal.py       tables of a release before: found by a sensor, and renewed by a job
backoff.py       how long to wait where the last runs failed to start
declarations.py  what is declared -> operations.dataset, once the code is loaded
heartbeat.py     the daemon's sign of life, for the web half
retention.py     what has been kept long enough is removed, once a night
history.py       of that, Dagster's own events, runs and logs
"""

import logging
from collections.abc import Sequence

from dagster import Definitions, define_asset_job, in_process_executor

from dss_assets.assets.declarations import declarations_sensor
from dss_assets.assets.deletion import deletion_sensor
from dss_assets.assets.derived import Derivation, derived_assets, derived_sensor
from dss_assets.assets.feed import published_feed, uploads_feed
from dss_assets.assets.heartbeat import heartbeat_sensor
from dss_assets.assets.parquet_versions import parquet_job, parquet_sensor
from dss_assets.assets.renewal import renewal_job, renewal_sensor
from dss_assets.assets.reshaping import reshape_job
from dss_assets.assets.retention import retention_asset, retention_schedule
from dss_assets.assets.run_sizes import IN_POSTGRES, load_tags
from dss_assets.assets.sensors import delivery_sensor, upload_sensor
from dss_assets.assets.source_sensors import due_sensor, listing_sensor
from dss_assets.assets.specs import external_specs, feed_assets
from dss_assets.dataset import Dataset, Derived, StorageFolder
from dss_assets.dataset.consistency import require_consistent, require_inputs
from dss_assets.resources import Service
from dss_assets.sources.credentials import missing_keys

log = logging.getLogger(__name__)


def build_definitions(datasets: Sequence[Dataset], service: Service) -> Definitions:
    """Everything that the declarations give rise to: assets, a job for each feed, sensors, checks."""
    require_consistent(datasets)
    require_inputs(datasets)
    _warn_of_missing_keys(datasets, service)
    published = {
        dataset.key: published_feed(dataset, service.delivery, service.page_url(dataset.key)) for dataset in datasets
    }
    uploads = uploads_feed(service.delivery)
    feeds = [*published.values(), uploads]
    assets = {feed.name: feed_assets(feed) for feed in feeds}
    renewing = renewal_job(datasets)
    writing = [parquet_job()] if service.settings.dss_parquet_versions else []
    reshape_jobs = [reshape_job(dataset, published[dataset.key]) for dataset in datasets]
    jobs = [
        define_asset_job(
            feed.job_name,
            selection=[assets[feed.name]],
            tags=load_tags(feed),
            description="Loads the files of the chosen partitions, whose rows are replaced, and delivers their tables.",
        )
        for feed in feeds
    ]
    derivations = {
        one.derived_source: Derivation(one, service.delivery.asset) for one in datasets if isinstance(one.l1, Derived)
    }
    made = {source: derived_assets(derivation) for source, derivation in derivations.items()}
    jobs += [
        define_asset_job(
            one.job_name,
            selection=[made[source]],
            tags=IN_POSTGRES.tags,
            description=f"Makes {source.removesuffix('.transformed')} of the tables of its inputs, and delivers it.",
        )
        for source, one in derivations.items()
    ]
    return Definitions(
        assets=[
            *assets.values(),
            *made.values(),
            retention_asset(service),
            *(spec for feed in feeds for spec in external_specs(feed)),
        ],
        jobs=[*jobs, *reshape_jobs, renewing, *writing],
        sensors=[
            *(listing_sensor(dataset, published[dataset.key], service) for dataset in datasets if dataset.source),
            due_sensor(datasets, published, jobs, service),
            upload_sensor(uploads, service),
            deletion_sensor(uploads, service),
            *(derived_sensor(derivation, published, service) for derivation in derivations.values()),
            delivery_sensor(published, derivations, uploads, jobs, service),
            declarations_sensor(datasets, service),
            renewal_sensor(datasets, renewing, service),
            *(parquet_sensor(job, service) for job in writing),
            heartbeat_sensor(service),
        ],
        schedules=[retention_schedule()],
        resources={"service": service},
        # A step is one process's work anyway; another process for it would cost ten seconds.
        executor=in_process_executor,
    )


def _warn_of_missing_keys(datasets: Sequence[Dataset], service: Service) -> None:
    """Say at the start which datasets stand still: their sensors fail, and the others go on."""
    for dataset in datasets:
        if dataset.source is None or isinstance(dataset.source, StorageFolder):
            continue
        if missing := missing_keys(dataset.source, service.settings.dss_source_keys):
            log.error(
                "%s is not asked for files: the setting DSS_SOURCE_KEYS has no %s, which its declaration names. "
                "Add it and start again.",
                dataset.key,
                ", ".join(missing),
            )
