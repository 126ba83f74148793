"""What Prometheus and Grafana are given to take: rules, their tests, a dashboard, and a runbook that has each alert."""

import ast
import json
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
import yaml

from dss_web.shared.contract import Problem
from tests.conftest import REPOSITORY

MONITORING = REPOSITORY / "infra/monitoring"
RUNBOOK = (REPOSITORY / "docs/runbook.md").read_text()
SUFFIXES = {"Counter": ("_total",), "Histogram": ("_bucket", "_sum", "_count")}


@pytest.fixture(scope="module")
def promtool() -> Path:
    subprocess.run(["/bin/sh", "infra/local/programs.sh"], cwd=REPOSITORY, check=True)
    return REPOSITORY / ".programs/promtool"


def rules() -> list[dict[str, Any]]:
    groups = yaml.safe_load((MONITORING / "alerts.yaml").read_text())["groups"]
    return [rule for group in groups for rule in group["rules"]]


def queries() -> Iterator[str]:
    """Those of the dashboard."""
    for panel in json.loads((MONITORING / "dashboard.json").read_text())["panels"]:
        for target in panel.get("targets", []):
            yield target["expr"]


def metrics() -> set[str]:
    """The names of the series that `/metrics` may have, from where they are made."""
    found = {"up", "ALERTS"}
    for module in ("metrics.py", "dataset_metrics.py"):
        for node in ast.walk(ast.parse((REPOSITORY / "dss_web/monitoring" / module).read_text())):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
                first = node.args[0] if node.args else None
                if isinstance(first, ast.Constant) and isinstance(first.value, str) and "dss_" in first.value:
                    found |= {f"{first.value}{suffix}" for suffix in SUFFIXES.get(node.func.id, ("",))}
    return found


def run(promtool: Path, *arguments: str | Path) -> None:
    done = subprocess.run([promtool, *arguments], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_rules_do_what_their_tests_say(promtool: Path) -> None:
    run(promtool, "check", "rules", MONITORING / "alerts.yaml")
    run(promtool, "test", "rules", MONITORING / "alerts_test.yaml")
    tried = (MONITORING / "alerts_test.yaml").read_text()
    assert [rule["alert"] for rule in rules() if rule["alert"] not in tried] == []


def test_the_queries_of_the_dashboard_are_those_of_prometheus(promtool: Path, tmp_path: Path) -> None:
    expressions = [query.replace("$__rate_interval", "5m").replace("$dataset", ".*") for query in queries()]
    file = tmp_path / "queries.yaml"
    named = [{"record": f"query:{number}", "expr": text} for number, text in enumerate(expressions)]
    file.write_text(yaml.safe_dump({"groups": [{"name": "queries", "rules": named}]}))

    run(promtool, "check", "rules", file)


def test_rules_and_dashboard_name_only_metrics_that_there_are() -> None:
    there = metrics()
    assert {"dss_requests_total", "dss_dataset_problem", "dss_dataset_age_seconds"} <= there
    for text in [*(rule["expr"] for rule in rules()), *queries()]:
        assert set(re.findall(r"\b(dss_\w+|up)\b(?=[{)\[ ]|$)", text)) <= there, text


def anchors() -> set[str]:
    headings = re.findall(r"^### (.+)$", RUNBOOK, re.MULTILINE)
    return {heading.lower().replace(" ", "-") for heading in headings}


def test_the_runbook_has_each_alert_and_no_other() -> None:
    of_rules = {rule["annotations"]["runbook"] for rule in rules()}
    assert {link.partition("#")[0] for link in of_rules} == {"docs/runbook.md"}
    of_problems = {problem.replace(" ", "-") for problem in Problem}
    assert {link.partition("#")[2] for link in of_rules} | of_problems == anchors()
    sections = dict(re.findall(r"^### (.+)\n\n\[`(\w+)`\]", RUNBOOK, re.MULTILINE))
    named = {rule["alert"]: rule["annotations"]["runbook"].partition("#")[2] for rule in rules()}
    assert {alert: heading.lower().replace(" ", "-") for heading, alert in sections.items()} == named


def test_the_statements_of_the_runbook_can_be_run(database_url: str) -> None:
    statements = re.findall(r"SELECT [^;`]+;", RUNBOOK)
    assert len(statements) >= 7
    with psycopg.connect(database_url, autocommit=True) as connection:
        for statement in statements:
            connection.execute(statement.encode())
