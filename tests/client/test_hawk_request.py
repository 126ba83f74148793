"""The commands of manage.py, as an operator runs them."""

import subprocess
import sys
from collections.abc import Iterator

import pytest

from infra.local.postgres import Postgres
from tests.conftest import REPOSITORY, web_environment
from tests.parts.manage import manage, printed_key
from tests.parts.service import Service, running

Finished = subprocess.CompletedProcess[str]


def request_as_client(*arguments: str) -> Finished:
    """Run where none of the service's settings are."""
    return subprocess.run(
        [sys.executable, "manage.py", "hawk_request", *arguments],
        cwd=REPOSITORY,
        env={"PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture(scope="module")
def web(
    postgres_server: Postgres, migrated_template: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Service]:
    postgres_server.create_database("commands", template=migrated_template)
    with running(postgres_server.url("commands"), tmp_path_factory.mktemp("web"), DSS_WEB_WORKERS="1") as service:
        service.execute(
            "CREATE SCHEMA read",
            'CREATE TABLE read."L1" AS SELECT g AS id FROM generate_series(1, 25) g',
        )
        yield service


def test_a_client_that_was_just_added_reads_with_the_key_that_was_printed(web: Service) -> None:
    added = manage(web.database_url, "add_hawk_client", "new", "--scope", "get_table_data", "--description", "New")
    arguments = (f"{web.url}/api/v1/table-data/read/L1", "--id", "new", "--key", printed_key(added))

    page = request_as_client(*arguments)
    assert page.returncode == 0
    assert page.stdout.startswith('{"headers":["id"],"values":[[1],[2]')
    assert "200 OK, signature: verified" in page.stderr

    followed = request_as_client(*arguments, "--follow")
    assert followed.returncode == 0
    assert len(followed.stdout.splitlines()) == 3
    assert followed.stdout.splitlines()[-1].endswith('[25]],"next":null}')


def test_what_did_not_go_well_shows_in_the_exit_status(web: Service) -> None:
    url = f"{web.url}/api/v1/table-structure/read/L1"

    wrong_key = request_as_client(url, "--id", "all", "--key", "not the key at all")
    absent = request_as_client(f"{url}2", "--id", "all", "--key", "the key of a client: all")
    nobody = request_as_client("http://127.0.0.1:9/", "--id", "all", "--key", "k")

    assert (wrong_key.returncode, "401 Unauthorized, signature: missing" in wrong_key.stderr) == (1, True)
    assert (absent.returncode, "404 Not Found, signature: verified" in absent.stderr) == (1, True)
    assert (nobody.returncode, "No response from" in nobody.stderr) == (1, True)
    assert "Traceback" not in nobody.stderr


def test_a_client_is_replaced_only_on_purpose(web: Service) -> None:
    first = manage(web.database_url, "add_hawk_client", "twice", "--scope", "*", "--key", "k" * 20)
    again = manage(web.database_url, "add_hawk_client", "twice", "--scope", "*")
    replaced = manage(
        web.database_url, "add_hawk_client", "twice", "--scope", "table:a.b", "--key", "l" * 20, "--replace"
    )

    assert (first.returncode, again.returncode, replaced.returncode) == (0, 1, 0)
    assert "--replace" in again.stderr
    assert web.ask("SELECT scope FROM hawk_users WHERE id = 'twice'") == ["table:a.b"]
    structure = f"{web.url}/api/v1/table-structure/a/c"
    assert web.client("twice", "k" * 20).get(structure).status_code == 401
    assert web.client("twice", "l" * 20).get(structure).status_code == 403, "its scopes are those of the new one"


@pytest.mark.parametrize(
    "arguments",
    [('quoted"id', "--scope", "*"), ("id", "--scope", "no scope"), ("id", "--scope", "*", "--key", "short"), ("id",)],
)
def test_a_client_that_could_not_sign_is_not_added(web: Service, arguments: tuple[str, ...]) -> None:
    refused = manage(web.database_url, "add_hawk_client", *arguments)

    assert refused.returncode != 0
    assert "Traceback" not in refused.stderr


def test_migrate_may_be_started_several_times_at_once(postgres_server: Postgres) -> None:
    postgres_server.create_database("migrated_thrice")
    environment = web_environment(postgres_server.url("migrated_thrice"), "file:///nowhere")
    started = [
        subprocess.Popen(
            [sys.executable, "manage.py", "migrate", "--verbosity", "0"],
            cwd=REPOSITORY,
            env=environment,
            stderr=subprocess.PIPE,
            text=True,
        )
        for _ in range(3)
    ]

    said = [process.communicate(timeout=120)[1] for process in started]

    assert [process.returncode for process in started] == [0, 0, 0], said


def test_migrate_says_so_when_there_is_no_database() -> None:
    stopped = manage("postgresql://dss:hidden@127.0.0.1:9/dss", "migrate", "--wait", "0")

    assert stopped.returncode == 1
    assert "Could not connect to the database 'dss' at 127.0.0.1:9" in stopped.stderr
    assert "hidden" not in stopped.stderr
    assert "Traceback" not in stopped.stderr
