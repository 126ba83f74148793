"""The generated sample files, read by the service."""

import hashlib
from functools import partial
from pathlib import Path

import psycopg
import pytest

from dss_assets.database import Database
from dss_assets.datasets import DATASETS
from dss_assets.ingestion import ingest
from dss_assets.storage import Storage, StoredFile
from infra.local.samples import write_onspd, write_samples

pytestmark = pytest.mark.stand_in


def store(storage: Storage, path: str, content: bytes, _entry: object) -> tuple[StoredFile, str]:
    """What stands in for fetching a file: its content, put into the storage, and its version."""
    return storage.put(path, [content]), "v1"


def test_the_service_loads_every_sample_file(tmp_path: Path, database_url: str, storage_url: str) -> None:
    write_samples(tmp_path / "samples")
    storage = Storage(storage_url, "datasets", "uploads")

    rows = {}
    with Database(database_url).connect("test") as connection:
        for dataset in DATASETS:
            for file in sorted((tmp_path / "samples" / dataset.organisation / dataset.name).glob("*")):
                path = storage.dataset_path(dataset.organisation, dataset.name, file.name)
                content = file.read_bytes()
                loaded = ingest(
                    connection,
                    storage,
                    dataset,
                    file.name,
                    "a run",
                    partial(store, storage, path, content),
                )
                rows[file.name] = (loaded.rows, dict(loaded.skipped))

    few = {"fewer than 10 fields": 1}
    others = {"a member of another name": 2}
    assert rows == {
        "ONSPD_FEB_2024_UK.zip": (3000, others),
        "ONSPD_MAY_2024_UK.zip": (3200, others),
        "exporters2403.zip": (1500, few),
        "exporters2404.zip": (1500, few),
        "exporters2405.zip": (1500, few),
        "Accounts_Bulk_Data-2024-06-01.zip": (500, {}),
        "reference_postcodes.csv": (2500, {}),
        "2024-06.zip": (50, {}),
        "BACI_HS92_Y2022_V202601.csv": (3, {}),
        "codes.csv": (4, {}),
        "members.csv": (1, {}),
        "rates.csv": (1, {}),
        "tariff.csv": (4, {}),
    }
    with psycopg.connect(database_url) as connection:
        query = 'SELECT count(DISTINCT pcds) FROM "ons.postcode_directory"."L1"'
        assert connection.execute(query).fetchone() == (3200,)


@pytest.mark.parametrize("rows", [0, 500])
def test_the_same_arguments_give_the_same_bytes(tmp_path: Path, rows: int) -> None:
    digests = set()
    for name in ("one.zip", "other.zip"):
        write_onspd(tmp_path / name, rows, "MAY", 2024)
        digests.add(hashlib.sha256((tmp_path / name).read_bytes()).hexdigest())

    assert len(digests) == 1
    assert sorted(file.name for file in tmp_path.iterdir()) == ["one.zip", "other.zip"]
