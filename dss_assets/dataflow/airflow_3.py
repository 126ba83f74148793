"""The REST API of Airflow 3: /api/v2, with a token."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import quote

from dss_assets.dataflow.airflow_rest import AirflowRest


class Airflow3(AirflowRest):
    """A DAG of Airflow 3."""

    prefix = "/api/v2"
    health_path = "/api/v2/monitor/health"

    def request_body(self, run_id: str, conf: Mapping[str, Any]) -> Mapping[str, Any]:
        """With `logical_date`, which must be there and may be null: the run has none then."""
        return {"dag_run_id": run_id, "logical_date": None, "conf": conf}

    def is_stale(self, dag: Mapping[str, Any]) -> bool:
        """A DAG that the parser has not found at its last look."""
        return bool(dag.get("is_stale"))

    def end_of_log(self, url: str) -> str:
        """What the last error of the log says, with its exception."""
        content = self._json("GET", url).get("content") or []
        events = [event for event in content if isinstance(event, dict)]
        errors = [event for event in events if event.get("level") in {"error", "critical"}]
        return " ".join(_words(errors[-1:] or events[-1:]))

    def link(self, run_id: str) -> str:
        """The page of the run."""
        return f"{self.web_url}/dags/{quote(self.dag_id, safe='')}/runs/{quote(run_id, safe='')}"


def _words(events: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    for event in events:
        yield str(event.get("event"))
        for cause in event.get("error_detail") or ():
            yield f"{cause.get('exc_type')}: {cause.get('exc_value')}"
