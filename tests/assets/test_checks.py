"""What checks find in a file's rows is kept with the file, and a run reports it of all files."""

from dataclasses import replace
from typing import Any

import pytest
from dagster import AssetCheckKey, AssetCheckSeverity, AssetKey

from dss_assets.assets.checks import check_results
from dss_assets.checks import ANALYSED_FROM, check_file
from dss_assets.database import Connection
from dss_assets.dataset import (
    Chosen,
    Column,
    Dataset,
    Delimited,
    Incremental,
    NotNull,
    References,
    Rowwise,
    Severity,
    Snapshot,
    Unique,
    Unpivoted,
    Within,
)
from dss_assets.dataset.conversions import LAST_CHARACTER
from dss_assets.editions import Verdict
from dss_assets.errors import InvalidFile
from dss_web.shared.contract import ColumnType
from tests.parts.assets_fixtures import Ingest, Select

COLUMNS = (Column("name"), Column("height", ColumnType.INTEGER), Column("kind"))
TREES = Dataset(
    "org",
    "trees",
    source=None,
    format=Delimited(),
    loading=Incremental(),
    columns=COLUMNS,
    l1=Rowwise.of(COLUMNS),
    checks=(
        NotNull("name"),
        Unique(("name", "kind"), severity=Severity.WARN),
        Within("height", 1, 100),
        References("kind", "org.kinds", "kind"),
    ),
)
KINDS = Dataset(
    "org", "kinds", source=None, format=Delimited(), loading=Snapshot(), columns=(Column("kind"), Column("latin"))
)
GOOD = b"name,height,kind\na,1,oak\nb,100,ash\n"
BAD = b"name,height,kind\n,1,oak\na,0,elm\na,101,elm\n"
KNOWN = b"kind,latin\noak,quercus\nash,fraxinus\n"
EVERY = ["header_as_declared", "has_rows", "is_loaded", "no_bad_rows", "not_shrunk", "read_without_doubt"]
L0 = AssetKey(["org", "trees", "L0"])


def check(connection: Connection, dataset: Dataset, file_name: str) -> dict[str, str]:
    return check_file(connection, dataset, file_name, rows=1, verdict=Verdict(), remarks=())


def results(connection: Connection, dataset: Dataset) -> dict[str, Any]:
    names = [*EVERY, *(check.name for check in dataset.checks)]
    found = check_results(connection, dataset, {AssetCheckKey(L0, name) for name in names})
    return {result.check_name or "": result for result in found}


def test_each_check_says_how_many_rows_are_at_fault_and_shows_one(ingest_bytes: Ingest, connection: Connection) -> None:
    ingest_bytes(KINDS, "kinds.csv", KNOWN)
    ingest_bytes(TREES, "good.csv", GOOD)
    ingest_bytes(TREES, "bad.csv", BAD)

    assert check(connection, TREES, "good.csv") == {}
    assert check(connection, TREES, "bad.csv") == {
        "not_null_name": "Rows without name: 1.",
        "within_height": "Rows whose height is not from 1 to 100: 2, for example 0.",
        "unique_name_kind": "Rows that repeat name, kind of another row: 1, for example a, elm.",
        "references_kind": "Values of kind that org.kinds does not have: 1, for example elm.",
    }


def test_what_is_checked_of_many_rows_is_analysed_before(
    ingest_bytes: Ingest, connection: Connection, select: Select
) -> None:
    ingest_bytes(TREES, "good.csv", GOOD)

    check_file(connection, TREES, "good.csv", rows=ANALYSED_FROM, verdict=Verdict(), remarks=())

    assert {name for (name,) in select("SELECT attname FROM pg_stats WHERE schemaname = 'org.trees'")} == {
        "id",
        "name",
        "kind",
        "height",
    }


def test_a_reference_to_what_is_not_loaded_says_so(ingest_bytes: Ingest, connection: Connection) -> None:
    ingest_bytes(TREES, "good.csv", GOOD)

    assert check(connection, TREES, "good.csv") == {
        "references_kind": "org.kinds is not loaded yet: no kind can be found there."
    }


