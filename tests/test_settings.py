"""The settings: what is missing stops the process with one message, and none of the secrets has a default."""

import os
import subprocess
import sys

import pytest

from dss_assets.resources import AssetsSettings
from dss_web.configuration import WebSettings
from tests.conftest import REPOSITORY, web_environment

REQUIRED = [
    "AUTHBROKER_CLIENT_ID",
    "AUTHBROKER_CLIENT_SECRET",
    "AUTHBROKER_URL",
    "DSS_APP_SECRET_KEY",
    "DSS_DATABASE_URL",
    "DSS_HAWK_ENCRYPTION_KEYS",
    "S3_BUCKET_URL",
]


def check(environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "manage.py", "check"],
        cwd=REPOSITORY,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


def test_one_message_names_everything_that_is_missing() -> None:
    bare = {name: value for name, value in os.environ.items() if name not in REQUIRED}

    stopped = check(bare)

    assert stopped.returncode == 1
    assert sorted(line.split(":")[0].strip() for line in stopped.stderr.splitlines()[1:]) == REQUIRED
    assert "Traceback" not in stopped.stderr


def test_a_value_that_makes_no_sense_is_named() -> None:
    environment = web_environment("postgresql://nowhere/x", "file:///nowhere")

    stopped = check({**environment, "DSS_PAGINATION_SIZE": "many", "DSS_TABLE_STRUCTURE_NAMES": "latin"})

    assert stopped.returncode == 1
    assert "DSS_PAGINATION_SIZE" in stopped.stderr
    assert "DSS_TABLE_STRUCTURE_NAMES" in stopped.stderr
    assert environment["DSS_APP_SECRET_KEY"] not in stopped.stderr


def test_the_settings_of_the_tests_are_whole() -> None:
    assert check(web_environment("postgresql://nowhere/x", "file:///nowhere")).returncode == 0


KEPT = """DSS_APP_SECRET_KEY DSS_DATABASE_URL DSS_PAGINATION_SIZE AUTHBROKER_URL AUTHBROKER_CLIENT_ID
    AUTHBROKER_CLIENT_SECRET ACCESS_TOKEN_PATH AUTHORIZE_PATH SSO_PATH_USER SSO_PATH_LOGOUT
    DSS_HAWK_ENABLED DSS_HAWK_NONCE_ENABLED
    DSS_HAWK_RESPONSE_HEADER DSS_HAWK_TIMESTAMP_SKEW_IN_SECONDS S3_BUCKET_URL DATASETS_FOLDER UPLOAD_FOLDER
    DATAFLOW_BASE_URL DATAFLOW_UPLOADER_DAG_ID DATAFLOW_HAWK_ID DATAFLOW_HAWK_KEY CSV_SAMPLE_INFER_LINES"""
DEFAULTS = {
    "ACCESS_TOKEN_PATH": "/api/v1/user/me/",
    "AUTHORIZE_PATH": "/o/authorize/",
    "SSO_PATH_USER": "/o/token/",
    "SSO_PATH_LOGOUT": "/logout/",
    "DSS_HAWK_TIMESTAMP_SKEW_IN_SECONDS": 60,
    "DSS_PAGINATION_SIZE": 1000,
    "DATASETS_FOLDER": "datasets",
    "UPLOAD_FOLDER": "uploads",
    "DATAFLOW_UPLOADER_DAG_ID": "DSSGenericPipeline",
}


def test_settings_of_the_flask_service_keep_their_names_and_defaults() -> None:
    fields = {**AssetsSettings.model_fields, **WebSettings.model_fields}

    assert {name for name in KEPT.split() if name.lower() not in fields} == set()
    assert {name: fields[name.lower()].default for name in DEFAULTS} == DEFAULTS


def test_a_proxy_that_is_no_address_is_named() -> None:
    environment = web_environment("postgresql://nowhere/x", "file:///nowhere")

    stopped = check({**environment, "DSS_TRUSTED_PROXIES": "10.0.0.0/8, nginx"})

    assert stopped.returncode == 1
    assert "DSS_TRUSTED_PROXIES" in stopped.stderr
    assert "'nginx'" in stopped.stderr


def assets_settings(**environment: str) -> subprocess.CompletedProcess[str]:
    """The assets half's settings, read in a process of their own."""
    program = "from dss_assets.resources import AssetsSettings; AssetsSettings.from_environment()"
    bare = {name: value for name, value in os.environ.items() if not name.startswith("DATAFLOW_")}
    needed = {
        "DSS_DATABASE_URL": "postgresql://nowhere/x",
        "S3_BUCKET_URL": "file:///nowhere",
        "DSS_WEB_URL": "https://dss.example",
        "DATAFLOW_BASE_URL": "https://airflow.example",
    }
    return subprocess.run(
        [sys.executable, "-c", program],
        cwd=REPOSITORY,
        env={**bare, **needed, **environment},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize(
    ("environment", "told"),
    [
        ({}, "with DATAFLOW_API=airflow-1, DATAFLOW_HAWK_ID and DATAFLOW_HAWK_KEY are needed"),
        (
            {"DATAFLOW_API": "airflow-3"},
            "with DATAFLOW_API=airflow-3, DATAFLOW_USERNAME and DATAFLOW_PASSWORD are needed, or",
        ),
        ({"DATAFLOW_API": "airflow-2", "DATAFLOW_USERNAME": "dss"}, "with DATAFLOW_API=airflow-2, DATAFLOW_USERNAME"),
        ({"DATAFLOW_API": "airflow-4"}, "DATAFLOW_API: input should be 'airflow-1', 'airflow-2' or 'airflow-3'"),
        ({"DATAFLOW_API": "airflow-3", "DATAFLOW_TOKEN": "secret\nvalue"}, "DATAFLOW_TOKEN: the token has characters"),
        ({"DATAFLOW_BASE_URL": "https://me:secret@airflow.example"}, "DATAFLOW_BASE_URL: the URL has a user or"),
    ],
)
def test_who_we_are_to_dataflow_must_be_said(environment: dict[str, str], told: str) -> None:
    stopped = assets_settings(**environment)

    assert stopped.returncode == 1
    assert told in stopped.stderr
    assert "secret" not in stopped.stderr


@pytest.mark.parametrize(
    "environment",
    [
        {"DATAFLOW_HAWK_ID": "dss", "DATAFLOW_HAWK_KEY": "key"},
        {"DATAFLOW_API": "airflow-2", "DATAFLOW_USERNAME": "dss", "DATAFLOW_PASSWORD": "secret"},
        {"DATAFLOW_API": "airflow-3", "DATAFLOW_TOKEN": "secret"},
    ],
)
def test_each_dataflow_needs_its_own_credentials_only(environment: dict[str, str]) -> None:
    assert assets_settings(**environment).returncode == 0


BOTH = {"DSS_DATASETS_DATABASE_URL": "postgresql://dss:secret@datasets.example/datasets"}


@pytest.mark.parametrize(
    ("environment", "told"),
    [
        ({**BOTH, "DATAFLOW_HAWK_ID": "dss", "DATAFLOW_HAWK_KEY": "key"}, "two would write the same tables"),
        ({"DATAFLOW_BASE_URL": ""}, "nobody would copy tables into the datasets database"),
    ],
)
def test_one_delivers_and_not_two_or_nobody(environment: dict[str, str], told: str) -> None:
    stopped = assets_settings(**environment)

    assert stopped.returncode == 1
    assert told in stopped.stderr
    assert "secret" not in stopped.stderr


def test_without_dataflow_nothing_has_to_be_said_of_it() -> None:
    assert assets_settings(**BOTH, DATAFLOW_BASE_URL="").returncode == 0
