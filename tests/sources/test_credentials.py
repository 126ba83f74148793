"""Headers with keys: sent to the declared hosts, and nowhere else."""

import logging
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
from dagster import DagsterInstance, build_sensor_context

from dss_assets.assets import build_definitions
from dss_assets.dataset import FixedUrl, Header, HtmlLinks
from dss_assets.datasets import REFERENCE_POSTCODES
from dss_assets.errors import MissingKey, TransientError
from dss_assets.resources import AssetsSettings, Service
from dss_assets.sources import PublisherClient, fetch_file, list_files
from dss_assets.storage import Storage
from tests.conftest import REPOSITORY
from tests.parts.unruly import Answer, UnrulyPublisher
from tests.parts.unruly_fixtures import UNRULY

SECRET = "s3cr3t-key"
NAME = "Ocp-Apim-Subscription-Key"
DAILY = timedelta(days=1)
SOURCE = FixedUrl(f"{UNRULY}/data.csv", "data.csv", DAILY, headers=(Header(NAME, key="comtrade"),))
DATASET = replace(REFERENCE_POSTCODES, source=SOURCE)


@pytest.fixture
def other() -> Iterator[UnrulyPublisher]:
    with UnrulyPublisher() as publisher:
        yield publisher


@pytest.fixture
def keyed(unruly: UnrulyPublisher, other: UnrulyPublisher) -> PublisherClient:
    return PublisherClient({UNRULY: unruly.url, other.url: other.url}, keys={"comtrade": SECRET})


def keys_of(publisher: UnrulyPublisher) -> list[str | None]:
    return [headers.get(NAME) for _, _, headers in publisher.asked]


def test_the_key_is_sent_with_every_request_to_the_publisher(
    unruly: UnrulyPublisher, keyed: PublisherClient, storage: Storage
) -> None:
    unruly.answers["/data.csv"] = Answer(b"a\n", head_status=405)

    [file] = list_files(DATASET, keyed, storage)
    assert b"".join(fetch_file(SOURCE, file, keyed)) == b"a\n"

    assert keys_of(unruly) == [SECRET] * 3
    assert SECRET not in repr(file)


def test_a_header_may_begin_with_a_word_of_its_scheme(
    unruly: UnrulyPublisher, keyed: PublisherClient, storage: Storage
) -> None:
    unruly.answers["/data.csv"] = Answer(b"a\n")
    source = replace(SOURCE, headers=(Header("Authorization", key="comtrade", prefix="Bearer "),))

    list_files(replace(DATASET, source=source), keyed, storage)

    assert unruly.asked[0][2]["Authorization"] == f"Bearer {SECRET}"


@pytest.mark.parametrize("name", [NAME, "Authorization"])
def test_the_key_is_not_sent_after_a_redirect_to_another_host(
    name: str, unruly: UnrulyPublisher, other: UnrulyPublisher, keyed: PublisherClient, storage: Storage
) -> None:
    unruly.answers["/data.csv"] = Answer(status=302, head_status=302, headers={"Location": f"{other.url}/cdn.csv"})
    other.answers["/cdn.csv"] = Answer(b"a\n")
    source = replace(SOURCE, headers=(Header(name, key="comtrade"),))

    [file] = list_files(replace(DATASET, source=source), keyed, storage)
    assert b"".join(fetch_file(source, file, keyed)) == b"a\n"

    assert {headers.get(name) for _, _, headers in unruly.asked} == {SECRET}
    assert {headers.get(name) for _, _, headers in other.asked} == {None}


def test_the_key_stays_with_a_redirect_on_the_same_host(
    unruly: UnrulyPublisher, keyed: PublisherClient, storage: Storage
) -> None:
    unruly.answers |= {
        "/data.csv": Answer(status=302, head_status=302, headers={"Location": "/moved.csv"}),
        "/moved.csv": Answer(b"a\n"),
    }

    list_files(DATASET, keyed, storage)

    assert keys_of(unruly) == [SECRET, SECRET]


def test_the_key_is_not_sent_to_other_hosts_that_a_page_links_to(
    unruly: UnrulyPublisher, other: UnrulyPublisher, keyed: PublisherClient, storage: Storage
) -> None:
    unruly.answers["/page"] = Answer(f'<html><a href="{other.url}/data.csv">data</a></html>'.encode())
    other.answers["/data.csv"] = Answer(b"a\n")
    source = HtmlLinks((f"{UNRULY}/page",), r"data\.csv", DAILY, headers=SOURCE.headers)

    [file] = list_files(replace(DATASET, source=source), keyed, storage)
    list(fetch_file(source, file, keyed))

    assert keys_of(unruly) == [SECRET]
    assert keys_of(other) == [None, None]


def test_a_publisher_that_refuses_is_told_of_without_the_key(
    unruly: UnrulyPublisher, keyed: PublisherClient, storage: Storage
) -> None:
    unruly.answers["/data.csv"] = Answer(status=401, head_status=401)

    with pytest.raises(TransientError, match="401") as raised:
        list_files(DATASET, keyed, storage)
    assert SECRET not in str(raised.value)


def test_a_dataset_whose_key_is_missing_is_not_asked_for(
    unruly: UnrulyPublisher, unruly_client: PublisherClient, storage: Storage
) -> None:
    with pytest.raises(MissingKey, match="needs comtrade in the setting DSS_SOURCE_KEYS"):
        list_files(DATASET, unruly_client, storage)
    assert unruly.requests == []


def test_the_start_tells_of_a_missing_key_and_other_datasets_go_on(caplog: pytest.LogCaptureFixture) -> None:
    settings = AssetsSettings.model_construct(
        dss_database_url="",
        dss_web_url="",
        dataflow_base_url="https://airflow.example",
        dss_source_interval_seconds=None,
    )
    with caplog.at_level(logging.ERROR):
        definitions = build_definitions([DATASET], Service(settings))

    assert "dit.reference_postcodes is not asked for files: the setting DSS_SOURCE_KEYS has no comtrade" in caplog.text
    assert definitions.sensors


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        ('{"comtrade": "s3cr3t-key\\n"}', "DSS_SOURCE_KEYS: the keys of comtrade are empty, or have characters"),
        ('{"comtrade": ""}', "DSS_SOURCE_KEYS: the keys of comtrade are empty"),
        ("{s3cr3t-key", "The setting DSS_SOURCE_KEYS is not JSON"),
    ],
)
def test_keys_that_cannot_be_sent_stop_the_process_and_are_not_shown(value: str, reason: str) -> None:
    program = "from dss_assets.resources import AssetsSettings; AssetsSettings.from_environment()"
    stopped = subprocess.run(
        [sys.executable, "-c", program],
        cwd=REPOSITORY,
        env={**os.environ, "DSS_SOURCE_KEYS": value},
        capture_output=True,
        text=True,
        check=False,
    )

    assert stopped.returncode == 1
    assert reason in stopped.stderr
    assert SECRET not in stopped.stderr
    assert "Traceback" not in stopped.stderr


def test_the_sensor_of_a_dataset_whose_key_is_missing_says_so_at_each_look() -> None:
    settings = AssetsSettings.model_construct(
        dss_source_interval_seconds=None,
        dss_database_url="postgresql://nobody@127.0.0.1:9/nowhere",
        dss_web_url="",
    )
    repository = build_definitions([DATASET], Service(settings)).get_repository_def()
    sensor = repository.get_sensor_def("dit__reference_postcodes__files")

    with (
        DagsterInstance.ephemeral() as instance,
        build_sensor_context(instance=instance, repository_def=repository) as context,
        pytest.raises(MissingKey, match="Add the key and start the service again"),
    ):
        sensor(context)