def test_a_check_that_cannot_be_made_says_why_and_the_file_stays_loaded(
    ingest_bytes: Ingest, connection: Connection, select: Select
) -> None:
    ingest_bytes(TREES, "good.csv", GOOD)
    connection.execute('CREATE SCHEMA "org.kinds"; CREATE TABLE "org.kinds"."L0" (kind integer)')

    findings = check(connection, TREES, "good.csv")

    assert "operator does not exist" in findings["references_kind"]
    assert select("SELECT state, findings ? 'references_kind' FROM operations.datafile_registry") == [
        ("processed", True)
    ]


@pytest.mark.parametrize(
    ("dataset", "expected"),
    [
        (replace(TREES, loading=Snapshot(), l1=None, checks=(NotNull("name"),)), "Rows without name: 1."),
        (
            replace(
                TREES,
                l1=Unpivoted(("height",), ((1, "name"), (2, "kind")), "number", "word"),
                checks=(NotNull("word"),),
            ),
            "Rows without word: 1.",
        ),
        (
            replace(
                TREES,
                loading=Snapshot(),
                l1=Chosen(("name", "kind"), ("kind",), LAST_CHARACTER, "name"),
                checks=(NotNull("name"),),
            ),
            "Rows without name: 1.",
        ),
    ],
    ids=["snapshot without L1", "unpivoted", "chosen"],
)
def test_the_rows_of_a_file_are_found_in_every_kind_of_table(
    dataset: Dataset, expected: str, ingest_bytes: Ingest, connection: Connection
) -> None:
    ingest_bytes(dataset, "bad.csv", BAD)
    ingest_bytes(dataset, "good.csv", GOOD)

    assert list(check(connection, dataset, "bad.csv").values()) == [expected]
    assert check(connection, dataset, "good.csv") == {}


def test_a_run_reports_the_last_state_of_every_file(ingest_bytes: Ingest, connection: Connection) -> None:
    ingest_bytes(KINDS, "kinds.csv", KNOWN)
    ingest_bytes(TREES, "bad.csv", BAD)
    check(connection, TREES, "bad.csv")
    with pytest.raises(InvalidFile):
        ingest_bytes(TREES, "odd.csv", b"this,that\n1,2\n")
    ingest_bytes(TREES, "good.csv", GOOD)
    check(connection, TREES, "good.csv")

    found = results(connection, TREES)

    assert {name for name, result in found.items() if result.passed} == {
        "has_rows",
        "no_bad_rows",
        "not_shrunk",
        "read_without_doubt",
    }
    assert found["not_null_name"].metadata["bad.csv"].value == "Rows without name: 1."
    assert found["not_null_name"].description == "1 of 3 files is at fault."
    assert found["unique_name_kind"].severity == AssetCheckSeverity.WARN
    assert "unknown: this, that" in found["is_loaded"].metadata["odd.csv"].value
    assert "unknown: this, that" in found["header_as_declared"].metadata["odd.csv"].value

    ingest_bytes(TREES, "bad.csv", GOOD)
    check(connection, TREES, "bad.csv")
    assert results(connection, TREES)["not_null_name"].passed


def test_files_that_were_never_checked_are_checked_by_the_next_run(
    ingest_bytes: Ingest, connection: Connection
) -> None:
    ingest_bytes(TREES, "bad.csv", BAD)

    found = results(connection, TREES)

    assert found["not_null_name"].metadata["bad.csv"].value == "Rows without name: 1."
    assert found["not_null_name"].metadata["files not checked yet"].value == 0


def test_a_file_with_few_rows_or_in_doubt_is_a_warning(ingest_bytes: Ingest, connection: Connection) -> None:
    ingest_bytes(TREES, "good.csv", GOOD)
    check_file(
        connection, TREES, "good.csv", rows=5, verdict=Verdict("before.csv", 5, 10), remarks=("Two encodings fit.",)
    )

    found = results(connection, TREES)

    assert found["not_shrunk"].metadata["good.csv"].value == "5 rows after 10"
    assert found["read_without_doubt"].metadata["good.csv"].value == "Two encodings fit."
    assert (
        found["not_shrunk"].severity
        == found["no_bad_rows"].severity
        == found["read_without_doubt"].severity
        == AssetCheckSeverity.WARN
    )
