"""Deliveries, for tests of what comes before and after them."""

from dss_assets import dataflow, uploads
from dss_assets.database import Connection
from dss_assets.dataflow import DataflowSettings
from dss_assets.delivery.by_dataflow import ByDataflow

# Nobody listens there: for what is not asked of data-flow.
BY_DATAFLOW = ByDataflow(
    dataflow.connect(
        DataflowSettings(dataflow_base_url="http://127.0.0.1:9", dataflow_hawk_id="dss", dataflow_hawk_key="key")
    )
)


def mark_delivered(connection: Connection, file_id: str) -> None:
    """Let a run have copied the table of an upload."""
    connection.execute(
        "WITH run AS (INSERT INTO operations.dataflow_run (schema_name, table_name, state, requested_at, finished_at)"
        " SELECT source, 'L0', 'success', now(), now() FROM operations.datafile_registry WHERE file_name = %(file)s"
        " RETURNING id) UPDATE operations.datafile_registry SET dataflow_run_id = run.id FROM run"
        " WHERE file_name = %(file)s",
        {"file": file_id},
    )
    uploads.mark_delivered(connection)
