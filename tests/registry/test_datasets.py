"""What the declarations say of each dataset is in a table, where the web half reads it."""

import os
import subprocess
import sys
from dataclasses import replace
from datetime import timedelta

from dss_assets.catalogue import Changes, record_datasets
from dss_assets.database import Connection
from dss_assets.datasets import BACI, DATASETS, EXPORTERS
from tests.conftest import REPOSITORY
from tests.parts.assets_fixtures import Select
from tests.registry.test_registry import models

DECLARED = "SELECT key, declared_at, withdrawn_at IS NOT NULL FROM operations.dataset ORDER BY key"


def test_a_declared_dataset_is_what_the_model_shows(connection: Connection) -> None:
    record_datasets(connection, [EXPORTERS])

    (row,) = models(connection, "dataset")

    assert EXPORTERS.licence
    expected = {
        "schema_name": "hmrc.exporters",
        "title": "HMRC exporters",
        "description": EXPORTERS.description,
        "owner": EXPORTERS.owner,
        "contact": EXPORTERS.contact,
        "licence": EXPORTERS.licence.name,
        "licence_url": EXPORTERS.licence.url,
        "source_page": EXPORTERS.source_page,
        "withdrawn_at": None,
    }
    assert {name: row[name] for name in expected} == expected
    assert EXPORTERS.late_after == timedelta(days=45)
    assert row["late_after"] == "45 00:00:00"
    l0, l1 = row["tables"]
    assert (l0["name"], l1["name"]) == ("L0", "L1")
    assert l1["columns"][2] == {
        "name": "datetime",
        "type": "timestamp without time zone",
        "description": "First day of the month of the exports.",
    }


def test_only_what_a_release_changes_is_written(connection: Connection, select: Select) -> None:
    assert record_datasets(connection, [EXPORTERS, BACI]) == Changes(added=["dit.baci", "hmrc.exporters"])
    before = select(DECLARED)

    assert record_datasets(connection, [EXPORTERS, BACI]) == Changes()
    assert select(DECLARED) == before

    renamed = replace(EXPORTERS, title="Exporters")
    assert record_datasets(connection, [renamed, BACI]) == Changes(changed=["hmrc.exporters"])
    assert select(DECLARED)[0] == before[0]


def test_a_dataset_that_is_no_longer_declared_is_withdrawn_and_may_come_back(
    connection: Connection, select: Select
) -> None:
    record_datasets(connection, [EXPORTERS, BACI])

    assert record_datasets(connection, [BACI]) == Changes(withdrawn=["hmrc.exporters"])
    assert [(key, gone) for key, _, gone in select(DECLARED)] == [("dit.baci", False), ("hmrc.exporters", True)]
    assert record_datasets(connection, [BACI]) == Changes()
    assert record_datasets(connection, [EXPORTERS, BACI]) == Changes(added=["hmrc.exporters"])


def test_the_command_of_a_release_writes_every_dataset(database_url: str, select: Select) -> None:
    environment = {**os.environ, "DSS_DATABASE_URL": database_url, "S3_BUCKET_URL": "file:///nowhere"}
    command = [sys.executable, "-m", "dss_assets", "declare"]
    said = [
        subprocess.run(command, cwd=REPOSITORY, env=environment, check=True, capture_output=True, text=True).stdout
        for _ in range(2)
    ]

    assert [key for key, _, _ in select(DECLARED)] == sorted(dataset.key for dataset in DATASETS)
    assert said[0].startswith("operations.dataset: added: companies_house.accounts_legacy, ")
    assert said[1] == "operations.dataset: nothing has changed\n"

    environment["DSS_DATABASE_URL"] = "postgresql://nobody@127.0.0.1:9/nowhere"
    refused = subprocess.run(command, cwd=REPOSITORY, env=environment, check=False, capture_output=True, text=True)
    assert refused.returncode == 1
    assert refused.stderr.startswith("The declarations were not written to operations.dataset. The database cannot")
