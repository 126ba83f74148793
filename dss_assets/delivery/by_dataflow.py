"""data-flow delivers: it is told of a table, and copies it from the API."""

from dss_assets import dataflow
from dss_assets.database import Connection
from dss_assets.dataflow import DataFlow, Run
from dss_assets.delivery.api import Delivered, Withdrawal


class ByDataflow:
    """Delivery by an Airflow."""

    asset = "dataflow"
    external_asset = "datasets_database"

    def __init__(self, api: DataFlow) -> None:
        self.api = api

    def deliver(self, connection: Connection, source: str, table: str, schema: str | None = None) -> Delivered | None:
        """Ask data-flow for a run, whose end `poll` will see."""
        run = dataflow.trigger(connection, self.api, source, table, schema)
        if run is None:
            return None
        facts = {"data-flow run": run.run_id, "execution date": run.execution_date}
        return Delivered(run, facts, run.link or self.api.base_url)

    def due_sources(self, connection: Connection) -> dict[str, str]:
        """Those for which data-flow is to be asked."""
        return dataflow.due_sources(connection, self.api)

    def poll(self, connection: Connection) -> list[Run]:
        """Ask data-flow."""
        return dataflow.poll(connection, self.api)

    def withdraw(self, organisation: str, dataset: str) -> Withdrawal:
        """Nothing: the datasets database is out of our reach."""
        table = f'"{organisation}"."{dataset}"'
        return Withdrawal(
            f"The copy in Data Workspace, if there was one: an operator drops the table {table} in the datasets "
            "database, and whatever data-flow keeps of it."
        )
