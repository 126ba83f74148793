"""What ends of all that was written, once a night: an asset that shows how much of each kind went."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Final

import psycopg
from dagster import (
    AssetExecutionContext,
    AssetsDefinition,
    AssetSelection,
    DefaultScheduleStatus,
    Failure,
    MaterializeResult,
    MetadataValue,
    ResourceParam,
    ScheduleDefinition,
    TableColumn,
    TableRecord,
    TableSchema,
    asset,
    define_asset_job,
)
from sqlalchemy.exc import SQLAlchemyError

from dss_assets.assets.history import thin_out
from dss_assets.errors import IngestionError
from dss_assets.resources import Service
from dss_assets.retention import Removed, kinds

NAME: Final = "retention"
# Steps and jobs may not share a name.
JOB: Final = "remove_what_is_old"
# Between the last people and the first publishers of a day.
EVERY_NIGHT: Final = "17 3 * * *"
TIMEZONE: Final = "Europe/London"
HISTORY: Final = "Dagster's history"
_COLUMNS: Final = TableSchema(
    [
        TableColumn("kind"),
        TableColumn("ends after"),
        TableColumn("removed", "int"),
        TableColumn("bytes", "int", description="Where they are known"),
        TableColumn("oldest that stays"),
    ]
)


def retention_asset(service: Service) -> AssetsDefinition:
    """Remove whatever has been kept long enough. A kind that fails keeps no other from its end."""
    settings = service.settings

    @asset(
        name=NAME,
        group_name="service",
        description="Removes what has been kept long enough, as the settings say: runs, receipts, sessions and the "
        "like. Files as they came are kept, unless a setting says otherwise.",
    )
    def retention(context: AssetExecutionContext, service: ResourceParam[Service]) -> MaterializeResult[None]:
        now, removed, errors = datetime.now(UTC), dict[str, tuple[timedelta | None, Removed]](), dict[str, str]()
        try:
            with service.database.connect(NAME) as connection:
                for kind in kinds(settings):
                    if kind.after is None:
                        removed[kind.name] = (None, Removed(0))
                        continue
                    try:
                        removed[kind.name] = (kind.after, kind.remove(connection, service.storage, now - kind.after))
                    except (psycopg.Error, IngestionError) as error:
                        errors[kind.name] = str(error)
        except IngestionError as error:
            errors["the service's database"] = str(error)
        after = timedelta(days=settings.dss_run_retention_days)
        try:
            of_history = thin_out(context.instance, now - after)
            removed |= {name: (after, one) for name, one in of_history.items()}
        except SQLAlchemyError as error:
            errors[HISTORY] = str(error)
        metadata = shown(removed)
        if errors:
            told = "\n".join(f"{name}: {error}" for name, error in errors.items())
            raise Failure(
                f"Not everything that is old was removed; the next run tries it again.\n{told}", metadata=metadata
            )
        return MaterializeResult(metadata=metadata)

    return retention


def retention_schedule() -> ScheduleDefinition:
    """Every night."""
    return ScheduleDefinition(
        name=f"{NAME}__nightly",
        job=define_asset_job(
            JOB,
            selection=AssetSelection.assets(NAME),
            description="Removes what has been kept long enough. Launch it by hand after a setting was lowered.",
        ),
        cron_schedule=EVERY_NIGHT,
        execution_timezone=TIMEZONE,
        default_status=DefaultScheduleStatus.RUNNING,
        description="Removes what has been kept long enough.",
    )


def shown(removed: Mapping[str, tuple[timedelta | None, Removed]]) -> dict[str, MetadataValue]:
    """A table of all kinds, and a number of each, which the UI draws over time."""
    rows = [
        TableRecord(
            {
                "kind": name,
                "ends after": _told(after),
                "removed": one.count,
                "bytes": one.size,
                "oldest that stays": f"{one.oldest:%Y-%m-%d %H:%M}" if one.oldest else "",
            }
        )
        for name, (after, one) in removed.items()
    ]
    return {
        "removed": MetadataValue.table(rows, _COLUMNS),
        **{name: MetadataValue.int(one.count) for name, (_, one) in removed.items()},
    }


def _told(after: timedelta | None) -> str:
    if after is None:
        return "never"
    return f"{after.days} days" if after else "its own time"
