"""Tables that are not as their dataset declares: told when the code location loads, and mended by a job."""

from dagster import (
    AssetCheckEvaluation,
    AssetCheckSeverity,
    AssetMaterialization,
    Config,
    Failure,
    JobDefinition,
    OpExecutionContext,
    ResourceParam,
    job,
    op,
)
from pydantic import Field

from dss_assets.assets.checks import AS_DECLARED
from dss_assets.assets.feed import Feed
from dss_assets.assets.run_requests import feed_tags
from dss_assets.assets.run_sizes import load_tags
from dss_assets.database import Connection, run_lock
from dss_assets.dataset import Dataset
from dss_assets.errors import NotAsDeclared
from dss_assets.reshaping import declared_otherwise, reshape
from dss_assets.resources import Service


class Reshaping(Config):
    """The configuration of a run that reshapes a dataset."""

    withdraw: bool = Field(
        default=False, description="Yes: clients lose the columns and tables that are declared no longer."
    )


def reshape_job(dataset: Dataset, feed: Feed) -> JobDefinition:
    """Bring the tables of a dataset to the declared shape, from the files that are stored."""
    description = (
        f"Bring the tables of {dataset.key} to the shape that is declared now. The stored files are loaded again where "
        "that is needed; no publisher is asked, and readers see the old tables until the new ones are whole."
    )

    @op(name=f"{feed.name}__reshape", description=description)
    def reshape_tables(context: OpExecutionContext, config: Reshaping, service: ResourceParam[Service]) -> None:
        run_id = context.run_id
        with service.database.connect(f"run {run_id}") as connection, run_lock(connection, run_id):
            try:
                reshaped = reshape(
                    connection, service.storage, dataset, is_confirmed=config.withdraw, report=context.log.info
                )
            except NotAsDeclared as error:
                raise Failure(str(error), allow_retries=False) from error
        context.log.info("; ".join(reshaped.differences) or f"The tables of {dataset.key} are as declared already.")
        for name, rows in reshaped.rows.items():
            for table in dataset.file_tables:
                partition = feed.partition_of(dataset.key, name)
                context.log_event(
                    AssetMaterialization(
                        feed.keys[table], partition=partition, metadata={"dagster/partition_row_count": rows}
                    )
                )
        context.instance.report_runless_asset_event(_evaluation(feed, passed=True, differences=()))

    @job(
        name=f"reshape_{feed.name}",
        description=description,
        tags={**feed_tags(feed.name, [dataset.key]), **load_tags(feed)},
    )
    def reshape_dataset() -> None:
        reshape_tables()

    return reshape_dataset


class ShapeNews:
    """Tells, once for each load of the code location, whether a dataset's tables are as it declares."""

    def __init__(self, dataset: Dataset, feed: Feed) -> None:
        self._dataset, self._feed = dataset, feed
        self._is_told = False

    def tell(self, connection: Connection) -> list[AssetCheckEvaluation]:
        """The outcome of the check, or nothing where it is told already."""
        if self._is_told:
            return []
        differences = declared_otherwise(connection, self._dataset)
        self._is_told = True
        texts = tuple(difference.text for difference in differences)
        return [_evaluation(self._feed, passed=not texts, differences=texts, job_name=f"reshape_{self._feed.name}")]


def _evaluation(feed: Feed, *, passed: bool, differences: tuple[str, ...], job_name: str = "") -> AssetCheckEvaluation:
    remedy = f"{'; '.join(differences)}. Launch the job {job_name}." if differences else None
    return AssetCheckEvaluation(
        asset_key=feed.keys[feed.checked or "file"],
        check_name=AS_DECLARED,
        passed=passed,
        severity=AssetCheckSeverity.WARN,
        description=remedy,
        metadata={f"difference {number}": text for number, text in enumerate(differences, start=1)},
    )
