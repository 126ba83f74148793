"""The client where it is installed alone: from the service's wheel, in an environment without Django."""

import json
import re
import subprocess
from pathlib import Path

import pytest
from psycopg import sql

from dss_assets.loading.change_tracking import track_changes
from dss_web.client.wheel import build_wheel
from tests.conftest import REPOSITORY
from tests.parts.relay import answer, answering
from tests.parts.service import Service

KEY = "the key of a client: all"
EXAMPLES = REPOSITORY / "dss_web/docs/examples"
NODE_CLIENT = REPOSITORY / "tests/hawk/node/node_modules"
TABLE = "/api/v1/table-data/x/L1"


def run(programs: Path, folder: Path, url: str, command: str) -> subprocess.CompletedProcess[str]:
    """Run a shell command in a folder, with the client's programs, for a client with a key."""
    environment = {
        "PATH": f"{programs}:{REPOSITORY / '.venv/bin'}:/usr/bin:/bin",
        "API_URL": url,
        "HAWK_ID": "all",
        "HAWK_KEY": KEY,
    }
    return subprocess.run(
        ["/bin/sh", "-c", command],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


@pytest.mark.parametrize("module", ["django", "dss_web", "mcp"])
def test_it_brings_nothing_of_the_service(client_programs: Path, tmp_path: Path, module: str) -> None:
    ended = run(client_programs, tmp_path, "", f"python -c 'import data_store; import {module}'")

    assert f"No module named '{module}'" in ended.stderr


def test_a_key_becomes_a_data_frame_in_five_lines(exporting: Service, client_programs: Path, tmp_path: Path) -> None:
    script = EXAMPLES / "table_frame.py"
    lines = [line for line in script.read_text().splitlines() if line and not line.startswith('"""')]

    ended = run(client_programs, tmp_path, exporting.url, f"python {script} x L1")

    assert len(lines) <= 5
    assert ended.returncode == 0, ended.stderr
    assert "[100 rows x 2 columns]" in ended.stdout


def test_a_table_goes_on_into_polars_and_duckdb(exporting: Service, client_programs: Path, tmp_path: Path) -> None:
    ended = run(client_programs, tmp_path, exporting.url, f"python {EXAMPLES / 'table_queries.py'} x L1")

    assert ended.returncode == 0, ended.stderr
    assert "shape: (100, 2)" in ended.stdout
    assert "│    100 │" in ended.stdout


def test_its_commands_are_programs(exporting: Service, client_programs: Path, tmp_path: Path) -> None:
    read = run(client_programs, tmp_path, exporting.url, f'hawk-request "$API_URL{TABLE}?page-size=1&columns=id"')
    export = 'hawk-export "$API_URL/api/v1/table-export/x/L1?format=parquet" --output x.parquet'
    fetched = run(client_programs, tmp_path, exporting.url, export)
    sent = run(client_programs, tmp_path, exporting.url, 'hawk-upload nothing.csv a.b --url "$API_URL"')
    agent = run(client_programs, tmp_path, exporting.url, "data-store-mcp")

    assert (read.returncode, json.loads(read.stdout)["values"]) == (0, [[1]])
    assert (fetched.returncode, "100 rows" in fetched.stdout) == (0, True)
    assert (sent.returncode, "No such file" in sent.stderr) == (1, True)
    assert (agent.returncode, "pip install 'mcp>=2'" in agent.stderr) == (1, True)


@pytest.mark.parametrize(
    "command",
    [
        f'hawk-request "$API_URL{TABLE}?page-size=1" --follow',
        f'python {EXAMPLES}/hawk_get.py "$API_URL/api/v1/table-data/x/large?page-size=1000"',
        f'python {EXAMPLES}/requests_hawk_get.py "$API_URL/api/v1/table-data/x/large?page-size=1000"',
        'node hawk_get.mjs "$API_URL/api/v1/table-data/x/large?page-size=1000"',
    ],
    ids=["hawk-request", "hawk_get.py", "requests-hawk", "npm hawk"],
)
def test_whoever_reads_the_output_may_have_enough_of_it(
    exporting: Service, client_programs: Path, tmp_path: Path, command: str
) -> None:
    if command.startswith("node"):
        with_node_client(tmp_path)
    ended = run(client_programs, tmp_path, exporting.url, f"{command} | head -c 10")

    assert ended.stdout == '{"headers"'
    assert [line for line in ended.stderr.splitlines() if "signature: verified" not in line] == []


@pytest.mark.parametrize("program", ["python requests_hawk_get.py", "node hawk_get.mjs"])
def test_other_libraries_read_with_the_same_key(
    exporting: Service, client_programs: Path, tmp_path: Path, program: str
) -> None:
    with_node_client(tmp_path)
    (tmp_path / "requests_hawk_get.py").write_bytes((EXAMPLES / "requests_hawk_get.py").read_bytes())

    read = run(client_programs, tmp_path, exporting.url, f'{program} "$API_URL{TABLE}?columns=id&page-size=1"')
    refused = run(client_programs, tmp_path, exporting.url, f'{program} "$API_URL{TABLE}?page-size=0"')

    assert json.loads(read.stdout)["values"] == [[1]], read.stderr
    assert (refused.returncode, "400" in refused.stderr, "(request " in refused.stderr) == (1, True, True)


@pytest.mark.parametrize("program", ["python hawk_get.py", "node hawk_get.mjs"])
def test_their_answers_are_checked(exporting: Service, client_programs: Path, tmp_path: Path, program: str) -> None:
    with_node_client(tmp_path)
    (tmp_path / "hawk_get.py").write_bytes((EXAMPLES / "hawk_get.py").read_bytes())

    with answering(exporting, answer("200 OK", "Content-Type: application/json", body="{}")) as url:
        ended = run(client_programs, tmp_path, url, f'{program} "$API_URL{TABLE}"')

    assert (ended.returncode, ended.stdout) == (1, "")


def test_an_example_waits_where_a_proxy_does_not_say_how_long(
    exporting: Service, client_programs: Path, tmp_path: Path
) -> None:
    with answering(exporting, answer("503 Service Unavailable")) as url:
        ended = run(client_programs, tmp_path, url, f"python {EXAMPLES / 'read_table.py'} x L1")

    assert ended.stdout == "100 rows of x.L1\n", ended.stderr


def test_the_wheel_has_one_name(exporting: Service) -> None:
    name = build_wheel().name
    client = exporting.client()

    assert client.get(f"/api/docs/client/{name}").content == build_wheel().content
    assert client.get("/api/docs/client/data_store_client-0-py3-none-any.whl").status_code == 404


def test_every_program_of_its_readme_runs(exporting: Service, client_programs: Path, tmp_path: Path) -> None:
    exporting.execute(
        'CREATE SCHEMA "hmrc.exporters"',
        'CREATE TABLE "hmrc.exporters"."L1" (id int PRIMARY KEY, company_name text)',
        """INSERT INTO "hmrc.exporters"."L1" SELECT g, 'firm ' || g FROM generate_series(1, 25) g""",
    )
    with exporting.connect() as connection:
        track_changes(connection, sql.Identifier("hmrc.exporters", "L1"))
    readme = (REPOSITORY / "dss_web/client/README.md").read_text()
    programs = re.findall(r"^```python\n(.*?)^```$", readme, re.MULTILINE | re.DOTALL)
    (tmp_path / "readme.py").write_text("".join(programs))

    ended = run(client_programs, tmp_path, exporting.url, "python readme.py")

    assert len(programs) == 7
    assert ended.returncode == 0, ended.stderr
    assert ended.stdout.splitlines()[3:8] == [
        "25",
        "['INTEGER', 'TEXT']",
        "[{'id': 24, 'company_name': 'firm 24'}, {'id': 25, 'company_name': 'firm 25'}]",
        "firm 24",
        "firm 25",
    ]
    assert f"-{build_wheel().name.split('-')[1]}-py3" in readme


def with_node_client(folder: Path) -> None:
    """Put the example for Node where npm has installed hawk."""
    if not (NODE_CLIENT / "hawk").is_dir():
        pytest.skip("npm's hawk is not installed; `make test` does so")
    (folder / "node_modules").symlink_to(NODE_CLIENT)
    (folder / "hawk_get.mjs").write_bytes((EXAMPLES / "hawk_get.mjs").read_bytes())
