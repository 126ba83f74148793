"""The settings -> how this deployment delivers."""

from typing import Self

from pydantic import Field, model_validator

from dss_assets import dataflow
from dss_assets.database import Database
from dss_assets.dataflow import DataflowSettings
from dss_assets.delivery.api import Delivery
from dss_assets.delivery.by_copy import ByCopy
from dss_assets.delivery.by_dataflow import ByDataflow
from dss_assets.delivery.datasets_database import DatasetsDatabase
from dss_web.shared.settings import DatabaseUrl


class DeliverySettings(DataflowSettings):
    """Who copies tables into the datasets database: data-flow, or we."""

    dss_datasets_database_url: DatabaseUrl = Field(
        "",
        repr=False,
        description="The datasets database, into which the service copies its tables by itself: a URL, or the JSON of "
        "a secret of RDS. Set it, or `DATAFLOW_BASE_URL` if data-flow copies them, and not both. Keep it secret.",
    )

    def datasets_database_url(self) -> str:
        """DSS_DATASETS_DATABASE_URL as it is now, for a connection that is opened."""
        return self.url_now("dss_datasets_database_url")

    @model_validator(mode="after")
    def _says_who_delivers(self) -> Self:
        if self.dss_datasets_database_url and self.dataflow_base_url:
            raise ValueError(
                "DSS_DATASETS_DATABASE_URL and DATAFLOW_BASE_URL are both set, and two would write the same tables. "
                "Set the first if the service is to copy tables into the datasets database, the second if data-flow is"
            )
        if not (self.dss_datasets_database_url or self.dataflow_base_url):
            raise ValueError(
                "nobody would copy tables into the datasets database. Set DSS_DATASETS_DATABASE_URL if the service is "
                "to do it, or DATAFLOW_BASE_URL if data-flow is"
            )
        return self


def connect(settings: DeliverySettings, database: Database) -> Delivery:
    """The delivery that the settings name. `database` is the service's own."""
    if settings.dataflow_base_url:
        return ByDataflow(dataflow.connect(settings))
    digest = dataflow.digest([], [settings.dss_datasets_database_url])
    return ByCopy(database, DatasetsDatabase(settings.datasets_database_url), digest)
