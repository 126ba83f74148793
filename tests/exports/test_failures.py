"""What a client gets of an export that fails: a signed error before the first byte, and no end after it."""

import subprocess
import threading
from pathlib import Path

import pytest

from tests.parts.export_reading import begin
from tests.parts.service import Service
from tests.parts.waiting import wait_until


def wait_for_copy(service: Service) -> None:
    """Wait until a COPY has run for longer than two seconds without a row."""
    running = "SELECT count(*) FROM pg_stat_activity WHERE query LIKE 'COPY %%' AND datname = current_database()"
    wait_until(lambda: service.ask(f"{running} AND now() - query_start > interval '2 s'"), "rows are waited for")


def test_a_database_that_goes_while_the_first_rows_are_waited_for_is_answered_and_signed(exporting: Service) -> None:
    exporting.execute('CREATE VIEW x.waiting AS SELECT id, pg_sleep(30)::text AS name FROM x."L1"')

    def terminate() -> None:
        wait_for_copy(exporting)
        exporting.ask(
            "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE query LIKE 'COPY %%'"
            " AND datname = current_database()"
        )

    thread = threading.Thread(target=terminate)
    thread.start()
    answer = exporting.client().get("/api/v1/table-export/x/waiting")
    thread.join()

    assert (answer.status_code, answer.json()) == (503, {"error": "The database is out of reach: try again later"})
    assert int(answer.headers["Retry-After"]) > 0
    assert "Server-Authorization" in answer.headers, "the client of the tests has verified it"
    both = [begin(exporting.client(), "x/large") for _ in range(2)]
    assert [response.status_code for response in both] == [200, 200], "its slot is free again"
    assert all(response.content for response in both)


def test_rows_that_no_byte_was_made_of_yet_are_no_beginning(exporting: Service) -> None:
    # Only zstd keeps the first rows until it has more of them.
    exporting.execute('CREATE VIEW x.failing_later AS SELECT id, 1 / (id - 50) AS n FROM x."L1" ORDER BY id')

    answer = exporting.client().get("/api/v1/table-export/x/failing_later", headers={"Accept-Encoding": "zstd"})

    assert answer.status_code == 422
    assert answer.json() == {"error": "x.failing_later fails on its own rows: division by zero"}
    assert "Server-Authorization" in answer.headers
    assert exporting.ask("SELECT count(*) FROM operations.table_export WHERE table_name = 'failing_later'") == 0


@pytest.mark.parametrize(("version", "exit_code"), [("--http1.1", 18), ("--http1.0", 56)])
def test_curl_tells_an_export_that_broke_off_from_a_whole_one(
    exporting: Service, tmp_path: Path, version: str, exit_code: int
) -> None:
    exporting.execute(
        "CREATE OR REPLACE VIEW x.breaking AS SELECT id, name, 1 / (59000 - id) AS n FROM x.large ORDER BY id"
    )
    url = f"{exporting.url}/api/v1/table-export/x/breaking"
    header = exporting.client().sign(url).request_header
    file = tmp_path / "rows.csv"

    command = ["curl", "--silent", "--fail", version, "-H", f"Authorization: {header}", "-o", str(file), url]
    ended = subprocess.run(command, check=False, timeout=60)

    assert ended.returncode == exit_code
    assert file.read_bytes()
