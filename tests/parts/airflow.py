"""A real Airflow 3 with the DAG of infra/airflow, on Postgres: three processes, and what an operator does there."""

import json
import os
import secrets
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import requests

from infra.local.ports import free_port
from infra.local.process import Process

REPOSITORY = Path(__file__).parent.parent.parent
DAG_ID = "DSSGenericPipeline"
# Alone on two cores, 30 s; among other tests several times that.
START_SECONDS = 240
USER, PASSWORD = "dss", "the password by which a real Airflow knows us"
VIEWER = "viewer"


class Airflow:
    """`environment` is what its tasks get."""

    def __init__(self, venv: Path, folder: Path, database_url: str, environment: Mapping[str, str]) -> None:
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        passwords = folder / "passwords.json"
        folder.mkdir(parents=True, exist_ok=True)
        passwords.write_text(json.dumps({USER: PASSWORD, VIEWER: PASSWORD}))
        dags = folder / "dags"
        dags.mkdir()
        (dags / "dss_generic_pipeline.py").symlink_to(REPOSITORY / "infra/airflow/dss_generic_pipeline.py")
        self._folder, self._venv = folder, venv
        self._environment = {
            **os.environ,
            **environment,
            "PATH": f"{venv / 'bin'}:{os.environ['PATH']}",
            "AIRFLOW_HOME": str(folder),
            "AIRFLOW__API__BASE_URL": self.url,
            "AIRFLOW__API__HOST": "127.0.0.1",
            "AIRFLOW__API__PORT": str(self.port),
            "AIRFLOW__API__WORKERS": "1",
            "AIRFLOW__API_AUTH__JWT_SECRET": secrets.token_hex(32),
            "AIRFLOW__CORE__DAGS_ARE_PAUSED_AT_CREATION": "False",
            "AIRFLOW__CORE__DAGS_FOLDER": str(dags),
            "AIRFLOW__CORE__EXECUTION_API_SERVER_URL": f"{self.url}/execution/",
            "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
            "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_PASSWORDS_FILE": str(passwords),
            "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_USERS": f"{USER}:user,{VIEWER}:viewer",
            "AIRFLOW__DAG_PROCESSOR__REFRESH_INTERVAL": "10",
            "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": database_url.replace("postgresql://", "postgresql+psycopg2://"),
            "AIRFLOW__LOGGING__WORKER_LOG_SERVER_PORT": str(free_port()),
            "AIRFLOW__SCHEDULER__SCHEDULER_HEALTH_CHECK_THRESHOLD": "15",
        }
        self.scheduler = self._process("scheduler")

    @contextmanager
    def running(self) -> Iterator["Airflow"]:
        """Make its tables, start it, and wait until it knows the DAG."""
        migration = self._process("db", "migrate")
        server, processor = self._process("api-server"), self._process("dag-processor")
        migration.start()
        assert migration.wait() == 0, migration.log_tail()
        processes = (server, self.scheduler, processor)
        try:
            for process in processes:
                process.start()
            self.wait(self._knows_the_dag)
            yield self
        finally:
            for process in processes:
                process.stop()

    def _knows_the_dag(self) -> bool:
        try:
            return self.get(f"/dags/{DAG_ID}").status_code == 200
        except (requests.RequestException, KeyError):
            return False

    def wait(self, is_so: Callable[[], object], seconds: float = START_SECONDS) -> None:
        """Until something is so."""
        deadline = time.monotonic() + seconds
        while not is_so():
            assert time.monotonic() < deadline, self.logs()
            time.sleep(0.5)

    def logs(self) -> str:
        """The ends of the logs."""
        return "\n".join(f"{log.name}: …{log.read_text()[-3000:]}" for log in sorted(self._folder.glob("*.log")))

    def get(self, path: str) -> requests.Response:
        """An answer of its API."""
        return requests.get(f"{self.url}/api/v2{path}", headers=self._token(), timeout=60)

    def set_paused(self, is_paused: bool) -> None:
        """Pause the DAG, or unpause it."""
        url = f"{self.url}/api/v2/dags/{DAG_ID}"
        requests.patch(url, json={"is_paused": is_paused}, headers=self._token(), timeout=60).raise_for_status()

    def clear(self, run_id: str) -> None:
        """Let a run begin once more."""
        url = f"{self.url}/api/v2/dags/{DAG_ID}/dagRuns/{run_id}/clear"
        requests.post(url, json={"dry_run": False}, headers=self._token(), timeout=60).raise_for_status()

    def runs(self) -> dict[str, str]:
        """The state of each run by its id."""
        found = self.get(f"/dags/{DAG_ID}/dagRuns").json()["dag_runs"]
        return {run["dag_run_id"]: run["state"] for run in found}

    def _token(self) -> dict[str, str]:
        answer = requests.post(f"{self.url}/auth/token", json={"username": USER, "password": PASSWORD}, timeout=60)
        return {"Authorization": f"Bearer {answer.json()['access_token']}"}

    def _process(self, *arguments: str) -> Process:
        argv = [str(self._venv / "bin/airflow"), *arguments]
        return Process(arguments[0], argv, self._folder / f"{arguments[0]}.log", self._environment, self._folder)
