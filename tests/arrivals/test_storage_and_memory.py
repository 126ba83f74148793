"""Files in parts with an S3 behind the service, and how much memory a large one takes."""

import hashlib
import re
from collections.abc import Iterator
from pathlib import Path

import boto3
import psutil
import pytest

from infra.local.postgres import Postgres
from tests.arrivals.signed import DATASET, ask, begin
from tests.parts.arriving import MEBIBYTE, table
from tests.parts.service import Client, Service, running
from tests.parts.stoppable import OwnS3

# Above what a process takes idle. Measured: 50, while parts of 4 MB come in. It does not grow with the file.
MOST_MEGABYTES = 96
LARGE = 200


@pytest.fixture
def s3(tmp_path: Path) -> Iterator[OwnS3]:
    server = OwnS3(tmp_path)
    server.start()
    yield server
    server.stop()


def uploading(service: Service) -> Client:
    service.execute(
        "INSERT INTO pipeline (organisation, dataset, slug, may_hold_personal_data)"
        " VALUES ('dbt', 'sales', 'dbt-sales', false)"
    )
    return service.add_client("sender", f"upload:{DATASET}")


def names_in(s3: OwnS3) -> list[str]:
    settings = s3.settings
    store = boto3.client(
        "s3",
        endpoint_url=settings["AWS_ENDPOINT_URL"],
        aws_access_key_id=settings["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=settings["AWS_SECRET_ACCESS_KEY"],
        region_name=settings["AWS_REGION"],
    )
    return [found["Key"] for found in store.list_objects_v2(Bucket="bucket").get("Contents", ())]


def test_parts_are_objects_of_a_bucket_until_they_are_one(
    postgres_server: Postgres, migrated_template: str, tmp_path: Path, s3: OwnS3
) -> None:
    postgres_server.create_database("in_s3", template=migrated_template)
    content = table(12)
    with running(
        postgres_server.url("in_s3"), tmp_path, **{**s3.settings, "DSS_UPLOAD_PART_MEGABYTES": "5"}
    ) as service:
        client = uploading(service)
        first, second = begin(client, content), begin(client, content + b"1,2\n")
        for upload in (first, second):
            for number in (2, 0, 1):
                part = (content if upload is first else content + b"1,2\n")[number * 5 * MEBIBYTE :][: 5 * MEBIBYTE]
                assert ask(client, "PUT", f"/{upload['id']}/parts/{number}", part).status_code == 204
        assert len(names_in(s3)) == 6

        version = ask(client, "POST", f"/{first['id']}/complete").json()["version"]
        assert ask(client, "DELETE", f"/{second['id']}").status_code == 204

        assert names_in(s3) == [f"prefix/uploads/dbt/sales/{version}"]
        assert service.ask("SELECT digest FROM pipeline_data_file") == hashlib.sha256(content).hexdigest()


def most_memory(service: Service) -> int:
    """The most kilobytes that any process of the web app has held so far."""
    address, found = service.url.removeprefix("http://"), []
    for process in psutil.process_iter():
        try:
            if process.environ().get("DSS_WEB_BIND") == address:
                status = Path("/proc", str(process.pid), "status").read_text()
                found += [int(peak) for peak in re.findall(r"VmHWM:\s+(\d+) kB", status)]
        except (psutil.Error, OSError):
            continue
    assert found
    return max(found)


def test_a_large_file_takes_no_more_memory_than_a_few_of_its_parts(
    postgres_server: Postgres, migrated_template: str, tmp_path: Path
) -> None:
    postgres_server.create_database("large_parts", template=migrated_template)
    settings = {"S3_BUCKET_URL": (tmp_path / "storage").as_uri(), "DSS_WEB_WORKERS": "1"}
    with running(postgres_server.url("large_parts"), tmp_path, **settings) as service:
        client = uploading(service)
        # What a process loads with its first upload is no growth.
        small = begin(client, b"a,b\n1,2\n")
        ask(client, "PUT", f"/{small['id']}/parts/0", b"a,b\n1,2\n")
        ask(client, "POST", f"/{small['id']}/complete")
        before = most_memory(service)
        upload = begin(client, b"", size=LARGE * MEBIBYTE, sha256="")
        size = upload["part_size"]
        part = table(size / MEBIBYTE)[:size]

        for number in range(LARGE * MEBIBYTE // size):
            assert ask(client, "PUT", f"/{upload['id']}/parts/{number}", part).status_code == 204
        assert ask(client, "POST", f"/{upload['id']}/complete").status_code == 200

        grown = (most_memory(service) - before) / 1024
        assert grown < MOST_MEGABYTES, f"{grown:.0f} MB above idle"
