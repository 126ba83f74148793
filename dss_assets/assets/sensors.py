"""What starts runs besides new files of publishers: confirmed uploads, and tables that are to be delivered."""

from collections.abc import Mapping, Sequence
from functools import cache
from typing import TYPE_CHECKING

from dagster import (
    AssetKey,
    AssetMaterialization,
    AssetObservation,
    DagsterInstance,
    DefaultSensorStatus,
    MetadataValue,
    RunRequest,
    SensorDefinition,
    SensorEvaluationContext,
    SensorResult,
    SkipReason,
    sensor,
)

from dss_assets import dataflow, registry, uploads
from dss_assets.assets.backoff import start_backoff
from dss_assets.assets.declared import copied_lineage
from dss_assets.assets.derived import Derivation, delivery_requests
from dss_assets.assets.feed import Feed
from dss_assets.assets.intervals import LOOK_SECONDS, interval
from dss_assets.assets.metadata import Metadata
from dss_assets.assets.run_requests import datasets_in_work, requests_for
from dss_assets.database import Connection
from dss_assets.errors import TransientError
from dss_assets.removal import undeclared
from dss_assets.resources import Service
from dss_web.shared.contract import DataflowState

if TYPE_CHECKING:
    # What `define_asset_job` returns has no public name.
    from dagster._core.definitions.unresolved_asset_job_definition import UnresolvedAssetJobDefinition as Job


def upload_sensor(feed: Feed, service: Service) -> SensorDefinition:
    """Ask for a run over all confirmed uploads; a dataset of which an upload is being loaded waits for its end."""

    @sensor(
        name="uploads__files",
        description="Uploads that a person has confirmed.",
        job_name=feed.job_name,
        minimum_interval_seconds=interval(LOOK_SECONDS),
        default_status=DefaultSensorStatus.RUNNING,
    )
    def look_for_uploads(context: SensorEvaluationContext) -> SensorResult | SkipReason:
        due: dict[str, list[str]] = {}
        with service.database.look("sensor uploads") as connection:
            # Asked only where something waits: at rest a look is five statements.
            in_work = cache(lambda: datasets_in_work(context.instance, connection, feed.name))
            for source in uploads.sources_in_progress(connection):
                if source not in in_work():
                    registry.requeue_orphaned(connection, source)
            uploads.mark_loaded(connection)
            uploads.give_up_stuck(connection)
            try:
                uploads.end_abandoned(connection, service.storage)
            except TransientError as error:
                # What nobody goes on sending keeps nobody's upload from being loaded.
                context.log.warning("Parts of abandoned uploads stay for now: %s", error)
            for upload in uploads.due_files(connection):
                if upload.key not in in_work():
                    due.setdefault(upload.key, []).append(upload.id)
        if not due:
            return SkipReason("No confirmed upload waits, or those that wait are being loaded.")
        if backoff := start_backoff(context.instance, feed.name):
            return SkipReason(backoff.skip_message)
        return SensorResult(run_requests=requests_for(context.instance, feed, due))

    return look_for_uploads


