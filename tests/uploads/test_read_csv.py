"""`manage.py read_csv` on files as people really have them, and on those at hand beside the repository."""

import csv
import io
import json
import os
import subprocess
import sys
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError

from dss_web.uploads.management.commands.read_csv import ASKED, REFUSED, Command
from tests.conftest import REPOSITORY

CORPUS = Path(__file__).parents[3] / "shared" / "data" / "csv"
CASES: list[dict[str, Any]] = json.loads((CORPUS / "cases.json").read_text()) if CORPUS.is_dir() else []
NOTHING_SAID = dict.fromkeys(("encoding", "delimiter", "quote", "escape", "header_line", "last_line", "sheet"))


def run(file: Path, folder: Path, **options: Any) -> tuple[int, dict[str, Any], list[list[str]] | None]:
    """The exit code, the report and the table, if one was written."""
    out, report = folder / "clean.csv", folder / "report.json"
    code = 0
    try:
        Command(stdout=io.StringIO()).handle(file=file, out=out, report=report, **{**NOTHING_SAID, **options})
    except CommandError as error:
        code = error.returncode
        assert code in {ASKED, REFUSED}, error
        assert str(error).strip()
    with out.open(newline="", encoding="utf-8") if out.exists() else io.StringIO() as table:
        rows = list(csv.reader(table)) if out.exists() else None
    return code, json.loads(report.read_text()), rows


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "file.csv"


def test_the_table_is_written_as_it_would_be_loaded(file: Path, tmp_path: Path) -> None:
    file.write_bytes("Spend over £25k\n\nDate;Größe;Cost\n01/31/2024;5;NULL\n02/01/2024;6;7\n".encode("cp1252"))
    code, report, rows = run(file, tmp_path)
    assert code == 0
    assert rows == [["date", "groesse", "cost"], ["2024-01-31", "5", ""], ["2024-02-01", "6", "7"]]
    assert (report["result"], report["rows"]) == ("read", 2)
    assert {"encoding", "title_lines", "converted", "null_words"} <= {finding["kind"] for finding in report["told"]}
    assert [column["type"] for column in report["columns"]] == ["date", "integer", "integer"]


def test_what_a_person_has_to_answer_is_asked_with_its_line(file: Path, tmp_path: Path) -> None:
    file.write_text("1,di4-aN.wav,0.95\n2,di1-aN.wav,1.03\n")
    code, report, rows = run(file, tmp_path)
    assert (code, report["result"], report["lines"]) == (ASKED, "asked", [1])
    assert [finding["kind"] for finding in report["asked"]] == ["header_is_data"]
    assert rows is not None
    assert len(rows) == 3
    answered, report, rows = run(file, tmp_path, header_line=0)
    assert (answered, report["asked"]) == (0, [])


def test_what_cannot_be_read_is_refused_with_its_lines_and_writes_no_table(file: Path, tmp_path: Path) -> None:
    file.write_text('a,b\n1,2\n3\n4,5\n6,"x"y\n7,8\n')
    code, report, rows = run(file, tmp_path)
    assert (code, report["result"], report["lines"], rows) == (REFUSED, "refused", [3, 5], None)


def test_what_is_said_is_read_so(file: Path, tmp_path: Path) -> None:
    file.write_bytes("Город|x\nМосква|5\n".encode("koi8-r"))
    code, report, rows = run(file, tmp_path, encoding="koi8-r", delimiter="bar")
    assert (code, rows) == (0, [["gorod", "x"], ["Москва", "5"]])
    assert report["reading"]["encoding"] == "koi8-r"
    with pytest.raises(AssertionError, match="no encoding called klingon"):
        run(file, tmp_path, encoding="klingon")


def plain(value: str) -> str:
    """A value without blanks around, and a number as a number."""
    value = value.strip()
    try:
        return f"{Decimal(value).normalize():f}" if value[:1] != "0" and value.isascii() and "_" not in value else value
    except InvalidOperation:
        return value


@pytest.mark.skipif(not CASES, reason="only beside the files as people have them, which are not in the repository")
@pytest.mark.parametrize("case", CASES, ids=[case["file"] for case in CASES])
def test_a_file_as_people_have_them(case: dict[str, Any], tmp_path: Path) -> None:
    code, report, rows = run(CORPUS / case["file"], tmp_path)
    if case["clean"]:
        with (CORPUS / "clean" / case["file"]).open(newline="", encoding="utf-8") as clean:
            expected = [[plain(value) for value in row] for row in list(csv.reader(clean))[1:]]
        assert rows is not None
        assert [[plain(value) for value in row] for row in rows[1:]] == expected
    if case["kind"] == "refuse":
        assert code in {ASKED, REFUSED}
        assert report["asked"] or report["refused"]
    if case["kind"] == "tell":
        assert report["asked"] or report["told"]


def test_it_needs_none_of_the_services_settings(tmp_path: Path) -> None:
    file, out = tmp_path / "sales.csv", tmp_path / "clean.csv"
    file.write_text("Region;Total (£)\nNorth;1\n")
    command = [sys.executable, str(REPOSITORY / "manage.py"), "read_csv", str(file), "--out", str(out)]

    done = subprocess.run(command, env={"PATH": os.environ["PATH"]}, capture_output=True, text=True, check=True)

    assert "“Total (£)” is called total_gbp in the table." in done.stdout
    assert out.read_bytes() == b"region,total_gbp\r\nNorth,1\r\n"


def test_a_reader_of_the_output_may_leave_early(tmp_path: Path) -> None:
    file = tmp_path / "wide.csv"
    file.write_text(",".join(f"Column {number}" for number in range(1500)) + "\n" + ",".join(["1"] * 1500) + "\n")
    command = f"{sys.executable} {REPOSITORY / 'manage.py'} read_csv {file} | head -n 1"

    done = subprocess.run(
        ["/bin/sh", "-c", command], env={"PATH": os.environ["PATH"]}, capture_output=True, text=True, check=True
    )

    assert done.stdout.count("\n") == 1
    assert done.stderr == ""
