"""The Dockerfile and docker-compose.yml hold together with the repository and with the settings.

What an engine says of them itself, `make test-containers` finds.
"""

import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from pydantic_settings import BaseSettings

from dss_assets.resources import AssetsSettings
from dss_web.configuration import WebSettings
from infra.local.nginx import SERVICE, without_tls
from infra.local.service_processes import DAGSTER_DEADLINE_SECONDS
from tests.conftest import REPOSITORY
from tests.deployment.compose import read_services

DOCKERFILE = REPOSITORY / "Dockerfile"
NEEDING: dict[str, type[BaseSettings]] = {
    "web": WebSettings,
    "hawk-clients": WebSettings,
    "worker": WebSettings,
    "code-server": AssetsSettings,
}


def test_hadolint_finds_nothing_in_the_dockerfile() -> None:
    hadolint = Path(sys.prefix) / "bin/hadolint"
    linted = subprocess.run([hadolint, DOCKERFILE], capture_output=True, text=True, check=False)
    assert (linted.returncode, linted.stdout) == (0, "")


def test_images_are_pinned_to_a_release() -> None:
    (base,) = re.findall(r"^ARG PYTHON_IMAGE=(.*)$", DOCKERFILE.read_text(), re.MULTILINE)
    images = {base} | {service["image"] for service in read_services().values()} - {"data-store-service:local"}
    assert len(images) == 2
    for image in images:
        assert re.fullmatch(r"\w+:\d+(\.\d+)+(-[\w-]+)?", image), image


def test_production_installs_what_deployments_on_aws_name_and_nothing_that_is_only_for_exploring() -> None:
    locked = set(re.findall(r"^([\w-]+)==", (REPOSITORY / "requirements/production.txt").read_text(), re.MULTILINE))
    assert "dagster-aws" in locked
    assert not locked & {"pandas", "duckdb", "werkzeug", "moto", "pytest"}


@pytest.mark.parametrize("service", NEEDING)
def test_a_service_is_given_every_setting_without_a_default_and_none_that_is_unknown(service: str) -> None:
    given = set(read_services()[service]["environment"])
    fields = NEEDING[service].model_fields
    missing = {name.upper() for name, field in fields.items() if field.is_required()} - given
    assert not missing
    unknown = {name for name in given if not name.startswith(("AWS_", "DSS_CODE_SERVER_"))}
    assert unknown - {name.upper() for name in known_fields()} == {"DSS_DAGSTER_DATABASE_URL"} & given


@pytest.mark.parametrize("service", ["code-server", "dagster-daemon", "dagster-webserver"])
def test_dagsters_processes_are_given_what_their_configuration_reads_from_the_environment(service: str) -> None:
    files = ["dagster.yaml", "infra/workspace.yaml"]
    read = {name for file in files for name in re.findall(r"env: (\w+)", (REPOSITORY / file).read_text())}
    assert read == {"DSS_CODE_SERVER_HOST", "DSS_CODE_SERVER_PORT"}
    assert read | {"DSS_DAGSTER_DATABASE_URL"} <= set(read_services()[service]["environment"])


def test_the_start_of_a_run_has_the_same_deadline_in_the_image_and_locally_and_is_not_failed_before_it() -> None:
    (deadline,) = re.findall(r"DAGSTER_GRPC_TIMEOUT_SECONDS=(\d+)", DOCKERFILE.read_text())
    monitoring = yaml.safe_load((REPOSITORY / "dagster.yaml").read_text())["run_monitoring"]
    assert int(deadline) == DAGSTER_DEADLINE_SECONDS
    assert monitoring["start_timeout_seconds"] > DAGSTER_DEADLINE_SECONDS


def test_every_port_is_published_to_this_machine_alone() -> None:
    ports = [port for service in read_services().values() for port in service.get("ports", [])]
    assert ports
    for port in ports:
        assert re.fullmatch(r"127\.0\.0\.1:\$\{\w+:-(\d+)\}:(\1|\$\{\w+:-\1\})", port), port


def test_a_service_waits_for_others_that_can_become_what_it_waits_for() -> None:
    services = read_services()
    for name, service in services.items():
        for needed, condition in service.get("depends_on", {}).items():
            if condition["condition"] == "service_healthy":
                assert "healthcheck" in services[needed], f"{name} would wait for {needed} for ever"


def test_what_a_service_writes_is_in_a_volume() -> None:
    for name, service in read_services().items():
        folders = [volume.split(":")[-1] for volume in service.get("volumes", [])]
        written = [part for part in service.get("command", []) if part.startswith("/var/lib/dss/")]
        assert set(written) <= set(folders), name


def test_nginx_of_compose_has_the_configuration_for_production_without_tls() -> None:
    for_production = SERVICE.read_text()
    left_out = [line for line in for_production.splitlines() if line not in without_tls(for_production).splitlines()]
    assert left_out
    assert not re.search(r"\bssl", without_tls(for_production))
    assert [line for line in left_out if not re.match(r" +(ssl_|listen .* ssl;$)", line)] == []


def known_fields() -> set[str]:
    kinds: list[type[BaseSettings]] = [WebSettings, AssetsSettings]
    return {name for kind in kinds for name in kind.model_fields}
