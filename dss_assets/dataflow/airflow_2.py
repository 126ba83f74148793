"""The REST API of Airflow 2: /api/v1, with a user and a password, or a token of the platform."""

from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import quote, urlencode

from dss_assets.dataflow.airflow_rest import MAX_REASON_CHARACTERS, AirflowRest

# Airflow's own line behind each failed task says what everybody knows.
_ERROR: Final = " ERROR - "
_MARKED: Final = "Marking task as FAILED"


class Airflow2(AirflowRest):
    """A DAG of Airflow 2."""

    prefix = "/api/v1"
    health_path = "/api/v1/health"

    def request_body(self, run_id: str, conf: Mapping[str, Any]) -> Mapping[str, Any]:
        """Without `logical_date`, which is the time of the request then: null is refused."""
        return {"dag_run_id": run_id, "conf": conf}

    def is_stale(self, dag: Mapping[str, Any]) -> bool:
        """A DAG whose file is gone or wrong is not active."""
        return dag.get("is_active") is False

    def end_of_log(self, url: str) -> str:
        """The lines from the last error on, as the log has them."""
        lines = [line for line in self.call("GET", url, accept="text/plain").text.splitlines() if line.strip()]
        errors = [number for number, line in enumerate(lines) if _ERROR in line]
        if not errors:
            return "\n".join(lines[-3:])
        # The exception is the last line of its traceback, before the next line with a time.
        last = errors[-1] + 1
        while last < len(lines) and not lines[last].startswith("[") and _MARKED not in lines[last]:
            last += 1
        return lines[last - 1][-MAX_REASON_CHARACTERS:]

    def link(self, run_id: str) -> str:
        """The run in the grid of its DAG."""
        return f"{self.web_url}/dags/{quote(self.dag_id, safe='')}/grid?{urlencode({'dag_run_id': run_id})}"
