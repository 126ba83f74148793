"""`python -m dss_assets try`, as an engineer types it: on good files, on bad ones, and on a declaration at fault."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest

from infra.local.postgres import Postgres
from tests.conftest import REPOSITORY
from tests.parts.unruly import Answer, UnrulyPublisher

DECLARATION = """
from datetime import timedelta

from dss_assets.dataset import Absent, Column, ConvertedColumn, Dataset, Delimited, Incremental, Others, Rowwise
from dss_assets.dataset import HtmlLinks
from dss_assets.dataset.conversions import MONTH
from dss_assets.datasets import EXPORTERS
from dss_web.shared.contract import ColumnType

COLUMNS = (
    Column("council", titles=("Local authority",)),
    Column("month"),
    Column("trees_planted", ColumnType.INTEGER),
    Column("note", absent=Absent.NULL),
)

TREES = Dataset(
    organisation="forestry",
    name="trees",
    source=HtmlLinks(pages=("https://trees.example/page",), name=r"trees_\\d{4}\\.csv", every=timedelta(hours=6)),
    format=Delimited(others=Others.SKIPPED),
    loading=Incremental(),
    columns=COLUMNS,
    l1=Rowwise.of(COLUMNS, ConvertedColumn("month", MONTH, source="month")),
)
"""
# One wrong row refuses a file.
STRICT = DECLARATION.replace("import HtmlLinks", "import NO_REJECTS, HtmlLinks").replace(
    "Incremental(),\n", "Incremental(),\n    reject_limit=NO_REJECTS,\n"
)
GOOD = 'Local authority,Month,Trees_planted,Officer\n"Leeds, city",202601,5,x\nHull,202601,,y\n'

Try = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "files").mkdir()
    (tmp_path / "trees.py").write_text(DECLARATION)
    (tmp_path / "files/trees_2601.csv").write_text(GOOD)
    return tmp_path


@pytest.fixture
def attempt(folder: Path) -> Try:
    """Run the command in a folder of its own, with this environment and no setting of the service besides."""

    def attempt(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        bare = {name: value for name, value in os.environ.items() if not name.startswith(("DSS_", "S3_"))}
        return subprocess.run(
            [sys.executable, "-m", "dss_assets", "try", str(folder / "trees.py"), *arguments],
            cwd=REPOSITORY,
            env={**bare, **environment},
            capture_output=True,
            text=True,
            check=False,
        )

    return attempt


def test_columns_types_titles_and_first_rows_are_shown_without_a_database(folder: Path, attempt: Try) -> None:
    tried = attempt("--files", str(folder / "files"))

    assert (tried.returncode, tried.stderr) == (0, "")
    assert (
        tried.stdout
        == f"""forestry.trees, declared in {folder}/trees.py

trees_2601.csv
  column         type     title in this file  row 1        row 2
  council        text     Local authority     Leeds, city  Hull
  month          text     Month               202601       202601
  trees_planted  integer  Trees_planted       5            NULL
  note           text     (absent: NULL)      NULL         NULL
  Skipped, since nobody declared them: Officer
  Would be loaded: 2 rows

Read without a database: whether dates exist, numbers fit and values can be converted for L1 was not checked. Give \
--database, or set DSS_DATABASE_URL, to load the files in a transaction that is rolled back.

