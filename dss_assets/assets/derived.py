"""A derived L1 as an asset: it depends on the tables of its inputs, and is materialised as a whole.

A person who materialises it can limit it, in the launchpad: `products: [201, 401]`.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from dagster import (
    AssetCheckResult,
    AssetExecutionContext,
    AssetKey,
    AssetsDefinition,
    AssetSpec,
    DagsterInstance,
    DefaultSensorStatus,
    Failure,
    Field,
    MaterializeResult,
    MetadataValue,
    Noneable,
    ResourceParam,
    RunRequest,
    SensorDefinition,
    SensorEvaluationContext,
    SensorResult,
    SkipReason,
    TableColumn,
    TableRecord,
    TableSchema,
    multi_asset,
    sensor,
)
from psycopg import sql

from dss_assets import dataflow, derivations, registry
from dss_assets.assets import declared
from dss_assets.assets.backoff import start_backoff
from dss_assets.assets.checks import derived_check_results, derived_check_specs
from dss_assets.assets.feed import Feed
from dss_assets.assets.intervals import interval
from dss_assets.assets.metadata import PREVIEW_ROWS, delivery
from dss_assets.assets.run_requests import datasets_in_work, feed_tags
from dss_assets.assets.specs import DESCRIPTIONS, KINDS
from dss_assets.database import Connection, run_lock
from dss_assets.dataset import Dataset
from dss_assets.derivations import TABLE, Made
from dss_assets.errors import IngestionError
from dss_assets.loading.recipe import derivation_of
from dss_assets.resources import Service
from dss_web.shared.contract import ColumnType

# Whoever reads what is derived waits for its inputs to be loaded, which takes longer.
_LOOK_SECONDS = 15


@dataclass(frozen=True, slots=True)
class Derivation:
    """A derived L1 with its names in Dagster. `delivery` is the asset of its delivery, if it is delivered."""

    dataset: Dataset
    delivery: str

    @property
    def name(self) -> str:
        """The name of its step."""
        return f"{self.dataset.organisation}__{self.dataset.name}__{TABLE}"

    @property
    def job_name(self) -> str:
        """The job that materialises it."""
        return f"derive_{self.name}"

    @property
    def keys(self) -> Mapping[str, AssetKey]:
        """Its assets by their last part: the table and, where it is delivered, its delivery."""
        parts = [TABLE, self.delivery] if self.dataset.dataflow_table == TABLE else [TABLE]
        return {part: AssetKey([self.dataset.organisation, self.dataset.name, part]) for part in parts}

    @property
    def units_field(self) -> str:
        """The name of the field of the run's configuration that limits it."""
        return f"{derivation_of(self.dataset).unit}s"


def derived_assets(derivation: Derivation) -> AssetsDefinition:
    """The assets of a derived L1. Their step makes it, then has it delivered."""
    dataset, derived = derivation.dataset, derivation_of(derivation.dataset)
    unit = next(column for column in derived.columns if column.name == derived.unit)
    is_number = unit.type in {ColumnType.INTEGER, ColumnType.BIGINT}

    @multi_asset(
        name=derivation.name,
        description=f"{dataset.description} {TABLE} is made of {', '.join(one.label for one in derived.inputs)}.",
        specs=list(_specs(derivation)),
        check_specs=derived_check_specs(dataset, derivation.keys[TABLE]),
        can_subset=True,
        config_schema={
            derivation.units_field: Field(
                Noneable([int if is_number else str]),
                default_value=None,
                is_required=False,
                description=f"Make the rows of these {derivation.units_field} only. Without it, of those to which the "
                f"table was limited the last time, if it was; [] for all.",
            )
        },
    )
    def make_table(
        context: AssetExecutionContext, service: ResourceParam[Service]
    ) -> Iterator[MaterializeResult[Any] | AssetCheckResult]:
        selected = {part for part, key in derivation.keys.items() if key in context.selected_asset_keys}
        units = context.op_execution_context.op_config[derivation.units_field]
        run_id = context.run.run_id
        with service.database.connect(f"run {run_id}") as connection, run_lock(connection, run_id):
            try:
                if TABLE in selected:
                    made = derivations.derive(service.database, connection, dataset, run_id, units, context.log.info)
                    yield MaterializeResult(
                        asset_key=derivation.keys[TABLE], metadata=_metadata(connection, service, dataset, made)
                    )
                yield from derived_check_results(connection, dataset, set(context.selected_asset_check_keys))
                if derivation.delivery in selected:
                    yield from _deliver(connection, service, derivation)
            except IngestionError as error:
                raise Failure(str(error), allow_retries=False) from error

    return make_table


