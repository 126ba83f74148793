"""What finds the files of publishers: a sensor for each source lists it, and one asks for runs over what is due.

They are apart so that a service at rest looks at little: a source is looked at as often as it is listed, or once a
minute, and what is due in all datasets together is one statement.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from dagster import (
    DagsterInstance,
    DefaultSensorStatus,
    RunRequest,
    SensorDefinition,
    SensorEvaluationContext,
    SensorResult,
    SkipReason,
    sensor,
)
from dagster._core.scheduler.instigation import InstigatorStatus  # of a sensor; it has no public name

from dss_assets import registry
from dss_assets.assets.backoff import start_backoff
from dss_assets.assets.feed import Feed
from dss_assets.assets.intervals import LOOK_SECONDS, interval
from dss_assets.assets.reshaping import ShapeNews
from dss_assets.assets.run_requests import datasets_in_work, requests_for
from dss_assets.database import Connection
from dss_assets.dataset import Dataset, StorageFolder
from dss_assets.errors import TransientError
from dss_assets.resources import Service
from dss_assets.sources import read_listing

if TYPE_CHECKING:
    # What `define_asset_job` returns has no public name.
    from dagster._core.definitions.unresolved_asset_job_definition import UnresolvedAssetJobDefinition as Job

# A listing that failed has a next attempt of its own, long before the next listing that is declared.
LONGEST_LOOK_SECONDS = 60


def listing_sensor(dataset: Dataset, feed: Feed, service: Service) -> SensorDefinition:
    """List the source of a dataset as often as it declares. Files that are new or have changed are due then."""
    source = dataset.source
    assert source
    every = interval(service.seconds_between_looks(source))
    news = ShapeNews(dataset, feed)

    @sensor(
        name=listing_sensor_name(feed),
        description=f"Lists the files of {dataset.key}. Runs over those that are due are asked for by `files__due`.",
        minimum_interval_seconds=min(every, LONGEST_LOOK_SECONDS),
        default_status=DefaultSensorStatus.RUNNING,
    )
    def look_for_files(context: SensorEvaluationContext) -> SensorResult | SkipReason:
        if not isinstance(source, StorageFolder):
            service.publishers.require_keys(source)
        with service.database.look(f"sensor {dataset.key}") as connection:
            outlook = registry.outlook(connection, dataset.key, timedelta(seconds=every), dataset.fingerprint)
            if outlook.must_list:
                _list(context, connection, dataset, service, timedelta(seconds=every), outlook.near_misses)
                outlook = registry.outlook(connection, dataset.key, timedelta(seconds=every), dataset.fingerprint)
            told = news.tell(connection)
        for evaluation in told:
            if not evaluation.passed:
                context.log.warning(f"The tables of {dataset.key} are not as declared: {evaluation.description}")
        listed = SkipReason(_listed(dataset, outlook))
        return SensorResult(skip_reason=listed, asset_events=told) if told else listed

    return look_for_files


def listing_sensor_name(feed: Feed) -> str:
    """What the sensor is called that lists the source of a feed."""
    return f"{feed.name}__files"


def _list(
    context: SensorEvaluationContext,
    connection: Connection,
    dataset: Dataset,
    service: Service,
    every: timedelta,
    known_misses: Sequence[str],
) -> None:
    """List a source, which is done `every` so often, and record what it offers, or why it was not listed.

    `known_misses` are the names that the last listing did not take: of these it was warned then. Raises TransientError.
    """
    try:
        listing = read_listing(
            dataset,
            service.publishers,
            service.storage,
            lambda file_name: registry.loaded_version(connection, dataset.key, file_name),
        )
    except TransientError as error:
        registry.fail_listing(connection, dataset.key, str(error), error.retry_after)
        raise
    registry.record_listing(connection, dataset.key, listing, every)
    if set(listing.near_misses) - set(known_misses):
        context.log.warning(_passed_over(dataset, listing.near_misses))
    if listing.unanswered:
        unseen = " ".join(listing.unanswered)
        context.log.warning(f"Listed again soon, since it is not known whether some files have changed: {unseen}")


def _listed(dataset: Dataset, outlook: registry.Outlook) -> str:
    when = _moment(outlook.listed_at) if outlook.listed_at else "never"
    due = "Files wait for a run." if outlook.is_due else "No file waits for a run."
    passed_over = f" {_passed_over(dataset, outlook.near_misses)}" if outlook.near_misses else ""
    failed = ""
    if outlook.error and outlook.next_attempt_at:
        failed = f"{outlook.error} {dataset.key} is listed again at {_moment(outlook.next_attempt_at)}. "
    return f"{failed}{dataset.key} was listed last: {when}. {due}{passed_over}"


def _moment(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M:%S} UTC"


def _passed_over(dataset: Dataset, near_misses: Sequence[str]) -> str:
    if dataset.release:
        return (
            f"Not taken: {', '.join(near_misses)}. A release is loaded once there is a file of each table; if the name "
            "of a file is wrong, give it the right one."
        )
    return (
        f"Not taken, though they nearly match what {dataset.key} declares: {', '.join(near_misses)}. "
        "If one of them is a file of this dataset, correct the declaration."
    )


def due_sensor(
    datasets: Sequence[Dataset], feeds: Mapping[str, Feed], jobs: Sequence["Job"], service: Service
) -> SensorDefinition:
    """Ask for a run over all files of each dataset that are due. `feeds` are by the dataset's key, `jobs` theirs."""
    listed = {dataset.key: dataset for dataset in datasets if dataset.source}
    declarations = {key: dataset.fingerprint for key, dataset in listed.items()}

    @sensor(
        name="files__due",
        description="Asks for runs over the files of all published datasets that are due: new, changed, or at their "
        "next attempt.",
        jobs=jobs,
        minimum_interval_seconds=interval(LOOK_SECONDS),
        default_status=DefaultSensorStatus.RUNNING,
    )
    def look_for_due_files(context: SensorEvaluationContext) -> SensorResult | SkipReason:
        requests, told = list[RunRequest](), list[str]()
        with service.database.look("sensor files") as connection:
            keys = registry.sources_with_work(connection, declarations)
            stopped = _stopped_sensors(context.instance) if keys else set[str]()
            for key in keys:
                if listing_sensor_name(feeds[key]) in stopped:
                    told.append(f"The sensor of {key} is stopped.")
                    continue
                found = _requests(context, connection, listed[key], feeds[key])
                if isinstance(found, SkipReason):
                    told.append(found.skip_message or "")
                else:
                    requests += found
        if requests:
            return SensorResult(run_requests=requests)
        return SkipReason(" ".join(filter(None, told)) or "No file is due.")

    return look_for_due_files


