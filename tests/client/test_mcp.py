"""`data-store-mcp`, as an agent has it: over stdio, by the protocol's own client, on the real service."""

import asyncio
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from mcp import Client, StdioServerParameters

from tests.conftest import REPOSITORY
from tests.parts.service import Service

SERVER = ["-m", "dss_web.client.data_store.mcp_server"]


@pytest.fixture(scope="module")
def environment(exporting: Service) -> dict[str, str]:
    """What an agent's configuration has: the key of a client that may read one schema."""
    exporting.execute(
        "CREATE SCHEMA agents",
        'CREATE TABLE agents."L1" (id int PRIMARY KEY, name text)',
        """INSERT INTO agents."L1" SELECT g, 'firm ' || g FROM generate_series(1, 150) g""",
        """UPDATE agents."L1" SET name = repeat('long', 1000) WHERE id = 3""",
    )
    client = exporting.add_client("agent", "table:agents")
    return {"API_URL": exporting.url, "HAWK_ID": client.identifier, "HAWK_KEY": client.key}


def calls(environment: dict[str, str], *wanted: tuple[str, dict[str, Any]]) -> list[Any]:
    """What each tool answers: its structured result, or the text of its error."""

    async def ask() -> list[Any]:
        server = StdioServerParameters(
            command=sys.executable, args=SERVER, cwd=str(REPOSITORY), env={"PATH": os.environ["PATH"], **environment}
        )
        async with Client(server) as client:
            results = [await client.call_tool(name, arguments) for name, arguments in wanted]
        return [
            "".join(getattr(part, "text", "") for part in result.content)
            if result.is_error
            else result.structured_content
            for result in results
        ]

    # In a thread of its own: in that of the tests Playwright's loop may be running.
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(lambda: asyncio.run(asyncio.wait_for(ask(), 120))).result()


def test_an_agent_reads_some_rows_of_a_table_that_it_has_described(environment: dict[str, str]) -> None:
    table = {"schema": "agents", "table": "L1"}

    described, first, chosen = calls(
        environment,
        ("describe_table", table),
        ("read_rows", {**table, "limit": 3}),
        ("read_rows", {**table, "columns": ["name"], "where": {"id.gte": "149"}}),
    )

    assert described["columns"][0] == {"name": "id", "type": "INTEGER", "meaning": ""}
    assert first["rows"][:2] == [{"id": 1, "name": "firm 1"}, {"id": 2, "name": "firm 2"}]
    assert first["rows"][2]["name"].endswith("… (4,000 characters)")
    assert first["more"]
    assert chosen == {"rows": [{"name": "firm 149"}, {"name": "firm 150"}], "more": False}


def test_it_gets_no_more_than_its_key_opens_and_is_told_why(environment: dict[str, str]) -> None:
    table = {"schema": "agents", "table": "L1"}

    other, many, unindexed, odd = calls(
        environment,
        ("read_rows", {"schema": "x", "table": "L1"}),
        ("read_rows", {**table, "limit": 1000}),
        ("read_rows", {**table, "where": {"name": "a"}}),
        ("write_rows", {}),
    )

    assert "403 Forbidden" in other
    assert "100" in many
    assert "index" in unindexed
    assert "write_rows" in odd


def test_all_that_it_offers_only_reads(environment: dict[str, str]) -> None:
    async def ask() -> dict[str, bool | None]:
        server = StdioServerParameters(command=sys.executable, args=SERVER, cwd=str(REPOSITORY), env=environment)
        async with Client(server) as client:
            tools = (await client.list_tools()).tools
        return {tool.name: tool.annotations.read_only_hint if tool.annotations else None for tool in tools}

    with ThreadPoolExecutor(1) as thread:
        offered = thread.submit(asyncio.run, ask()).result()

    assert offered == dict.fromkeys(("list_datasets", "search", "describe_table", "read_rows"), True)


def test_without_a_key_it_says_what_is_missing() -> None:
    ended = subprocess.run(
        [sys.executable, *SERVER], cwd=REPOSITORY, env={}, capture_output=True, text=True, check=False, timeout=60
    )

    assert (ended.returncode, ended.stdout) == (1, "")
    assert ended.stderr == "Not set in the environment: API_URL, HAWK_ID, HAWK_KEY\n"
