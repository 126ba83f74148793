"""`up --once`: wait until everything that the publisher offers is in the datasets database."""

from dataclasses import dataclass
from pathlib import Path

import psycopg

from dss_assets.datasets import DATASETS
from infra.local.operator_inbox import inbox_files
from infra.local.publisher import Publisher

# The service's own record of a file, with that of the delivery which serves it.
QUERY = """
    SELECT file.state, file.rows, file.seconds, coalesce(file.error_message, ''),
           file.state = 'failed' AND file.next_attempt_at IS NULL,
           coalesce(run.state, 'not asked for'), coalesce(run.error_message, '')
    FROM operations.datafile_registry AS file
    LEFT JOIN operations.dataflow_run AS run ON run.id = file.dataflow_run_id
    WHERE file.source = %s AND file.file_name = %s
"""


# What is not delivered has arrived once it is loaded.
_NOT_DELIVERED = frozenset(dataset.key for dataset in DATASETS if dataset.dataflow_table is None)


@dataclass(frozen=True, slots=True)
class Arrival:
    """How far a file has come. `reason` is empty once it is in the datasets database, or loaded if it is not for that.

    `is_refused`: it failed and is not tried again, so there is nothing to wait for.
    """

    dataset: str
    file: str
    rows: int | None
    seconds: float | None
    reason: str
    is_refused: bool = False


def offered_files(folder: Path) -> list[tuple[str, str]]:
    """Everything below a publisher's folder that should arrive: (organisation.dataset, file name)."""
    publisher = Publisher(folder, settle_seconds=0)
    published = [(dataset, file) for dataset in publisher.sources for file in publisher.published(dataset)]
    # Files in subfolders are pieces of a release, and arrive under its name.
    brought = [(dataset, file) for dataset, file in inbox_files(folder) if file.parent == folder / dataset]
    return sorted((dataset.replace("/", "."), file.name) for dataset, file in [*published, *brought])


def arrivals(database_url: str, folder: Path) -> list[Arrival]:
    """Every offered file with how far it has come."""
    with psycopg.connect(database_url) as connection:
        return [_arrival(connection, dataset, name) for dataset, name in offered_files(folder)]


def _arrival(connection: psycopg.Connection[tuple[object, ...]], dataset: str, name: str) -> Arrival:
    row = connection.execute(QUERY, [dataset, name]).fetchone()
    if row is None:
        return Arrival(dataset, name, None, None, "not fetched yet: the Dagster UI shows what its sensor says")
    state, rows, seconds, error, is_refused, run_state, run_error = row
    reason = ""
    if state != "processed":
        reason = f"{state} {error}".strip()
    elif run_state != "success" and dataset not in _NOT_DELIVERED:
        reason = f"processed, but its delivery is: {run_state} {run_error}".strip()
    return Arrival(dataset, name, rows, seconds, reason, is_refused)  # type: ignore[arg-type] # the columns have these types


def as_table(arrived: list[Arrival]) -> str:
    """For people: dataset, file, rows, seconds."""
    lines = [("dataset", "file", "rows", "seconds")]
    for arrival in arrived:
        rows = "-" if arrival.rows is None else f"{arrival.rows:,}"
        lines.append(
            (arrival.dataset, arrival.file, rows, "-" if arrival.seconds is None else f"{arrival.seconds:.1f}")
        )
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    return "\n".join(
        f"{dataset:<{widths[0]}}  {file:<{widths[1]}}  {rows:>{widths[2]}}  {seconds:>{widths[3]}}"
        for dataset, file, rows, seconds in lines
    )