1 of 1 files would be loaded.
"""
    )


def test_with_a_database_l1_is_shown_too_and_nothing_stays_there(folder: Path, attempt: Try, database_url: str) -> None:
    (folder / "files/trees_2602.csv").write_text(GOOD.replace("202601", "202602"))

    tried = attempt("--files", str(folder / "files"), "--rows", "1", DSS_DATABASE_URL=database_url)

    assert tried.returncode == 0, tried.stdout + tried.stderr
    assert "L1 with these files: 4 rows" in tried.stdout
    assert "  month               2026-01-01" in tried.stdout
    assert "without a database" not in tried.stdout
    with psycopg.connect(database_url) as connection:
        assert connection.execute("SELECT count(*) FROM operations.table_version").fetchone() == (0,)
        schemas = connection.execute("SELECT count(*) FROM pg_namespace WHERE nspname LIKE 'trial%'").fetchone()
        assert schemas == (0,)


LACKING = "Local authority,Month\nHull,202601\n"
BAD = {
    "trees_2602.csv, line 1: the header is not as declared; missing: trees_planted": LACKING,
    "trees_2602.csv, line 3, column trees_planted: found 'many', expected a whole number": GOOD.replace(",,", ",many,"),
    "trees_2602.csv holds no rows": GOOD.partition("\n")[0] + "\n",
}


@pytest.mark.parametrize("has_database", [False, True], ids=["without a database", "with one"])
@pytest.mark.parametrize("reason", BAD)
def test_a_file_that_would_fail_is_told_with_its_line_and_the_others_are_tried(
    reason: str, has_database: bool, folder: Path, attempt: Try, database_url: str
) -> None:
    (folder / "trees.py").write_text(STRICT)
    (folder / "files/trees_2602.csv").write_text(BAD[reason])
    (folder / "files/trees_2603.csv").write_text(GOOD)

    tried = attempt("--files", str(folder / "files"), *(["--database", database_url] if has_database else []))

    assert tried.returncode == 1
    assert f"  WOULD FAIL: {reason}" in tried.stdout
    assert "2 of 3 files would be loaded, 1 would fail." in tried.stdout
    assert "Traceback" not in tried.stdout + tried.stderr


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        ("9999999999", "line 3, column trees_planted: found '9999999999'"),
        ("5,x\nYork,2026-99,7", "line 4, column month: found '2026-99'"),
    ],
)
def test_what_only_postgres_knows_is_checked_with_a_database(
    value: str, reason: str, folder: Path, attempt: Try, database_url: str
) -> None:
    (folder / "trees.py").write_text(STRICT)
    (folder / "files/trees_2601.csv").write_text(GOOD.replace(",,", f",{value},"))

    tried = attempt("--files", str(folder / "files"), "--database", database_url)

    assert tried.returncode == 1
    assert reason in tried.stdout


def test_a_row_with_a_field_too_many_is_told_with_its_line(folder: Path, attempt: Try) -> None:
    (folder / "trees.py").write_text(STRICT.replace("Others.SKIPPED", "Others.REFUSED"))
    (folder / "files/trees_2601.csv").write_text(
        "Local authority,Month,Trees_planted\nHull,202601,5\nYork,202601,5,6\n"
    )

    tried = attempt("--files", str(folder / "files"))

    assert tried.returncode == 1
    assert "trees_2601.csv, line 3: found 4 fields, expected 3: council, month, trees_planted" in tried.stdout


@pytest.mark.parametrize("has_database", [False, True], ids=["without a database", "with one"])
def test_rows_that_would_be_rejected_are_told_with_their_lines(
    has_database: bool, folder: Path, attempt: Try, database_url: str
) -> None:
    (folder / "files/trees_2601.csv").write_text(f"{GOOD}York,202601,many,z\nHull,202601,7\n")

    tried = attempt("--files", str(folder / "files"), *(["--database", database_url] if has_database else []))

    assert tried.returncode == 0
    assert "Skipped rows: 1 with another number of fields" in tried.stdout
    assert "Skipped trees_2601.csv, line 4, column trees_planted: found 'many', expected a whole number" in tried.stdout
    assert "Skipped trees_2601.csv, line 5: found 3 fields, expected 4" in tried.stdout
    assert "  Would be loaded: 2 rows" in tried.stdout


def test_files_that_the_source_would_not_take_are_told(folder: Path, attempt: Try) -> None:
    (folder / "files/Trees 2602.csv").write_text(GOOD)
    (folder / "files/readme.txt").write_text("x")

    tried = attempt("--files", str(folder / "files"))

    assert tried.returncode == 0
    not_taken = r"Not taken: the source takes files that match 'trees_\\d{4}\\.csv'"
    assert f"Trees 2602.csv\n  {not_taken}, which it nearly matches.\n" in tried.stdout
    assert f"readme.txt\n  {not_taken}.\n" in tried.stdout
    (folder / "files/trees_2601.csv").unlink()
    assert attempt("--files", str(folder / "files")).returncode == 1


FAULTS = {
    "Height": ('Column("month"),', 'Column("Height"),', "line 12: 'Height' is not a lower-case column name"),
    "L1": ('source="month")', 'source="year")', "line 17: forestry.trees: L1 copies or indexes what L0 lacks: year"),
    "syntax": ("columns=COLUMNS,", "columns=COLUMNS", "line 23: invalid syntax. Perhaps you forgot a comma?"),
    "name": ("loading=Incremental()", "loading=Incremenal()", "line 22: NameError: name 'Incremenal' is not defined"),
    "word": ("loading=Incremental()", "laoding=Incremental()", "line 17: TypeError: "),
    "none": ("TREES = Dataset(", "TREES = dict(", "declares no dataset"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_declaration_at_fault_is_told_with_file_line_and_word(fault: str, folder: Path, attempt: Try) -> None:
    before, after, reason = FAULTS[fault]
    assert before in DECLARATION
    (folder / "trees.py").write_text(DECLARATION.replace(before, after))

    tried = attempt("--files", str(folder / "files"))

    assert tried.returncode == 2
    assert tried.stdout.startswith(str(folder / "trees.py"))
    assert reason in tried.stdout
    assert "Traceback" not in tried.stdout + tried.stderr


def test_without_files_the_declared_publisher_is_asked(folder: Path, attempt: Try, unruly: UnrulyPublisher) -> None:
    links = "".join(f'<a href="trees_260{month}.csv">x</a>' for month in range(1, 6)) + '<a href="trees-2606.csv">y</a>'
    unruly.answers["/page"] = Answer(f"<html>{links}</html>".encode())
    unruly.answers |= {f"/trees_260{month}.csv": Answer(GOOD.encode()) for month in range(1, 6)}

    tried = attempt("--newest", "2", DSS_SOURCE_BASE_URLS=f'{{"https://trees.example": "{unruly.url}"}}')

    assert tried.returncode == 0, tried.stdout + tried.stderr
    assert "The publisher offers 5 files" in tried.stdout
    assert "Nearly matching, not taken: trees-2606.csv" in tried.stdout
    assert "2 of 2 files would be loaded." in tried.stdout
    assert unruly.gets("/trees_2603.csv") == []


def test_sql_that_postgres_refuses_is_told_as_a_fault_of_the_declaration(
    folder: Path, attempt: Try, database_url: str
) -> None:
    wrong = DECLARATION.replace("import MONTH", "import MONTH\nfrom dss_assets.dataset import Conversion").replace(
        'MONTH, source="month"', 'Conversion("text", "lowercase({})"), source="month"'
    )
    (folder / "trees.py").write_text(wrong)

    tried = attempt("--files", str(folder / "files"), "--database", database_url)

    assert (tried.returncode, tried.stderr) == (1, "")
    assert (
        "L1 of forestry.trees cannot be made: Postgres refuses its SQL with: function lowercase(text) does not exist. "
        "Correct the conversion in the declaration" in tried.stdout
    )


def test_a_bad_value_is_told_once_and_not_logged_as_well(folder: Path, attempt: Try, database_url: str) -> None:
    (folder / "trees.py").write_text(STRICT)
    (folder / "files/trees_2601.csv").write_text(GOOD.replace(",5,", ",five,"))

    tried = attempt("--files", str(folder / "files"), "--database", database_url)

    assert tried.stderr == ""
    assert "WOULD FAIL: trees_2601.csv, line 2, column trees_planted: found 'five'" in tried.stdout


def test_a_publisher_that_does_not_answer_is_told(attempt: Try) -> None:
    tried = attempt(DSS_SOURCE_BASE_URLS='{"https://trees.example": "http://127.0.0.1:9"}')

    assert tried.returncode == 1
    assert "GET http://127.0.0.1:9/page was not answered" in tried.stdout
    assert "Traceback" not in tried.stdout + tried.stderr


def test_a_database_that_is_away_or_empty_is_told(folder: Path, attempt: Try, postgres_server: Postgres) -> None:
    postgres_server.create_database("empty")
    for url, reason in {
        "postgresql://nobody@127.0.0.1:9/nowhere": "The database cannot be reached",
        postgres_server.url("empty"): "It needs the service's own tables, which `manage.py migrate` makes",
    }.items():
        tried = attempt("--files", str(folder / "files"), "--database", url)

        assert tried.returncode == 1
        assert reason in tried.stdout
        assert "Traceback" not in tried.stdout + tried.stderr


def test_lines_that_end_in_a_separator_have_no_column_to_tell_of(folder: Path, attempt: Try) -> None:
    (folder / "trees.py").write_text(DECLARATION.replace("Others.SKIPPED", "Others.REFUSED"))
    (folder / "files/trees_2601.csv").write_text("Local authority,Month,Trees_planted,\nHull,202601,5,\n")

    tried = attempt("--files", str(folder / "files"))

    assert tried.returncode == 0, tried.stdout
    assert "Hull" in tried.stdout
    assert "Skipped" not in tried.stdout


def test_a_dataset_whose_tables_come_with_its_first_file_is_tried_as_any_other(
    folder: Path, attempt: Try, database_url: str
) -> None:
    (folder / "trees.py").write_text(
        DECLARATION.replace("import HtmlLinks", "import OTHER_COLUMNS, HtmlLinks, Replace")
        .replace("Incremental()", "Replace()")
        .replace("Incremental, ", "")
        .replace("Others.SKIPPED", "Others.KEPT")
        .replace("columns=COLUMNS", "columns=(*COLUMNS, OTHER_COLUMNS)")
    )
    kept = attempt("--files", str(folder / "files"), "--database", database_url)
    (folder / "files/trees_2601.csv").write_text("Forestry\n\nLocal authority,Month,Trees_planted\n")
    failed = attempt("--files", str(folder / "files"), "--database", database_url)

    assert "Kept in other_columns, since nobody declared them: Officer" in kept.stdout
    assert "L1 with these files: 2 rows" in kept.stdout
    assert "declare header=HeaderLine.NAMING" in failed.stdout
    assert failed.stdout.count("WOULD FAIL") == 1, "L1, which is not there yet, is nobody's fault"
