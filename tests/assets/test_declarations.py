"""A code location that has loaded writes down what it declares, once, and not while it is imported."""

from dataclasses import replace

import psycopg
import pytest
from dagster import SkipReason, build_sensor_context

from dss_assets.assets.declarations import declarations_sensor
from dss_assets.catalogue import record_datasets
from dss_assets.database import Connection
from dss_assets.dataset import Dataset
from dss_assets.datasets import BACI, EXPORTERS
from dss_assets.resources import AssetsSettings, Service
from tests.parts.assets_fixtures import Select

TITLES = "SELECT key, title, withdrawn_at IS NOT NULL FROM operations.dataset ORDER BY key"


def look(database_url: str, *datasets: Dataset) -> None:
    """What the daemon asks of a code location that has just loaded, twice."""
    location = declarations_sensor(datasets, Service(AssetsSettings.model_construct(dss_database_url=database_url)))
    for _ in range(2):
        skipped = location(build_sensor_context())
        assert isinstance(skipped, SkipReason)
        assert skipped.skip_message is not None and "are in operations.dataset since 20" in skipped.skip_message


def test_what_has_been_reloaded_is_written_down(database_url: str, select: Select) -> None:
    look(database_url, EXPORTERS, BACI)
    assert [title for _, title, _ in select(TITLES)] == [BACI.title, EXPORTERS.title]

    look(database_url, replace(EXPORTERS, title="Firms that export"))
    assert select(TITLES) == [("dit.baci", BACI.title, True), ("hmrc.exporters", "Firms that export", False)]


def test_it_is_written_once_for_each_load(database_url: str, connection: Connection, select: Select) -> None:
    service = Service(AssetsSettings.model_construct(dss_database_url=database_url))
    before_the_release = declarations_sensor([EXPORTERS], service)
    before_the_release(build_sensor_context())

    record_datasets(connection, [EXPORTERS, BACI])
    before_the_release(build_sensor_context())

    assert [gone for _, _, gone in select(TITLES)] == [False, False], "the newer release's stay"


def test_what_could_not_be_written_is_written_at_the_next_look(
    database_url: str, connection: Connection, select: Select
) -> None:
    location = declarations_sensor([BACI], Service(AssetsSettings.model_construct(dss_database_url=database_url)))
    connection.execute("ALTER TABLE operations.dataset RENAME TO away")
    with pytest.raises(psycopg.errors.UndefinedTable):
        location(build_sensor_context())

    connection.execute("ALTER TABLE operations.away RENAME TO dataset")
    location(build_sensor_context())

    assert [key for key, _, _ in select(TITLES)] == ["dit.baci"]
