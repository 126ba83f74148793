"""A file whose rows are appended to those of an earlier one, or update them by a key, makes one new table of both."""

from dataclasses import replace

import pytest

from dss_assets.database import Connection
from dss_assets.dataset import Absent, Append, Column, Dataset, RejectLimit, Replace, Update, UserCsv
from dss_assets.errors import InvalidFile
from dss_web.shared.contract import ColumnType
from dss_web.shared.csv import ColumnReading, Reading
from tests.parts.assets_fixtures import Ingest, Rows, Select

KEY = "finance.budget"
TEXT, INTEGER, NUMERIC, DATE = ColumnType.TEXT, ColumnType.INTEGER, ColumnType.NUMERIC, ColumnType.DATE
Kinds = dict[str, ColumnType]
FIRST = b"name,amount\npens,1\nink,2\npaper,3\n"


def budget(
    merge: Append | Update | None = None, sent: str = "name amount", left_out: int = 0, kinds: Kinds | None = None
) -> Dataset:
    """A dataset of the columns in `kinds`, of which its file has those in `sent`, in this order."""
    types = kinds or {"name": TEXT, "amount": INTEGER}
    names = sent.split()
    columns = tuple(ColumnReading(place, name, name, types[name]) for place, name in enumerate(names))
    return Dataset(
        "finance",
        "budget",
        None,
        UserCsv(Reading(first_line=2, width=len(names), columns=columns), left_out),
        Replace(2, merge),
        tuple(
            Column(name, kind, absent=Absent.REFUSED if name in names else Absent.NULL) for name, kind in types.items()
        ),
        reject_limit=RejectLimit(left_out, 0),
    )


@pytest.fixture
def table(select: Select) -> "Table":
    return Table(select)


class Table:
    def __init__(self, select: Select) -> None:
        self._select = select

    def rows(self, columns: str = "id, name, amount", name: str = "L0") -> Rows:
        return self._select(f'SELECT {columns} FROM "{KEY}"."{name}" ORDER BY id')


def test_appended_rows_come_behind_those_that_are_there(ingest_bytes: Ingest, table: Table) -> None:
    ingest_bytes(budget(), "a", FIRST)

    ingested = ingest_bytes(budget(Append("a")), "b", b"name,amount\nglue,4\npens,1\n")

    assert table.rows() == [(1, "pens", 1), (2, "ink", 2), (3, "paper", 3), (4, "glue", 4), (5, "pens", 1)]
    assert table.rows("datafile_created") == [("b",)] * 5
    assert (ingested.rows, ingested.records) == (5, 2)
    ingest_bytes(budget(Append("b")), "c", b"name,amount\ntape,5\n")
    assert table.rows()[-1] == (6, "tape", 5)


def test_rows_are_updated_by_their_key_and_none_is_removed(ingest_bytes: Ingest, table: Table) -> None:
    ingest_bytes(budget(), "a", FIRST)

    ingested = ingest_bytes(budget(Update("a", ("name",))), "b", b"name,amount\nglue,4\nink,20\npens,1\npaper,\n")

    assert table.rows() == [(1, "pens", 1), (2, "ink", 20), (3, "paper", None), (4, "glue", 4)]
    assert ingested.rows == 4


def test_a_key_may_have_several_columns(ingest_bytes: Ingest, table: Table) -> None:
    kinds = {"region": TEXT, "year": INTEGER, "sold": NUMERIC}
    declared = budget(sent="region year sold", kinds=kinds)
    ingest_bytes(declared, "a", b"region,year,sold\nN,2023,1\nN,2024,2\nS,2024,3\n")
    merged = budget(Update("a", ("region", "year")), "year region sold", kinds=kinds)

    ingest_bytes(merged, "b", b"year,region,sold\n2024,N,2.5\n2025,N,4\n")

    assert table.rows("id, region, year, sold::text") == [
        (1, "N", 2023, "1"),
        (2, "N", 2024, "2.5"),
        (3, "S", 2024, "3"),
        (4, "N", 2025, "4"),
    ]


@pytest.mark.parametrize(
    ("merge", "expected"),
    [
        (
            Append("a"),
            [(1, "pens", "1", None), (2, "ink", "2", None), (3, "paper", "3", None), (4, "ink", None, "new")],
        ),
        (Update("a", ("name",)), [(1, "pens", "1", None), (2, "ink", "2", "new"), (3, "paper", "3", None)]),
    ],
    ids=["append", "update"],
)
def test_columns_that_one_of_both_lacks_are_null_or_keep_their_values(
    merge: Append | Update, expected: Rows, ingest_bytes: Ingest, table: Table
) -> None:
    ingest_bytes(budget(), "a", FIRST)

    ingest_bytes(
        budget(merge, "note name", kinds={"name": TEXT, "amount": INTEGER, "note": TEXT}), "b", b"note,name\nnew,ink\n"
    )

    assert table.rows("id, name, amount::text, note") == expected


