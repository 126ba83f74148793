"""Runs as pods of Kubernetes: Dagster's own launcher with our configuration, before an API that takes what it sends."""

import json
import re
import threading
from collections import Counter
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Final

import kubernetes_validate
import pytest
import yaml
from dagster import DagsterInstance, Definitions
from dagster._core.launcher.base import WorkerStatus
from dagster_k8s import client

from dss_assets.assets.run_sizes import TWO_THREADS, WORKBOOK
from tests.conftest import REPOSITORY
from tests.deployment.test_platforms import KUBERNETES, VERSION
from tests.parts.process_launcher import launch

RUNS: Final = KUBERNETES / "runs"
NAMESPACE: Final = "dss"
IMAGE: Final = "registry.example.gov.uk/data-store-service:0.3.0"
# What the API calls what its client's functions say.
VERBS: Final = {"create": "create", "delete": "delete", "list": "list", "read": "get"}
RESOURCES: Final = {"event": "events", "job": "jobs", "job_status": "jobs/status", "pod": "pods", "pod_log": "pods/log"}


def documents(path: Path) -> dict[str, dict[str, Any]]:
    """The manifests of a file by their kind and name."""
    return {f"{one['kind']} {one['metadata']['name']}": one for one in yaml.safe_load_all(path.read_text())}


def api(jobs: dict[str, Any], asked: Counter[str]) -> type[BaseHTTPRequestHandler]:
    """As much of the API of Kubernetes as the launcher uses. `jobs` are those that there are, each with one pod."""

    class Api(BaseHTTPRequestHandler):
        def _answer(self, content: object) -> None:
            body = json.dumps(content).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def do_POST(self) -> None:
            job = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            assert self.path == f"/apis/batch/v1/namespaces/{NAMESPACE}/jobs"
            jobs[job["metadata"]["name"]] = job
            self._answer(job)

        def do_GET(self) -> None:
            if self.path.startswith(f"/api/v1/namespaces/{NAMESPACE}/pods"):
                self._answer({"items": [{"metadata": {"name": f"{name}-x"}} for name in jobs]})
            else:
                self._answer({"status": {"active": int(self.path.split("/")[-2] in jobs)}})

        def do_DELETE(self) -> None:
            kind, name = self.path.split("/")[-2:]
            asked[f"delete {kind}"] += 1
            jobs.pop(name, None)
            self._answer({})

        def log_message(self, *_: object) -> None:
            pass

    return Api


class Cluster:
    """A cluster that starts nothing."""

    def __init__(self) -> None:
        self.jobs: dict[str, Any] = {}
        self.asked: Counter[str] = Counter()
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), api(self.jobs, self.asked))
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    @property
    def kubeconfig(self) -> dict[str, Any]:
        return {
            "apiVersion": "v1",
            "kind": "Config",
            "current-context": "tests",
            "clusters": [{"name": "tests", "cluster": {"server": f"http://127.0.0.1:{self.server.server_port}"}}],
            "contexts": [{"name": "tests", "context": {"cluster": "tests", "user": "tests"}}],
            "users": [{"name": "tests", "user": {"token": "tests"}}],
        }


@pytest.fixture
def cluster() -> Iterator[Cluster]:
    cluster = Cluster()
    yield cluster
    cluster.server.shutdown()
    cluster.server.server_close()


