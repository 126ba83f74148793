"""Runs as tasks of ECS: Dagster's own launcher with our configuration and task, before moto's ECS."""

import inspect
import json
import re
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Final

import boto3
import pytest
import yaml
from dagster import DagsterInstance, DagsterRunStatus, Definitions
from dagster._core.launcher.base import WorkerStatus
from dagster_aws.ecs import launcher, tasks, utils

from dss_assets.assets.run_sizes import TWO_THREADS, WORKBOOK
from tests.conftest import REPOSITORY
from tests.parts.process_launcher import launch

ECS: Final = REPOSITORY / "infra" / "aws" / "ecs"
# https://docs.aws.amazon.com/AmazonECS/latest/developerguide/fargate-tasks-services.html, of those that we have: the
# smallest and the largest memory in MiB by the units of the processor, in whole GB.
FARGATE: Final = {512: (1024, 4096), 1024: (2048, 8192), 2048: (4096, 16384)}
# https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_TaskOverride.html
MOST_OVERRIDES: Final = 8192
NOT_WITH_OUR_TASK: Final = {"register_task_definition"}
PASSWORD: Final = "only-secrets-have-it"


def settings_of(name: str) -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load((REPOSITORY / name).read_text())
    return loaded


@pytest.mark.parametrize("name", ["infra/aws/ecs/dagster.yaml", "infra/kubernetes/runs/dagster.yaml"])
def test_an_instance_whose_runs_are_elsewhere_differs_in_nothing_else(name: str) -> None:
    ours, usual = settings_of(name), settings_of("dagster.yaml")
    assert usual["run_coordinator"]["config"].pop("max_concurrent_runs") < ours["run_coordinator"]["config"].pop(
        "max_concurrent_runs"
    )
    own = {"run_launcher", "compute_logs", "run_monitoring"}
    assert {key: ours[key] for key in ours.keys() - own} == {key: usual[key] for key in usual.keys() - own}
    # The registry is the retry system.
    assert ours["run_monitoring"]["max_resume_run_attempts"] == 0


@pytest.fixture
def ecs(s3_storage_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """A client of ECS, where the daemon runs as a task and our tasks are registered."""
    client = boto3.client("ecs")
    network = boto3.client("ec2")
    [subnet, *_] = network.describe_subnets()["Subnets"]
    group = network.create_security_group(GroupName=f"dagster-{id(client)}", Description="Dagster's half")["GroupId"]
    client.create_cluster(clusterName="data-store-service")
    for name in ("daemon", "run"):
        task = json.loads((ECS / f"{name}.json").read_text())
        # moto starts no task without it, where ECS takes that of the task.
        task["containerDefinitions"][0]["memoryReservation"] = 128
        client.register_task_definition(**task)
    daemon = client.run_task(
        cluster="data-store-service",
        taskDefinition="data-store-service-daemon",
        launchType="FARGATE",
        networkConfiguration={"awsvpcConfiguration": {"subnets": [subnet["SubnetId"]], "securityGroups": [group]}},
    )["tasks"][0]

    class Metadata(BaseHTTPRequestHandler):
        """What a container of ECS asks about itself (task metadata, version 4)."""

        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()
            self.wfile.write(json.dumps({"Cluster": daemon["clusterArn"], "TaskARN": daemon["taskArn"]}).encode())

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Metadata)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    monkeypatch.setenv("ECS_CONTAINER_METADATA_URI_V4", f"http://127.0.0.1:{server.server_port}")
    yield client
    server.shutdown()
    server.server_close()


