"""What is declared reaches `operations.dataset` when the code location has loaded: at its start, and after a reload."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final

from dagster import DefaultSensorStatus, SensorDefinition, SensorEvaluationContext, SkipReason, sensor

from dss_assets.assets.intervals import interval
from dss_assets.catalogue import record_datasets
from dss_assets.dataset import Dataset
from dss_assets.resources import Service

# How soon after "Reload definitions" the web half describes and serves what has changed. A look costs no statement.
EVERY_SECONDS: Final = 15


def declarations_sensor(datasets: Sequence[Dataset], service: Service) -> SensorDefinition:
    """Write the declarations down at the first look after the code has been loaded; an import writes nothing.

    The release's own step does so too, before its web app starts: there a failure stops the release.
    """
    written_at: list[datetime] = []

    @sensor(
        name="declarations__recorded",
        description="Writes what is declared to where the web app looks for it, once the code is loaded. Starts "
        "nothing.",
        minimum_interval_seconds=interval(EVERY_SECONDS),
        default_status=DefaultSensorStatus.RUNNING,
    )
    def record(context: SensorEvaluationContext) -> SkipReason:
        if not written_at:
            with service.database.look("sensor declarations") as connection:
                changes = record_datasets(connection, datasets)
            written_at.append(datetime.now(UTC))
            context.log.info(f"operations.dataset: {changes}")
        return SkipReason(
            f"The declarations as they were loaded are in operations.dataset since {written_at[0]:%Y-%m-%d %H:%M:%S} "
            "UTC."
        )

    return record
