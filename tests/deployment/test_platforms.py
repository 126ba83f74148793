"""The manifests for Kubernetes and the tasks for ECS: valid, confined, and the same processes as in compose."""

import json
import re
from collections.abc import Iterator
from typing import Any, Final

import boto3
import kubernetes_validate
import pytest
import yaml
from moto import mock_aws

from dss_assets.resources import AssetsSettings
from dss_web.configuration import WebSettings
from tests.conftest import REPOSITORY
from tests.deployment.compose import read_services
from tests.deployment.test_files import known_fields

KUBERNETES: Final = REPOSITORY / "infra" / "kubernetes"
TASKS: Final = sorted((REPOSITORY / "infra" / "aws" / "ecs").glob("*.json"))
# The oldest version that the clouds still offer (2026-11).
VERSION: Final = "1.31"
# What each process is called in docker-compose.yml, and the words in which it is another one here: the code server
# listens on all addresses, since a policy closes its port, and migrations are a step of their own.
IN_COMPOSE: Final = {
    "web": ("web", {"infra/web.sh": "infra/serve.sh"}),
    "worker": ("worker", {}),
    "code-server": ("code-server", {"code": "0.0.0.0"}),  # noqa: S104 of a pod
    "daemon": ("dagster-daemon", {}),
    "dagster-ui": ("dagster-webserver", {}),
}
OF_DAGSTER: Final = {"DSS_CODE_SERVER_HOST", "DSS_CODE_SERVER_PORT", "DSS_DAGSTER_DATABASE_URL", "DSS_DAGSTER_UI_KEY"}


def manifests() -> Iterator[dict[str, Any]]:
    listed = yaml.safe_load((KUBERNETES / "kustomization.yaml").read_text())["resources"]
    # test_runs_on_kubernetes.py has the values.
    assert {path.name for path in KUBERNETES.glob("*.yaml")} == {
        *listed,
        "kustomization.yaml",
        "dagster-helm-values.yaml",
    }
    for name in listed:
        yield from yaml.safe_load_all((KUBERNETES / name).read_text())


def pods() -> Iterator[tuple[str, dict[str, Any]]]:
    for manifest in manifests():
        if manifest["kind"] in {"Deployment", "Job"}:
            yield manifest["metadata"]["name"], manifest["spec"]["template"]["spec"]


def tasks() -> Iterator[tuple[str, dict[str, Any]]]:
    for path in TASKS:
        [container] = json.loads(path.read_text())["containerDefinitions"]
        yield path.stem, container


def expected_command(process: str) -> list[str]:
    name, changed = IN_COMPOSE[process]
    return [changed.get(word, word) for word in read_services()[name]["command"]]


def health_check(process: str) -> list[str]:
    return list(read_services()[IN_COMPOSE[process][0]]["healthcheck"]["test"][1:])


@pytest.mark.parametrize("manifest", list(manifests()), ids=lambda one: f"{one['kind']} {one['metadata']['name']}")
def test_a_manifest_is_valid(manifest: dict[str, Any]) -> None:
    kubernetes_validate.validate(manifest, VERSION, strict=True)


@pytest.mark.parametrize(("name", "pod"), list(pods()))
def test_a_pod_has_the_least_rights_and_limits(name: str, pod: dict[str, Any]) -> None:
    assert pod["securityContext"]["runAsNonRoot"]
    assert not pod["automountServiceAccountToken"]
    volumes = {volume["name"] for volume in pod["volumes"]}
    for container in [*pod.get("initContainers", []), *pod["containers"]]:
        rights = container["securityContext"]
        assert rights["readOnlyRootFilesystem"]
        assert not rights["allowPrivilegeEscalation"]
        assert rights["capabilities"] == {"drop": ["ALL"]}
        assert container["resources"]["limits"]["memory"]
        assert {mount["name"] for mount in container["volumeMounts"]} == volumes


def test_pods_run_what_compose_runs() -> None:
    found = {name: pod["containers"][0] for name, pod in pods() if name != "release"}
    assert {name: container["command"] for name, container in found.items()} == {
        name: expected_command(name) for name in IN_COMPOSE
    }
    for name, container in found.items():
        if name != "web":
            assert container["livenessProbe"]["exec"]["command"] == health_check(name)


def test_the_secret_and_the_settings_are_all_that_each_half_needs() -> None:
    text = (KUBERNETES / "settings.yaml").read_text()
    given = set(yaml.safe_load(text)["data"]) | set(
        re.findall(r"\b[A-Z]+(?:_[A-Z]+)+\b", text.partition("apiVersion")[0])
    )
    for settings in (WebSettings, AssetsSettings):
        assert {name.upper() for name, field in settings.model_fields.items() if field.is_required()} <= given
    assert given - {name.upper() for name in known_fields()} - OF_DAGSTER == {"AWS_REGION"}


def test_the_port_of_the_code_server_is_open_to_dagster_alone() -> None:
    [policy] = [
        one for one in manifests() if one["kind"] == "NetworkPolicy" and one["metadata"]["name"] == "code-server"
    ]
    [rule] = policy["spec"]["ingress"]
    [allowed] = [
        expression["values"]
        for expression in rule["from"][0]["podSelector"]["matchExpressions"]
        if expression["key"] == "app.kubernetes.io/component"
    ]
    assert allowed == ["daemon", "dagster-ui"]


@mock_aws
def test_ecs_takes_the_task_definitions() -> None:
    ecs = boto3.client("ecs", region_name="eu-west-2")
    for path in TASKS:
        registered = ecs.register_task_definition(**json.loads(path.read_text()))["taskDefinition"]
        assert registered["family"] == f"data-store-service-{path.stem}"


def test_tasks_run_what_compose_runs_with_the_least_rights() -> None:
    found = dict(tasks())
    # The command of a run comes from its launcher.
    without_another = {"release", "run"}
    assert found.keys() == {*without_another, *IN_COMPOSE}
    for name, container in found.items():
        assert container["readonlyRootFilesystem"]
        assert "tmp" in {mount["sourceVolume"] for mount in container["mountPoints"]}
        if name not in without_another:
            assert container["command"] == expected_command(name)
            assert container["healthCheck"]["command"] == ["CMD", *health_check(name)]


@pytest.mark.parametrize(
    ("name", "settings"),
    [("web", WebSettings), ("worker", WebSettings), ("code-server", AssetsSettings), ("run", AssetsSettings)],
)
def test_a_task_is_given_every_setting_without_a_default(
    name: str, settings: type[WebSettings | AssetsSettings]
) -> None:
    container = dict(tasks())[name]
    given = {one["name"] for one in [*container["environment"], *container["secrets"]]}
    assert {field.upper() for field, info in settings.model_fields.items() if info.is_required()} <= given
    secrets = {one["name"] for one in container["secrets"]}
    assert {one["name"] for one in container["environment"]}.isdisjoint(settings.secret_names())
    assert secrets - OF_DAGSTER <= settings.secret_names()
