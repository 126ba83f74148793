"""`manage.py hawk_export`, as a client runs it: in an environment without any of the service's settings."""

import hashlib
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import REPOSITORY
from tests.parts.export_reading import begin, export, fill
from tests.parts.relay import cutting
from tests.parts.service import Service

# Of compressed content, which is some half as large.
CUT = 12_000_000


@pytest.mark.parametrize("format_", ["csv", "ndjson", "parquet"])
def test_a_table_is_fetched_and_verified(exporting: Service, tmp_path: Path, format_: str) -> None:
    target = tmp_path / "table"

    ended = hawk_export(exporting, exporting.url, f"x/large?format={format_}", target)

    assert ended.returncode == 0, ended.stderr
    assert "60000 rows" in ended.stdout
    assert hashlib.sha256(target.read_bytes()).hexdigest() in ended.stdout
    assert [file.name for file in tmp_path.iterdir()] == ["table"]


@pytest.mark.parametrize("format_", ["csv", "ndjson"])
def test_it_goes_on_after_breaks(exporting: Service, tmp_path: Path, format_: str) -> None:
    target = tmp_path / "table"
    path = f"x/large?format={format_}&columns=id,name"
    with cutting(exporting, CUT, times=2) as url:
        ended = hawk_export(exporting, url, path, target)

    assert ended.returncode == 0, ended.stderr
    assert ended.stderr.count("resuming after") == 2
    assert "behind 0 rows" not in ended.stderr
    assert target.read_bytes() == export(exporting.client(), path)


def test_a_file_that_is_not_complete_never_gets_the_name(exporting: Service, tmp_path: Path) -> None:
    target = tmp_path / "table"
    with cutting(exporting, 1_000_000, times=9) as url:
        ended = hawk_export(exporting, url, "x/large", target, "--tries", "1")

    assert ended.returncode == 1
    assert "Not complete" in ended.stderr
    assert [file.name for file in tmp_path.iterdir()] == ["table.part"]


def test_a_table_that_was_changed_between_is_fetched_anew(exporting: Service, tmp_path: Path) -> None:
    fill(exporting, "between", 30_000, 1000)
    target = tmp_path / "table"
    change = lambda: exporting.execute("UPDATE x.between SET name = 'new'")  # noqa: E731 one word for it
    with cutting(exporting, CUT, times=1, after=change) as url:
        ended = hawk_export(exporting, url, "x/between", target)

    assert ended.returncode == 0, ended.stderr
    assert "starts again" in ended.stderr
    assert target.read_bytes() == export(exporting.client(), "x/between")


def test_a_file_that_came_by_other_means_can_be_checked(exporting: Service, tmp_path: Path) -> None:
    target = tmp_path / "table"
    response = begin(exporting.client(), "x/L1")
    target.write_bytes(response.content)
    check = ["--check", response.headers["DSS-Export-Id"]]

    right = hawk_export(exporting, exporting.url, "x/L1", target, *check)
    target.write_bytes(response.content.replace(b"100", b"101"))
    wrong = hawk_export(exporting, exporting.url, "x/L1", target, *check)

    assert (right.returncode, wrong.returncode) == (0, 1)
    assert "100 rows" in right.stdout
    assert "sha256 is" in wrong.stderr
    assert "should not be used" in wrong.stderr


def test_a_refusal_is_told_in_the_servers_words(exporting: Service, tmp_path: Path) -> None:
    ended = hawk_export(exporting, exporting.url, "x/L1?format=xlsx", tmp_path / "table")

    assert ended.returncode == 1
    assert "format must be csv, ndjson or parquet" in ended.stderr


def hawk_export(service: Service, url: str, path: str, target: Path, *options: str) -> subprocess.CompletedProcess[str]:
    """Run the command; through `url`, which is the service's or that of something between."""
    client = service.client()
    command: list[str | Path] = [
        sys.executable,
        REPOSITORY / "manage.py",
        "hawk_export",
        f"{url}/api/v1/table-export/{path}",
        "--id",
        client.identifier,
        "--output",
        target,
        *options,
    ]
    environment = {"PATH": os.environ["PATH"], "HAWK_KEY": client.key}
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=120)