@pytest.fixture
def instance(
    cluster: Cluster, dagster_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[DagsterInstance]:
    """Dagster as in a pod, but for how it finds the cluster: there it has a token in a file."""
    monkeypatch.setenv("DSS_DAGSTER_DATABASE_URL", dagster_url.replace("postgresql:", "postgresql+psycopg2:"))
    monkeypatch.setenv("DSS_COMPUTE_LOGS_BUCKET", "logs")
    monkeypatch.setenv("DSS_RUN_NAMESPACE", NAMESPACE)
    (tmp_path / "kubeconfig").write_text(yaml.safe_dump(cluster.kubeconfig))
    settings = yaml.safe_load((RUNS / "dagster.yaml").read_text())
    settings["run_launcher"]["config"] |= {
        "load_incluster_config": False,
        "kubeconfig_file": str(tmp_path / "kubeconfig"),
    }
    (tmp_path / "dagster.yaml").write_text(yaml.safe_dump(settings))
    with DagsterInstance.from_config(str(tmp_path)) as instance:
        yield instance


def test_a_run_is_a_pod_like_the_code_servers_with_its_own_size(
    cluster: Cluster, instance: DagsterInstance, service_definitions: Definitions
) -> None:
    code_server = documents(KUBERNETES / "dagster.yaml")["Deployment code-server"]["spec"]["template"]["spec"]
    [its_container] = code_server["containers"]
    memory = {}
    for job_name in ("load_hmrc__exporters", "load_companies_house__accounts_legacy", "load_uploads"):
        run = launch(instance, service_definitions, job_name, image=IMAGE)
        job = cluster.jobs.pop(f"dagster-run-{run.run_id}")
        kubernetes_validate.validate(job, VERSION, strict=True)
        pod = job["spec"]["template"]["spec"]
        [container] = pod["containers"]
        assert container["image"] == IMAGE
        assert container["args"][-3:-1] == ["api", "execute_run"]
        assert json.loads(container["args"][-1])["pipeline_run_id"] == run.run_id
        assert container["envFrom"] == its_container["envFrom"]
        for key in ("readOnlyRootFilesystem", "allowPrivilegeEscalation", "capabilities"):
            assert container["securityContext"][key] == its_container["securityContext"][key]
        assert pod["securityContext"] == code_server["securityContext"]
        assert pod["automountServiceAccountToken"] is False
        assert pod["serviceAccountName"] == "data-store-service-run"
        assert [one for one in pod["volumes"] if one["name"] in {"tmp", "storage"}] == code_server["volumes"]
        # The settings of the instance come with the command.
        assert container["volumeMounts"] == its_container["volumeMounts"]
        assert job["spec"]["backoffLimit"] == 0
        resources = container["resources"]
        memory[job_name] = (resources["requests"]["cpu"], resources["limits"]["memory"])
    assert memory == {
        "load_hmrc__exporters": ("500m", "1Gi"),
        "load_companies_house__accounts_legacy": ("2000m", f"{TWO_THREADS.memory_mib}Mi"),
        "load_uploads": ("1000m", f"{WORKBOOK.memory_mib}Mi"),
    }


def test_a_run_that_is_ended_takes_its_pod_along(
    cluster: Cluster, instance: DagsterInstance, service_definitions: Definitions
) -> None:
    run = launch(instance, service_definitions, "load_hmrc__exporters", image=IMAGE)
    launcher = instance.run_launcher
    assert launcher.supports_check_run_worker_health
    assert launcher.check_run_worker_health(run).status == WorkerStatus.RUNNING

    assert launcher.terminate(run.run_id)

    assert cluster.asked == {"delete jobs": 1, "delete pods": 1}


def test_the_launcher_may_do_what_its_client_does_and_no_more() -> None:
    source = Path(client.__file__).read_text()
    calls = re.findall(r"_api\.(create|delete|list|read)_namespaced_(\w+)\b", source)
    needed = {(RESOURCES[resource], VERBS[verb]) for verb, resource in calls}
    found = documents(RUNS / "rbac.yaml")
    rules = found["Role data-store-service-launcher"]["rules"]
    allowed = {(resource, verb) for rule in rules for resource in rule["resources"] for verb in rule["verbs"]}
    assert allowed == needed


@pytest.mark.parametrize("name", ["network.yaml", "rbac.yaml"])
def test_the_manifests_beside_are_valid(name: str) -> None:
    for manifest in documents(RUNS / name).values():
        kubernetes_validate.validate(manifest, VERSION, strict=True)


def test_the_component_names_what_there_is() -> None:
    component = yaml.safe_load((RUNS / "kustomization.yaml").read_text())
    assert {path.name for path in RUNS.iterdir()} == {"kustomization.yaml", "dagster.yaml", *component["resources"]}
    accounts = {name for name in documents(RUNS / "rbac.yaml") if name.startswith("ServiceAccount")}
    launcher = yaml.safe_load((RUNS / "dagster.yaml").read_text())["run_launcher"]["config"]
    text = (RUNS / "kustomization.yaml").read_text()
    assert accounts == {
        f"ServiceAccount {launcher['service_account_name']}",
        "ServiceAccount data-store-service-launcher",
    }
    assert "value: data-store-service-launcher" in text
    [generated] = component["configMapGenerator"]
    assert generated["name"] == launcher["instance_config_map"]
    assert re.findall(r"name: (DSS_RUN_NAMESPACE|DAGSTER_CURRENT_IMAGE)", text)
    assert (REPOSITORY / "infra/kubernetes/settings.yaml").read_text().count("kind: ConfigMap") == 1


def snake(value: Any) -> Any:
    """Values of the chart in the words of dagster.yaml, for keys that the chart itself turns into these."""
    if isinstance(value, dict):
        return {re.sub(r"(?<=[a-z])([A-Z])", r"_\1", key).lower(): snake(one) for key, one in value.items()}
    return [snake(one) for one in value] if isinstance(value, list) else value


def test_the_values_for_dagsters_chart_say_what_our_own_manifests_say() -> None:
    values = yaml.safe_load((KUBERNETES / "dagster-helm-values.yaml").read_text())
    settings = yaml.safe_load((RUNS / "dagster.yaml").read_text())
    daemon, launcher = values["dagsterDaemon"], values["runLauncher"]["config"]["k8sRunLauncher"]
    [code_server] = values["dagster-user-deployments"]["deployments"]
    assert code_server["image"] == daemon["image"]
    assert snake(daemon["runCoordinator"]["config"]["queuedRunCoordinator"]) == settings["run_coordinator"]["config"]
    monitoring = snake(daemon["runMonitoring"])
    assert monitoring.items() >= settings["run_monitoring"].items()
    assert snake(daemon["sensors"]) == settings["sensors"]
    assert snake(values["computeLogManager"]["config"]["s3ComputeLogManager"]) == settings["compute_logs"]["config"]
    ours = settings["run_launcher"]["config"]
    assert launcher["resources"] == ours["resources"]
    container = ours["run_k8s_config"]["container_config"]
    pod = ours["run_k8s_config"]["pod_spec_config"]
    assert snake(launcher["securityContext"]) == container["security_context"]
    assert snake(launcher["volumeMounts"]) == container["volume_mounts"]
    assert snake(launcher["volumes"]) == pod["volumes"]
    its_pod = snake(launcher["runK8sConfig"]["podSpecConfig"])
    assert its_pod == {key: value for key, value in pod.items() if key != "volumes"}
    assert snake(launcher["runK8sConfig"]["jobSpecConfig"]) == ours["run_k8s_config"]["job_spec_config"]
    # The chart's own webserver knows no login.
    assert values["dagsterWebserver"]["replicaCount"] == 0