@pytest.fixture
def instance(ecs: Any, dagster_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[DagsterInstance]:
    """Dagster as on ECS, with a database whose password is in a secret."""
    url = dagster_url.replace("postgresql:", "postgresql+psycopg2:")
    monkeypatch.setenv("DSS_DAGSTER_DATABASE_URL", f"{url}?password={PASSWORD}" if "?" not in url else url)
    monkeypatch.setenv("DSS_COMPUTE_LOGS_BUCKET", "logs")
    (tmp_path / "dagster.yaml").write_text((ECS / "dagster.yaml").read_text())
    with DagsterInstance.from_config(str(tmp_path)) as instance:
        yield instance


def test_a_run_is_a_task_with_its_command_and_size(
    ecs: Any, instance: DagsterInstance, service_definitions: Definitions
) -> None:
    sizes = {}
    for job in ("load_hmrc__exporters", "load_companies_house__accounts_legacy", "load_uploads"):
        run = launch(instance, service_definitions, job)
        [task] = ecs.describe_tasks(cluster="data-store-service", tasks=[run.tags["ecs/task_arn"]])["tasks"]
        overrides = task["overrides"]
        [container] = overrides["containerOverrides"]
        assert container["name"] == "run"
        assert container["command"][-3:-1] == ["api", "execute_run"]
        assert json.loads(container["command"][-1])["pipeline_run_id"] == run.run_id
        # Whoever may look at tasks sees it.
        assert PASSWORD not in container["command"][-1]
        assert len(json.dumps(overrides)) < MOST_OVERRIDES
        assert re.search(r"task-definition/data-store-service-run:\d+$", task["taskDefinitionArn"])
        sizes[job] = (int(overrides["cpu"]), int(overrides["memory"]))
        assert sizes[job] == (container["cpu"], container["memory"])
    assert sizes == {
        "load_hmrc__exporters": (1024, 2048),
        "load_companies_house__accounts_legacy": (TWO_THREADS.processor_units, TWO_THREADS.memory_mib),
        "load_uploads": (WORKBOOK.processor_units, WORKBOOK.memory_mib),
    }


def test_every_size_is_one_that_fargate_has(service_definitions: Definitions) -> None:
    jobs = service_definitions.get_repository_def().get_all_jobs()
    sizes = {
        (int(job.run_tags["ecs/cpu"]), int(job.run_tags["ecs/memory"])) for job in jobs if "ecs/cpu" in job.run_tags
    }
    run = json.loads((ECS / "run.json").read_text())
    resources = settings_of("infra/aws/ecs/dagster.yaml")["run_launcher"]["config"]["run_resources"]
    assert (resources["cpu"], resources["memory"]) == (run["cpu"], run["memory"])
    for processor, memory in {*sizes, (int(run["cpu"]), int(run["memory"]))}:
        least, most = FARGATE[processor]
        assert least <= memory <= most
        assert memory % 1024 == 0


def test_a_run_that_is_ended_stops_its_task_and_the_daemon_sees_which_tasks_run(
    ecs: Any, instance: DagsterInstance, service_definitions: Definitions
) -> None:
    run = launch(instance, service_definitions, "load_hmrc__exporters")
    run_launcher = instance.run_launcher
    assert run_launcher.supports_check_run_worker_health
    assert run_launcher.check_run_worker_health(run).status == WorkerStatus.RUNNING

    assert run_launcher.terminate(run.run_id)

    found = instance.get_run_by_id(run.run_id)
    assert found
    assert found.status == DagsterRunStatus.CANCELING
    [task] = ecs.describe_tasks(cluster="data-store-service", tasks=[run.tags["ecs/task_arn"]])["tasks"]
    assert (task["desiredStatus"], task["lastStatus"]) == ("STOPPED", "STOPPED")
    # Of moto's tasks none fails.
    assert run_launcher.check_run_worker_health(run).status == WorkerStatus.SUCCESS


def test_the_task_of_a_run_is_the_code_servers_without_a_port() -> None:
    def taken_apart(name: str) -> tuple[dict[str, Any], dict[str, str], dict[str, Any]]:
        task = json.loads((ECS / f"{name}.json").read_text())
        [container] = task.pop("containerDefinitions")
        return task, {one["name"]: one["value"] for one in container.pop("environment")}, container

    run, settings, container = taken_apart("run")
    code_server, its_settings, its_container = taken_apart("code-server")
    for key in ("executionRoleArn", "taskRoleArn", "volumes", "ephemeralStorage", "runtimePlatform", "networkMode"):
        assert run[key] == code_server[key]
    for key in ("image", "secrets", "mountPoints", "readonlyRootFilesystem", "stopTimeout", "linuxParameters"):
        assert container[key] == its_container[key]
    assert "portMappings" not in container
    of_the_port = {"DAGSTER_GRPC_SHUTDOWN_GRACE_PERIOD", "DSS_CODE_SERVER_HOST", "DSS_CODE_SERVER_PORT"}
    of_the_launcher = {"AWS_DEFAULT_REGION", "DAGSTER_HOME", "DSS_COMPUTE_LOGS_BUCKET"}
    assert its_settings.keys() - of_the_port == settings.keys() - of_the_launcher
    assert {key: its_settings[key] for key in its_settings.keys() - of_the_port}.items() <= settings.items()


def test_the_launcher_may_do_what_it_does_and_no_more() -> None:
    source = "".join(inspect.getsource(module) for module in (launcher, tasks, utils))
    calls = set(re.findall(r"\becs\.([a-z]+(?:_[a-z]+)+)\(", source))
    # Of tasks that the launcher makes itself; ours is registered. Tags come with what starts a task.
    needed = {"TagResource"} | {"".join(map(str.title, call.split("_"))) for call in calls - NOT_WITH_OUR_TASK}
    policy = json.loads((REPOSITORY / "infra/aws/run-launcher-policy.json").read_text())
    listed = [one["Action"] for one in policy["Statement"]]
    allowed = {action for one in listed for action in ([one] if isinstance(one, str) else one)}
    assert {action.removeprefix("ecs:") for action in allowed if action.startswith("ecs:")} == needed
    # The addresses of the daemon, the last lines of a task that died, the roles of runs, and logs for the Dagster UI.
    assert {action for action in allowed if not action.startswith("ecs:")} == {
        "ec2:DescribeNetworkInterfaces",
        "iam:PassRole",
        "logs:GetLogEvents",
        "s3:GetObject",
        "s3:ListBucket",
    }


def test_the_policies_for_logs_name_the_folder_where_they_are() -> None:
    prefix = settings_of("infra/aws/ecs/dagster.yaml")["compute_logs"]["config"]["prefix"]
    for name in ("bucket-policy-logs.json", "run-launcher-policy.json"):
        assert f"arn:aws:s3:::BUCKET/{prefix}/*" in (REPOSITORY / "infra/aws" / name).read_text()
