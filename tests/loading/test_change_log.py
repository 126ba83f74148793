"""Whoever keeps a copy of a table by what loads have noted of their changes has the rows of the table."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from psycopg import sql

from dss_assets.database import Connection
from dss_assets.dataset import Dataset, MissingRows, Snapshot
from dss_assets.datasets import BOUND_RATES, EXPORTERS, POSTCODE_DIRECTORY, REFERENCE_POSTCODES
from dss_assets.loading import Tables, change_log
from tests.parts.assets_fixtures import Ingest
from tests.published import exporter_line, exporters_zip, ons_row, ons_zip, postcode_row, postcodes_csv

STRICT = replace(REFERENCE_POSTCODES, loading=Snapshot(missing_rows=MissingRows.DELETE))
Copied = dict[int, str]


class Follower:
    """Keeps a copy of a dataset's L1 by what is noted of its changes."""

    def __init__(self, connection: Connection, dataset: Dataset) -> None:
        self.connection, self.table = connection, sql.Identifier(dataset.key, "L1")
        self.copy = self.rows()
        self.version = self.state()[0]

    def rows(self) -> Copied:
        query = sql.SQL("SELECT id, (to_jsonb(t) - 'id')::text FROM {} AS t").format(self.table)
        return dict(self.connection.execute(query).fetchall())

    def state(self) -> tuple[int, int]:
        query = "SELECT version, generation FROM operations.table_version WHERE relation = %s::regclass"
        found = self.connection.execute(query, [self.table.as_string(self.connection)]).fetchone()
        assert found
        return found[0], found[1]

    def follow(self) -> bool:
        """Bring the copy up to date by what is told; False where an account of it is missing."""
        changes = self.connection.execute(
            "SELECT version, generation_before, generation, last_id, removed FROM operations.table_change"
            " WHERE relation = %s::regclass AND version >= %s ORDER BY version",
            [self.table.as_string(self.connection), self.version],
        ).fetchall()
        chain = [changes[0][2], *(number for row in changes[1:] for number in row[1:3]), self.state()[1]]
        if changes[0][0] != self.version or any(row[4] is None for row in changes):
            return False
        if any(chain[at] != chain[at + 1] for at in range(0, len(chain), 2)):
            return False
        gone = [
            range(first, last + 1) for row in changes for first, last in zip(row[4][::2], row[4][1::2], strict=True)
        ]
        self.copy = {id_: row for id_, row in self.copy.items() if not any(id_ in each for each in gone)}
        self.copy |= {id_: row for id_, row in self.rows().items() if id_ > changes[0][3]}
        self.version = self.state()[0]
        return True


@pytest.fixture
def follower(connection: Connection) -> Callable[[Dataset], Follower]:
    return lambda dataset: Follower(connection, dataset)


def postcodes(*names: str) -> bytes:
    return postcodes_csv(*map(postcode_row, names))


def exporters(*lines: str) -> bytes:
    return exporters_zip(exporters="\n".join(lines))


@pytest.mark.parametrize(
    ("dataset", "files"),
    [
        # The same file again, with other rows.
        (
            POSTCODE_DIRECTORY,
            [
                ("ONSPD_MAY_2019_UK.zip", ons_zip(ons_row("AB1 0AA"), ons_row("AB1 0AB"))),
                ("ONSPD_AUG_2019_UK.zip", ons_zip(ons_row("AB1 0AC"))),
                ("ONSPD_MAY_2019_UK.zip", ons_zip(ons_row("AB1 0AA"), ons_row("AB1 0AD"))),
            ],
        ),
        # A month that another file brings again.
        (
            EXPORTERS,
            [
                (
                    "exporters1601.zip",
                    exporters(exporter_line("201601", "One", "1"), exporter_line("201601", "Two", "1")),
                ),
                ("exporters1602.zip", exporters(exporter_line("201602", "Three", "1"))),
                (
                    "exporters16%.zip",
                    exporters(exporter_line("201601", "One more", "1"), exporter_line("201603", "Four", "1")),
                ),
            ],
        ),
        # Rows of a snapshot that are missing in the next.
        (
            STRICT,
            [
                ("1.csv", postcodes("AB1 0AA", "AB1 0AB", "AB1 0AC")),
                ("2.csv", postcodes("AB1 0AA", "AB1 0AC", "AB1 0AD")),
                ("2%.csv", postcodes("AB1 0AD")),
            ],
        ),
    ],
)
def test_what_loads_add_and_remove_is_told(
    ingest_bytes: Ingest,
    follower: Callable[[Dataset], Follower],
    dataset: Dataset,
    files: list[tuple[str, bytes]],
) -> None:
    ingest_bytes(dataset, *files[0])
    first = follower(dataset)
    for file in files[1:]:
        ingest_bytes(dataset, *file)
        each = follower(dataset)
        assert each.follow() and each.copy == each.rows()

    assert first.copy != first.rows()
    assert first.follow()
    assert first.copy == first.rows()


def test_ids_in_too_many_ranges_are_not_told(
    ingest_bytes: Ingest, follower: Callable[[Dataset], Follower], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(change_log, "MOST_RANGES", 2)
    ingest_bytes(STRICT, "1.csv", postcodes(*(f"AB1 {number}AA" for number in range(7))))
    first = follower(STRICT)
    ingest_bytes(STRICT, "2.csv", postcodes(*(f"AB1 {number}AA" for number in range(0, 7, 2))))

    assert not first.follow()


def test_a_view_that_makes_several_rows_of_one_has_ids_of_its_own() -> None:
    assert Tables(BOUND_RATES).views_with_ids == ()
    assert Tables(EXPORTERS).views_with_ids == (Tables(EXPORTERS).l1,)
    assert Tables(EXPORTERS, ".next").views_with_ids == ()