@pytest.mark.parametrize("merge", [Append("a"), Update("a", ("name",))], ids=["append", "update"])
def test_a_column_becomes_wider_without_losing_a_value(
    merge: Append | Update, ingest_bytes: Ingest, table: Table
) -> None:
    kinds = {"name": TEXT, "amount": INTEGER, "since": DATE}
    ingest_bytes(budget(sent="name amount since", kinds=kinds), "a", b"name,amount,since\npens,1,31/01/2024\n")
    wider = budget(merge, "name amount since", kinds={"name": TEXT, "amount": NUMERIC, "since": TEXT})

    ingest_bytes(wider, "b", b"name,amount,since\nink,2.5,soon\n")

    assert table.rows("name, amount::text, since") == [("pens", "1", "2024-01-31"), ("ink", "2.5", "soon")]


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"name,amount\nink,1\nglue,2\nink,3\n", "Line 4: found name = 'ink', which Line 2 has already"),
        (b"name,amount\nink,1\n,2\n", "Line 3: found name = NULL, expected a value in each column of the key"),
    ],
    ids=["twice", "empty"],
)
def test_a_key_in_the_file_that_is_not_one_is_told_with_its_lines(
    content: bytes, reason: str, ingest_bytes: Ingest, table: Table
) -> None:
    ingest_bytes(budget(), "a", FIRST)

    with pytest.raises(InvalidFile, match=reason):
        ingest_bytes(budget(Update("a", ("name",))), "b", content)

    assert table.rows("name") == [("pens",), ("ink",), ("paper",)]


def test_a_key_that_the_table_has_twice_is_told(ingest_bytes: Ingest) -> None:
    ingest_bytes(budget(), "a", b"name,amount\npens,1\npens,2\n")

    with pytest.raises(InvalidFile, match="name = 'pens' is the key of more rows than one"):
        ingest_bytes(budget(Update("a", ("name",))), "b", FIRST)


def test_rows_of_a_file_that_was_replaced_meanwhile_are_found_in_its_kept_table(
    ingest_bytes: Ingest, table: Table
) -> None:
    ingest_bytes(budget(), "a", FIRST)
    ingest_bytes(budget(), "x", b"name,amount\nelse,9\n")

    ingest_bytes(budget(Append("a")), "b", b"name,amount\nglue,4\n")

    assert table.rows("name") == [("pens",), ("ink",), ("paper",), ("glue",)]


def test_rows_that_are_in_no_table_any_more_are_not_left_out_in_silence(
    ingest_bytes: Ingest, table: Table, connection: Connection
) -> None:
    ingest_bytes(budget(), "a", FIRST)
    connection.execute('UPDATE "finance.budget"."L0" SET datafile_created = \'another\'')

    with pytest.raises(InvalidFile, match="whose table is not there any more"):
        ingest_bytes(budget(Append("a")), "b", b"name,amount\nglue,4\n")

    assert len(table.rows()) == 3


def test_a_column_that_nobody_declared_is_not_lost_in_silence(ingest_bytes: Ingest, connection: Connection) -> None:
    ingest_bytes(budget(), "a", FIRST)
    connection.execute('ALTER TABLE "finance.budget"."L0" ADD COLUMN by_hand text')

    with pytest.raises(InvalidFile, match=r"columns that this version does not know \(by_hand\)"):
        ingest_bytes(budget(Append("a")), "b", FIRST)


def test_exactly_the_rows_that_were_agreed_are_left_out(ingest_bytes: Ingest, table: Table, select: Select) -> None:
    ingested = ingest_bytes(budget(left_out=2), "a", b"name,amount\npens,1\nink,many\npaper,3\nglue,99999999999\n")

    assert table.rows() == [(1, "pens", 1), (2, "paper", 3)]
    assert (ingested.rows, ingested.rejected) == (2, 2)
    assert select("SELECT line FROM operations.reject ORDER BY line") == [(3,), (5,)]


@pytest.mark.parametrize(
    ("left_out", "found"), [(0, "found 'many', expected a whole number"), (1, "more such rows"), (3, "2 such rows")]
)
def test_another_number_of_wrong_rows_than_was_agreed_refuses_the_file(
    left_out: int, found: str, ingest_bytes: Ingest, table: Table
) -> None:
    ingest_bytes(budget(), "a", FIRST)

    with pytest.raises(InvalidFile, match=found):
        ingest_bytes(budget(left_out=left_out), "b", b"name,amount\npens,1\nink,many\npaper,x\n")

    assert len(table.rows()) == 3


@pytest.mark.parametrize("merge", [Append("a"), Update("a", ("name",))], ids=["append", "update"])
def test_rows_are_left_out_of_what_is_merged(merge: Append | Update, ingest_bytes: Ingest, table: Table) -> None:
    ingest_bytes(budget(), "a", FIRST)

    ingest_bytes(budget(merge, left_out=1), "b", b"name,amount\nglue,4\nink,many\n")

    assert table.rows() == [(1, "pens", 1), (2, "ink", 2), (3, "paper", 3), (4, "glue", 4)]


def test_a_plain_file_goes_to_copy_in_the_order_of_its_own_columns(ingest_bytes: Ingest, table: Table) -> None:
    ingest_bytes(budget(), "a", FIRST)
    declared = budget(Append("a"), "amount name")
    assert isinstance(declared.format, UserCsv)
    plain = replace(declared, format=UserCsv(replace(declared.format.reading, plain=True)))

    ingest_bytes(plain, "b", b"amount,name\n4,glue\n")

    assert table.rows()[-1] == (4, "glue", 4)