def delivery_sensor(
    published: Mapping[str, Feed],
    derived: Mapping[str, Derivation],
    uploaded: Feed,
    jobs: Sequence["Job"],
    service: Service,
) -> SensorDefinition:
    """Follow deliveries to their end, and have those asked for again that failed or had to wait.

    `published` and `derived` are by their source in the registry, `jobs` those of all of them.
    """

    delivery = service.delivery
    feeds = {feed.name: feed for feed in [*published.values(), uploaded]}

    @sensor(
        name=f"{delivery.asset}__runs",
        description="What became of deliveries into the datasets database; asks again for what failed.",
        jobs=jobs,
        minimum_interval_seconds=interval(LOOK_SECONDS),
        default_status=DefaultSensorStatus.RUNNING,
    )
    def poll_runs(context: SensorEvaluationContext) -> SensorResult | SkipReason:
        events: list[AssetObservation | AssetMaterialization] = []
        requests: list[RunRequest] = []
        with service.database.look("sensor deliveries") as connection:
            # Nobody loads them any more: what becomes of their copies is nobody's concern.
            gone = set(undeclared(connection, [*published, *derived]))
            for run in delivery.poll(connection):
                if run.schema_name in derived:
                    told = derived[run.schema_name].keys[delivery.asset]
                    events.append(_observation(service, run, told, None, shows_values=True))
                elif run.schema_name not in gone:
                    events += _events(service, run, published.get(run.schema_name, uploaded))
            uploads.mark_delivered(connection)
            due: dict[str, dict[str, list[str]]] = {}
            for key, file_name in delivery.due_sources(connection).items():
                if key in derived:
                    requests += delivery_requests(context.instance, connection, derived[key])
                elif key in published:
                    due.setdefault(published[key].name, {})[key] = [file_name]
                # A dataset that staff deleted and created again has files whose uploads are gone.
                elif key not in gone and (upload := uploads.delivering(connection, key, file_name)):
                    due.setdefault(uploaded.name, {})[key] = [upload]
            for name, files_by_key in due.items():
                requests += _delivery_requests(context.instance, connection, feeds[name], files_by_key)
        if not events and not requests:
            text = "There is no news of deliveries, and no loaded file is due for one."
            return SkipReason(f"{text} {_removable(sorted(gone))}" if gone else text)
        return SensorResult(asset_events=events, run_requests=requests)

    return poll_runs


def _delivery_requests(
    instance: DagsterInstance, connection: Connection, feed: Feed, due: Mapping[str, list[str]]
) -> list[RunRequest]:
    """A run that delivers the tables of the datasets, except those for which a run works: it does so itself."""
    if feed.delivery_key is None or start_backoff(instance, feed.name):
        return []
    in_work = datasets_in_work(instance, connection, feed.name)
    free = {key: files for key, files in due.items() if key not in in_work}
    return requests_for(instance, feed, free, [feed.delivery_key])


def _removable(keys: Sequence[str]) -> str:
    return (
        f"Declared no longer, though their tables are there: {', '.join(keys)}. Declare them again, or remove them by "
        "`python -m dss_assets remove`."
    )


def _events(service: Service, run: dataflow.Run, feed: Feed) -> list[AssetObservation | AssetMaterialization]:
    """What there is to say of a delivery: at its asset, and at the table that it has filled.

    A run over a single file is shown at its partition. Over many files it is shown once: each event takes the daemon 14
    ms, and all of them would say the same.
    """
    partition = feed.partition_of(run.schema_name, run.files[0]) if len(run.files) == 1 else None
    if feed.delivery_key is None:
        return []
    events: list[AssetObservation | AssetMaterialization] = [
        _observation(service, run, feed.delivery_key, partition, shows_values=feed.shows_values)
    ]
    dataset = feed.declared
    if run.state == DataflowState.SUCCESS and dataset and feed.downstream and dataset.dataflow_table:
        table = dataset.dataflow_table
        facts: Metadata = {
            "data-flow run": run.run_id,
            "files": len(run.files),
            "dagster/column_lineage": copied_lineage(dataset, table, feed.keys[table]),
        }
        events.append(AssetMaterialization(feed.downstream, metadata=facts))
    return events


def _observation(
    service: Service, run: dataflow.Run, key: AssetKey, partition: str | None, *, shows_values: bool
) -> AssetObservation:
    """`shows_values` is whether what data-flow's log says may be shown here, where nobody logs in: it may quote any."""
    facts: Metadata = {
        "data-flow run": run.run_id,
        "files": len(run.files),
        "state": run.state,
        "error": run.error_message,
    }
    if run.situation:
        facts["situation"] = run.situation
    if run.link:
        facts["in Airflow"] = MetadataValue.url(run.link)
    if run.reason:
        facts["reason"] = run.reason if shows_values else MetadataValue.url(service.runs_url(run.schema_name))
    return AssetObservation(key, partition=partition, metadata=facts)
