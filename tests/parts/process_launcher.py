"""Runs as processes that are nobody's children in the service: what Dagster's launchers for ECS and Kubernetes start.

Their containers are given the same command. Named in the dagster.yaml of an instance.
"""

import subprocess
import sys
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Self

from dagster import DagsterInstance, Definitions
from dagster._core.code_pointer import ModuleCodePointer
from dagster._core.launcher.base import CheckRunHealthResult, LaunchRunContext, RunLauncher, WorkerStatus
from dagster._core.origin import JobPythonOrigin, RepositoryPythonOrigin
from dagster._core.storage.dagster_run import DagsterRun
from dagster._grpc.types import ExecuteRunArgs
from dagster._serdes import ConfigurableClass, ConfigurableClassData

from tests.conftest import REPOSITORY


def launch(
    instance: DagsterInstance,
    definitions: Definitions,
    job_name: str,
    tags: Mapping[str, str] = MappingProxyType({}),
    image: str | None = None,
) -> DagsterRun:
    """A run that the instance's launcher has started, with its job's tags, as one that a sensor asks for has them.

    It says where its code is, and in which `image`, as code servers tell it.
    """
    job = definitions.resolve_job_def(job_name)
    pointer = ModuleCodePointer("dss_assets.definitions", "definitions", str(REPOSITORY))
    code = RepositoryPythonOrigin(sys.executable, pointer, container_image=image)
    run = instance.create_run_for_job(
        job, tags={**job.run_tags, **tags}, job_code_origin=JobPythonOrigin(job_name, code)
    )
    instance.launch_run(run.run_id, None)  # type: ignore[arg-type]  # none of the launchers needs a workspace
    found = instance.get_run_by_id(run.run_id)
    assert found
    return found


class ProcessRunLauncher(RunLauncher[DagsterInstance], ConfigurableClass):
    """Each run is a process of its own, ended as containers are: by SIGTERM."""

    def __init__(self, inst_data: ConfigurableClassData | None = None) -> None:
        self._inst_data = inst_data
        self.processes: dict[str, subprocess.Popen[bytes]] = {}
        super().__init__()  # type: ignore[no-untyped-call]

    @property
    def inst_data(self) -> ConfigurableClassData | None:
        return self._inst_data

    @classmethod
    def config_type(cls) -> dict[str, Any]:
        return {}

    @classmethod
    def from_config_value(cls, inst_data: ConfigurableClassData | None, config_value: Mapping[str, Any]) -> Self:
        return cls(inst_data=inst_data)

    def launch_run(self, context: LaunchRunContext) -> None:
        assert context.job_code_origin
        run_id = context.dagster_run.run_id
        arguments = ExecuteRunArgs(context.job_code_origin, run_id, self._instance.get_ref()).get_command_args()
        self.processes[run_id] = subprocess.Popen(arguments, cwd=REPOSITORY, start_new_session=True)

    def terminate(self, run_id: str) -> bool:
        run = self._instance.get_run_by_id(run_id)
        assert run
        self._instance.report_run_canceling(run)
        self.processes[run_id].terminate()
        return True

    @property
    def supports_check_run_worker_health(self) -> bool:
        return True

    def check_run_worker_health(self, run: DagsterRun) -> CheckRunHealthResult:
        status = self.processes[run.run_id].poll()
        if status is None:
            return CheckRunHealthResult(WorkerStatus.RUNNING)
        return CheckRunHealthResult(WorkerStatus.FAILED if status else WorkerStatus.SUCCESS)

    def dispose(self) -> None:
        for process in self.processes.values():
            process.kill()
            process.wait()
