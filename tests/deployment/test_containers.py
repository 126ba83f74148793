"""The services of docker-compose.yml do their work together in real containers: `make test-containers`."""

import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from infra.local.sso.people import PEOPLE
from tests.deployment.compose import DOCKER, PROJECT, Composed, names_below_localhost, read_services
from tests.parts.site import Visitor
from tests.published import exporter_line, exporters_zip

UPLOADER, ADMINISTRATOR, READER = PEOPLE[:3]
RELOAD = "mutation { reloadWorkspace { __typename } }"
# They have arrived within a minute on two cores of their own; a busy machine has taken five.
ARRIVAL_SECONDS = 600
# Rows of a file whose COPY takes long enough to be found, some five seconds.
LARGE = 1_000_000
COPYING = "SELECT FROM pg_stat_progress_copy WHERE datname = 'dss' AND command = 'COPY FROM' AND tuples_processed > 0"
# Less than a minute, by the settings of our connections, and as much again for a busy machine.
GIVEN_UP_SECONDS = 120
STATE = "SELECT state FROM pipeline_data_file JOIN pipeline ON pipeline.id = pipeline_id WHERE slug = %s"


@pytest.fixture(scope="module")
def composed() -> Iterator[Composed]:
    """Everything, healthy."""
    composed = Composed()
    composed.down()  # of a run that was killed
    try:
        composed.up()
        print(f"Healthy after {composed.healthy_after:.0f} s")
        with names_below_localhost():
            yield composed
    finally:
        composed.down()


def wait_for(what: Callable[[], object], why_not: Callable[[], object]) -> None:
    deadline = time.monotonic() + ARRIVAL_SECONDS
    while not what():
        assert time.monotonic() < deadline, why_not()
        time.sleep(1)


def test_every_container_has_a_health_check_and_only_what_it_needs(composed: Composed) -> None:
    containers = composed.containers()
    assert containers.keys() == read_services().keys()
    for name, container in containers.items():
        host = container["HostConfig"]
        assert "Healthcheck" in container["Config"] or name == "hawk-clients", name
        assert host["ReadonlyRootfs"], name
        assert host["CapDrop"] == ["ALL"], name
        assert host["SecurityOpt"] == ["no-new-privileges:true"], name
        assert host["Memory"], name
        assert host["NanoCpus"], name
        assert host["PidsLimit"], name
        assert container["Config"]["User"] in {"10001:10001", "postgres"}, name


# A process that does not work, in the place of the one that does.
@pytest.mark.parametrize(
    ("service", "check", "environment"),
    [
        ("web", ("http", "8001", "/healthcheck/"), {}),
        ("web", ("http", "8000", "/no-such-page"), {}),
        ("worker", ("worker",), {"DSS_WORKER_BEAT_FILE": "/srv/manage.py"}),
        ("worker", ("worker",), {"DSS_WORKER_BEAT_FILE": "/tmp/none"}),  # noqa: S108 a name in the container
        ("code-server", ("code-server",), {"DSS_CODE_SERVER_PORT": "4001"}),
        (
            "dagster-daemon",
            ("daemon",),
            {"DSS_DAGSTER_DATABASE_URL": "postgresql://postgres:local-only@postgres/datasets"},
        ),
    ],
)
def test_a_health_check_fails_where_nothing_works(
    composed: Composed, service: str, check: tuple[str, ...], environment: dict[str, str]
) -> None:
    assert composed.run_in(service, "infra/health.sh", *check, **environment).returncode != 0


@pytest.mark.parametrize("service", ["web", "worker", "postgres", "s3", "publisher", "dataflow"])
def test_the_code_server_can_be_reached_by_dagster_only(composed: Composed, service: str) -> None:
    networks = composed.containers()["code-server"]["NetworkSettings"]["Networks"].values()
    for host in [*(network["IPAddress"] for network in networks), "code", "code-server"]:
        reached = composed.run_in(service, "timeout", "3", "bash", "-c", f"exec 3<>/dev/tcp/{host}/4000")
        assert reached.returncode != 0, host


def test_no_process_shows_a_password_in_its_arguments(composed: Composed) -> None:
    for service in read_services().keys() - {"hawk-clients"}:
        shown = composed.run_in(service, "bash", "-c", "cat /proc/[0-9]*/cmdline | tr '\\0' ' '").stdout
        assert shown, service
        assert "local-only" not in shown, service


def test_port_3000_leads_by_the_login_to_the_dagster_ui(composed: Composed) -> None:
    asked = requests.get(composed.url("DSS_DAGSTER_PORT"), timeout=10)
    operator, viewer = composed.login(ADMINISTRATOR), composed.login(READER)
    shown = operator.http.get(composed.url("DSS_DAGSTER_PORT"), timeout=60)

    assert asked.history[0].headers["Location"] == composed.url("DSS_WEB_PORT", "/dagster/")
    assert asked.url.startswith(f"http://sso.localhost:{composed.ports['DSS_SSO_PORT']}/")
    assert (shown.status_code, shown.url) == (200, composed.url("DSS_WEB_PORT", "/dagster/"))
    assert "Dagster" in shown.text
    assert graphql(composed, operator, RELOAD)["reloadWorkspace"]["__typename"] == "Workspace"
    assert graphql(composed, viewer, RELOAD)["reloadWorkspace"]["__typename"] == "UnauthorizedError"
    by_link = operator.http.get(composed.url("DSS_WEB_PORT", "/dagster/graphql"), params={"query": RELOAD}, timeout=60)
    assert by_link.status_code == 405


