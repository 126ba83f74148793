"""The REST APIs of Airflow 2 and 3 as data-flow's stand-in answers them: seen on 2.11.2 and 3.3.2, 2026-11-25."""

import json
import re
import secrets
from collections.abc import Mapping
from typing import Any

from werkzeug.wrappers import Response

from infra.local.dag_runs import DagRuns, DuplicateRun
from infra.local.http import Request

DAG_ID = "DSSGenericPipeline"
_RUN_ID = re.compile(r"[A-Za-z0-9_.~:+-]+")
_CONF = {"data_uploader_schema_name", "data_uploader_table_name"}


class AirflowRest:
    """Answers of one DAG. `people` are users with their passwords, who may trigger; `viewers` of them may only look.

    For tests: `is_stale` is whether the parser has lost the DAG, `has_scheduler` whether runs can begin, and
    `refused_conf` a text with which every configuration is refused. `expire_tokens` is what a day does to them.
    """

    def __init__(self, runs: DagRuns, people: Mapping[str, str]) -> None:
        self._runs = runs
        self.people = dict(people)
        self.tokens: set[str] = set()
        self.viewers: set[str] = set()
        self.is_stale = False
        self.has_scheduler = True
        self.refused_conf = ""

    def expire_tokens(self) -> None:
        """Take no token that was given so far."""
        self.tokens.clear()

    def create_token(self, request: Request) -> Response:
        """POST /auth/token."""
        asked = request.get_json(silent=True) or {}
        name, password = asked.get("username"), asked.get("password")
        if not name or self.people.get(name) != password:
            return _json(401, {"detail": "Invalid credentials"})
        token = f"{name}.{secrets.token_urlsafe(16)}"
        self.tokens.add(token)
        return _json(201, {"access_token": token})

    def refusal(self, request: Request, version: int, dag: str) -> Response | None:
        """The answer to a caller who is not let in, or asks for what is not there; otherwise None."""
        if version == 2 and self._basic(request) is None:
            return _json(403, {"detail": None, "status": 403, "title": "Forbidden", "type": "about:blank"})
        token = request.headers.get("Authorization", "").removeprefix("Bearer ")
        if version == 3 and token not in self.tokens:
            return _json(401, {"detail": "Token Expired" if token else "Not authenticated"})
        name = self._basic(request) if version == 2 else token.partition(".")[0]
        if request.method != "GET" and name in self.viewers:
            return _json(403, {"detail": "Forbidden"})
        return None if dag == DAG_ID else _not_found(f"Dag with dag_id: '{dag}' not found")

    def _basic(self, request: Request) -> str | None:
        given = request.authorization
        if given is None or given.type != "basic" or self.people.get(given.username or "") != given.password:
            return None
        return given.username

    def create_run(self, request: Request, version: int) -> Response:
        """POST …/dagRuns."""
        body: Any = request.get_json(silent=True)
        if (refusal := self._wrong_body(body, version)) is not None:
            return refusal
        conf = body["conf"]
        try:
            run = self._runs.add(
                body["dag_run_id"], None, conf["data_uploader_schema_name"], conf["data_uploader_table_name"]
            )
        except DuplicateRun:
            return _json(409, {"detail": {"reason": "Unique constraint violation", "statement": "hidden"}})
        return _json(200, {**_shown(run), "conf": conf})

    def _wrong_body(self, body: Any, version: int) -> Response | None:
        """The answer to a body that no run can be made of; otherwise None."""
        is_object = isinstance(body, dict) and isinstance(body.get("conf"), dict)
        conf = body["conf"] if is_object else {}
        # Status and text of each, and whether it is so: the first one counts.
        faults = [
            (400 if version == 2 else 422, "Input should be an object", not is_object),
            (422, "logical_date: Field required", version == 3 and is_object and "logical_date" not in body),
            (
                400,
                "{'logical_date': ['Field may not be null.']}",
                version == 2 and is_object and "logical_date" in body,
            ),
            (404, f"Dag with dag_id: '{DAG_ID}' not found", self.is_stale),
            (400, "The dag_run_id has characters that it may not have", is_object and not _is_run_id(body)),
            (400, self.refused_conf, bool(self.refused_conf)),
            (400, f"Invalid input for param: {conf}", not conf.keys() >= _CONF),
        ]
        return next((_json(status, {"detail": text}) for status, text, is_so in faults if is_so), None)

    def show_run(self, run_id: str) -> Response:
        """GET …/dagRuns/{id}."""
        run = self._runs.find(run_id)
        return _json(200, _shown(run)) if run else _not_found(f"The DagRun with run_id: `{run_id}` was not found")

    def show_dag(self) -> Response:
        """GET …/dags/{dag}."""
        state = {"is_stale": self.is_stale, "is_active": not self.is_stale, "is_paused": self._runs.is_paused}
        return _json(200, {"dag_id": DAG_ID, **state})

    def show_health(self) -> Response:
        """GET …/health."""
        status = "healthy" if self.has_scheduler else "unhealthy"
        scheduler = {"status": status, "latest_scheduler_heartbeat": "2026-11-25T04:01:16+00:00"}
        return _json(200, {"metadatabase": {"status": "healthy"}, "scheduler": scheduler})

    def list_tasks(self, run_id: str) -> Response:
        """GET …/taskInstances."""
        run = self._runs.find(run_id)
        if run is None:
            return _not_found(f"The DagRun with run_id: `{run_id}` was not found")
        task = {"task_id": "copy_table", "state": run["state"], "try_number": 1, "map_index": -1}
        return _json(200, {"task_instances": [{**task, "end_date": run["end_date"]}], "total_entries": 1})

    def show_log(self, version: int, run_id: str) -> Response:
        """GET …/logs/{try}."""
        run = self._runs.find(run_id)
        if run is None:
            return _not_found(f"The DagRun with run_id: `{run_id}` was not found")
        if version == 2:
            lines = [
                "[2026-11-25T04:01:16.000+0000] {taskinstance.py:3311} ERROR - Task failed with exception",
                "Traceback (most recent call last):",
                f"airflow.exceptions.AirflowFailException: {run['log']}",
                "[2026-11-25T04:01:17.000+0000] {taskinstance.py:1226} INFO - Marking task as FAILED. dag_id=…",
            ]
            return Response("\n".join(lines), mimetype="text/plain")
        cause = {"exc_type": "AirflowFailException", "exc_value": run["log"]}
        events = [
            {"level": "info", "event": "DAG bundles loaded"},
            {"level": "error", "event": "Task failed with exception", "error_detail": [cause]},
            {"level": "info", "event": "Task finished"},
        ]
        return _json(200, {"content": events, "continuation_token": None})


def _is_run_id(body: Mapping[str, Any]) -> bool:
    return _RUN_ID.fullmatch(str(body.get("dag_run_id"))) is not None


def _shown(run: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "dag_run_id": run["run_id"],
        "dag_id": DAG_ID,
        "logical_date": None,
        "queued_at": run["queued_at"],
        "start_date": run["start_date"],
        "end_date": run["end_date"],
        "run_type": "manual",
        "state": run["state"],
    }


def _not_found(detail: str) -> Response:
    return _json(404, {"detail": detail})


def _json(status: int, body: Mapping[str, Any]) -> Response:
    return Response(json.dumps(body), status, mimetype="application/json")
