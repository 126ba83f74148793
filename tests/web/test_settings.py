"""The settings: what is missing stops the process with one message, and none of the secrets has a default."""

import os
import subprocess
import sys

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
        cwd=REPOSITORY, env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip


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