def test_whoever_has_no_role_is_kept_out_of_the_dagster_ui_also_from_another_container(composed: Composed) -> None:
    refused = composed.login(UPLOADER).http.get(composed.url("DSS_WEB_PORT", "/dagster/"), timeout=60)
    assert (refused.status_code, "You cannot see the Dagster UI" in refused.text) == (403, True)
    ask = "import urllib.request as u; u.urlopen('http://dagster-webserver:3000/dagster/', timeout=10)"
    assert "403" in composed.run_in("publisher", "python", "-c", ask).stderr


def test_files_of_the_publisher_reach_the_datasets_database(composed: Composed) -> None:
    wait_for(
        lambda: all(
            composed.rows("datasets", f'SELECT FROM "{schema}"."{table}" LIMIT 1')
            for schema, table in (("ons", "postcode_directory"), ("hmrc", "exporters"))
        ),
        lambda: requests.get(composed.url("DSS_DATAFLOW_PORT"), timeout=10).text,
    )


def test_a_person_uploads_a_file_that_reaches_the_datasets_database(composed: Composed) -> None:
    person = composed.login(UPLOADER)
    path = person.create_dataset()
    uploaded = person.upload(path, "name,amount\nPens,1\nInk,2\n")
    file_id = uploaded.url.rstrip("/").rpartition("/")[2]
    assert person.post(f"{path}verify/{file_id}/").ok
    slug = path.rstrip("/").rpartition("/")[2]
    wait_for(
        lambda: composed.rows("dss", STATE, slug) == [("completed",)],
        lambda: composed.rows("dss", STATE, slug),
    )
    table = slug.replace("dbt-", "")
    assert sorted(composed.rows("datasets", f'SELECT name, amount FROM "dbt"."{table}"')) == [("Ink", 2), ("Pens", 1)]


def test_each_service_is_healthy_again_after_a_restart_and_the_next_file_arrives(
    composed: Composed, tmp_path: Path
) -> None:
    objects = composed.url("DSS_S3_PORT", "/data-store-service?list-type=2")
    before = set(requests.get(objects, timeout=10).text.split("<Key>")[1:])
    for service in read_services():
        composed.compose("restart", "--timeout", "20", service)
    composed.wait_until_healthy()
    assert len(set(requests.get(objects, timeout=10).text.split("<Key>")[1:])) >= len(before)
    publish(composed, tmp_path / "exporters2406.zip", rows=1000)
    wait_until_processed(composed, "exporters2406.zip")


def test_a_load_whose_host_loses_its_network_is_made_again_and_once(composed: Composed, tmp_path: Path) -> None:
    publish(composed, tmp_path / "exporters2407.zip", rows=LARGE)
    wait_for(lambda: composed.rows("dss", COPYING), lambda: states(composed))
    host = composed.containers()["code-server"]["Id"]
    subprocess.run([DOCKER, "network", "disconnect", f"{PROJECT}_dagster", host], check=True)
    assert composed.rows("dss", COPYING), "it had ended before its network was cut"
    cut = time.monotonic()
    wait_for(lambda: not composed.rows("dss", COPYING), lambda: "Postgres still waits for the host")
    print(f"Postgres gave the host up after {time.monotonic() - cut:.0f} s")
    assert time.monotonic() - cut < GIVEN_UP_SECONDS

    # Another host takes its place. That one never hears of anything again.
    subprocess.run([DOCKER, "kill", host], check=True, capture_output=True)
    composed.compose("up", "--no-build", "--detach", "--no-deps", "--force-recreate", "code-server")
    wait_until_processed(composed, "exporters2407.zip")
    print(f"Its file was loaded after {time.monotonic() - cut:.0f} s")
    assert composed.rows("dss", 'SELECT count(*) FROM "hmrc.exporters"."L0" WHERE month = \'202407\'') == [(LARGE,)]


def graphql(composed: Composed, person: Visitor, query: str) -> Any:
    url = composed.url("DSS_WEB_PORT", "/dagster/graphql")
    return person.http.post(url, json={"query": query}, timeout=60).json()["data"]


def publish(composed: Composed, file: Path, rows: int) -> None:
    """A file of exporters, put there as docker-compose.yml says at its top."""
    month = f"20{file.stem.removeprefix('exporters')}"
    file.write_bytes(exporters_zip(**{f"{file.stem}.txt": exporter_line(month, "Hull Pumps", "35049593") * rows}))
    composed.compose("cp", str(file), f"publisher:/var/lib/dss/publisher/hmrc/exporters/{file.name}")


def wait_until_processed(composed: Composed, file: str) -> None:
    state = "SELECT state FROM operations.datafile_registry WHERE file_name = %s"
    wait_for(lambda: composed.rows("dss", state, file) == [("processed",)], lambda: states(composed))


def states(composed: Composed) -> object:
    return composed.rows("dss", "SELECT file_name, state, error_message FROM operations.datafile_registry")
