"""What is checked of a derived L1 once it is made, and what the Dagster UI shows of it."""

from dataclasses import replace

import pytest
from dagster import AssetCheckResult, AssetCheckSeverity, AssetKey

from dss_assets.assets.checks import derived_check_results, derived_check_specs
from dss_assets.database import Connection, Database
from dss_assets.dataset import Dataset, NotNull, References, RowCheck, Severity, Unique, Within
from dss_assets.derivations import derive
from dss_assets.errors import InvalidDerivation
from tests.loading.test_derived import SHADE, TREES, WOODS, with_part
from tests.parts.assets_fixtures import Ingest, Select

CHECKS: tuple[RowCheck, ...] = (
    Unique(("wood",)),
    NotNull("shade"),
    Within("shade", 20, 100, severity=Severity.WARN),
    References("wood", "forestry.woods", "wood"),
)
CHECKED = replace(TREES, l1=replace(SHADE, checks=CHECKS))
L1 = AssetKey(["forestry", "trees", "L1"])
FINDINGS = "SELECT findings FROM operations.datafile_registry WHERE source = 'forestry.trees.transformed'"


def results(connection: Connection, dataset: Dataset) -> dict[str, AssetCheckResult]:
    selected = {spec.key for spec in derived_check_specs(dataset, L1)}
    return {str(result.check_name): result for result in derived_check_results(connection, dataset, selected)}


@pytest.fixture(autouse=True)
def inputs(ingest_bytes: Ingest) -> None:
    ingest_bytes(TREES, "trees.csv", b"wood,height\nAsh,2\nAsh,5\nBeech,4\nCedar,10\nCedar,1\n")
    ingest_bytes(WOODS, "woods.csv", b"wood\nAsh\nBeech\nCedar\n")


def test_each_row_of_the_table_is_checked_once_it_is_made(
    connection: Connection, database_url: str, select: Select
) -> None:
    derive(Database(database_url), connection, CHECKED, "a run")
    assert select(FINDINGS) == [(None,)], "not yet"

    found = results(connection, CHECKED)

    assert {name for name, result in found.items() if result.passed} == {
        "unique_wood",
        "not_null_shade",
        "references_wood",
    }
    assert found["within_shade"].description == "Rows whose shade is not from 20 to 100: 1, for example 10."
    assert found["within_shade"].severity == AssetCheckSeverity.WARN
    assert select(FINDINGS) == [({"within_shade": found["within_shade"].description},)]


def test_rows_that_come_again_and_values_that_lack_are_found(connection: Connection, database_url: str) -> None:
    rows = "SELECT wood, CASE wood WHEN 'Ash' THEN height END AS shade FROM tall JOIN {woods} USING (wood)"
    doubled = replace(CHECKED, l1=replace(SHADE, checks=CHECKS, parts=with_part("rows", rows).l1.parts))  # type: ignore[union-attr]

    derive(Database(database_url), connection, doubled, "a run")

    found = results(connection, doubled)
    assert found["unique_wood"].description == "Rows that repeat wood of another row: 1, for example Ash."
    assert found["not_null_shade"].description == "Rows without shade: 2."


def test_after_an_attempt_that_failed_the_table_before_is_checked(
    connection: Connection, database_url: str, ingest_bytes: Ingest
) -> None:
    derive(Database(database_url), connection, CHECKED, "a run")
    nothing = with_part("tall", "SELECT wood, height FROM {trees} WHERE wood = ANY ({units}) AND height > 1000")
    with pytest.raises(InvalidDerivation):
        derive(Database(database_url), connection, nothing, "a run")

    assert not results(connection, CHECKED)["within_shade"].passed