def _stopped_sensors(instance: DagsterInstance) -> set[str]:
    """The sensors that somebody has stopped in the Dagster UI: whoever does so wants no runs of the dataset."""
    states = instance.all_instigator_state()
    return {state.instigator_name for state in states if state.status == InstigatorStatus.STOPPED}


def _requests(
    context: SensorEvaluationContext, connection: Connection, dataset: Dataset, feed: Feed
) -> list[RunRequest] | SkipReason:
    """The runs over what is due in a dataset, or why there are none now."""
    if run_id := datasets_in_work(context.instance, connection, feed.name).get(dataset.key):
        return SkipReason(f"Run {run_id} works on files of {dataset.key}; new ones wait until it ends.")
    if backoff := start_backoff(context.instance, feed.name):
        registry.explain_wait(connection, dataset.key, backoff.skip_message)
        return SkipReason(backoff.skip_message)
    orphaned = registry.requeue_orphaned(connection, dataset.key)
    if orphaned:
        context.log.warning(f"Their process ended before they were loaded; tried again: {', '.join(orphaned)}")
    # The order in which they become partitions, and in which a run loads them.
    due = dataset.in_order(registry.due_files(connection, dataset.key, dataset.fingerprint))
    return requests_for(context.instance, feed, {dataset.key: due}) if due else []