def _specs(derivation: Derivation) -> Iterator[AssetSpec]:
    dataset, derived = derivation.dataset, derivation_of(derivation.dataset)
    made_of = f"Made as a whole of {', '.join(one.label for one in derived.inputs)} when one of them changes."
    yield AssetSpec(
        derivation.keys[TABLE],
        deps=[AssetKey([*one.dataset.split("."), one.table]) for one in derived.inputs],
        description=f"{made_of}\n\n{dataset.description}",
        group_name=dataset.organisation,
        skippable=True,
        kinds={"postgres", "table"},
        owners=declared.owners(dataset),
        tags=declared.tags(dataset),
        metadata={
            **declared.links(dataset),
            "dagster/column_schema": declared.column_schema(dataset, TABLE),
            "dagster/table_name": declared.table_name(dataset, TABLE),
        },
    )
    if derivation.delivery in derivation.keys:
        yield AssetSpec(
            derivation.keys[derivation.delivery],
            deps=[derivation.keys[TABLE]],
            description=DESCRIPTIONS[derivation.delivery],
            group_name=dataset.organisation,
            skippable=True,
            kinds=KINDS[derivation.delivery],
        )


def _metadata(connection: Connection, service: Service, dataset: Dataset, made: Made) -> dict[str, Any]:
    """What the UI shows of a table that was made, with its first rows."""
    cursor = connection.execute(
        sql.SQL("SELECT * FROM {} ORDER BY id LIMIT %s").format(sql.Identifier(dataset.key, TABLE)), [PREVIEW_ROWS]
    )
    names = [column.name for column in cursor.description or ()]
    records = [
        TableRecord({name: value if value is None else str(value) for name, value in zip(names, row, strict=True)})
        for row in cursor.fetchall()
    ]
    unit = derivation_of(dataset).unit
    return {
        "dagster/row_count": made.filled.rows,
        "seconds": round(made.seconds, 3),
        f"{unit}s made now": made.filled.units,
        f"{unit}s made by an earlier attempt": made.filled.earlier_units,
        **({f"limited to {unit}s": list(made.recipe.units)} if made.recipe.units else {}),
        "versions of the inputs": dict(made.recipe.inputs),
        "preview": MetadataValue.table(records, TableSchema([TableColumn(name) for name in names])),
        "in the catalogue": MetadataValue.url(service.page_url(dataset.key)),
    }


def _deliver(connection: Connection, service: Service, derivation: Derivation) -> Iterator[MaterializeResult[Any]]:
    """Deliver the table, unless an earlier run over it has not ended: the sensor asks for it then."""
    dataset = derivation.dataset
    dataflow.requeue(connection, dataset.derived_source, [TABLE])
    delivered = service.delivery.deliver(connection, dataset.derived_source, TABLE, dataset.key)
    if delivered:
        yield MaterializeResult(
            asset_key=derivation.keys[derivation.delivery], metadata=delivery(delivered, f"{dataset.key}.{TABLE}")
        )


def derived_sensor(derivation: Derivation, feeds: Mapping[str, Feed], service: Service) -> SensorDefinition:
    """Ask for a run once after each change of the inputs, when all of their files are loaded.

    `feeds` are those of the datasets by their key.
    """
    dataset = derivation.dataset
    inputs = sorted({one.dataset for one in derivation_of(dataset).inputs})

    @sensor(
        name=f"{derivation.name}__inputs",
        description=f"Changes of the tables of which {dataset.key}.{TABLE} is made.",
        job_name=derivation.job_name,
        minimum_interval_seconds=interval(_LOOK_SECONDS),
        default_status=DefaultSensorStatus.RUNNING,
    )
    def look_at_inputs(context: SensorEvaluationContext) -> SensorResult | SkipReason:
        source = dataset.derived_source
        with service.database.look(f"sensor {source}") as connection:
            if registry.requeue_orphaned(connection, source):
                context.log.warning(f"The process that made {dataset.key}.{TABLE} ended before it was done.")
            outlook = derivations.outlook(connection, dataset)
            if not outlook.is_due:
                return SkipReason(outlook.reason)
            if run_id := datasets_in_work(context.instance, connection, derivation.name).get(source):
                return SkipReason(f"Run {run_id} makes {dataset.key}.{TABLE} already.")
            for key in inputs:
                if run_id := datasets_in_work(context.instance, connection, feeds[key].name).get(key):
                    return SkipReason(f"Run {run_id} works on {key}; {dataset.key}.{TABLE} waits until it ends.")
            if backoff := start_backoff(context.instance, derivation.name):
                return SkipReason(backoff.skip_message)
        context.log.info(outlook.reason)
        return SensorResult(
            run_requests=[RunRequest(job_name=derivation.job_name, tags=feed_tags(derivation.name, [source]))]
        )

    return look_at_inputs


def delivery_requests(instance: DagsterInstance, connection: Connection, derivation: Derivation) -> list[RunRequest]:
    """A run that delivers the table, where that is wanted, and no run works that does so by itself."""
    source = derivation.dataset.derived_source
    if (
        derivation.delivery not in derivation.keys
        or start_backoff(instance, derivation.name)
        or datasets_in_work(instance, connection, derivation.name)
    ):
        return []
    return [
        RunRequest(
            job_name=derivation.job_name,
            asset_selection=[derivation.keys[derivation.delivery]],
            tags=feed_tags(derivation.name, [source]),
        )
    ]
