"""A table that is derived from others: what becomes of it when things go wrong, and while it is read."""

import threading
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import psycopg
import pytest

from dss_assets import derivations
from dss_assets.database import Connection, Database
from dss_assets.dataset import Column, Dataset, Delimited, Derived, Incremental, Input, Part
from dss_assets.derivations import Made, derive, outlook
from dss_assets.errors import InvalidDerivation, TransientError
from dss_web.shared.contract import ColumnType
from tests.parts.assets_fixtures import Ingest, Select

PARTS = (
    Part("units", "SELECT DISTINCT wood FROM {trees}"),
    Part("tall", "SELECT wood, height FROM {trees} WHERE wood = ANY ({units}) AND height > 1"),
    Part(
        "rows",
        "SELECT wood, sum(100 / height) AS shade FROM tall JOIN {woods} USING (wood) GROUP BY wood ORDER BY wood",
    ),
)
SHADE = Derived(
    inputs=(Input("trees", "forestry.trees", "L0"), Input("woods", "forestry.woods", "L0")),
    unit="wood",
    columns=(Column("wood"), Column("shade", ColumnType.BIGINT)),
    parts=PARTS,
)
TREES = Dataset(
    "forestry",
    "trees",
    source=None,
    format=Delimited(),
    loading=Incremental(),
    columns=(Column("wood"), Column("height", ColumnType.INTEGER)),
    l1=SHADE,
)
WOODS = replace(TREES, name="woods", columns=(Column("wood"),), l1=None)
SHADES = 'SELECT wood, shade FROM "forestry.trees"."L1" ORDER BY id'

Derive = Callable[..., Made]


@pytest.fixture
def inputs(ingest_bytes: Ingest) -> None:
    ingest_bytes(TREES, "trees.csv", b"wood,height\nAsh,2\nAsh,5\nBeech,4\nCedar,10\nCedar,1\n")
    ingest_bytes(WOODS, "woods.csv", b"wood\nAsh\nBeech\nCedar\n")


@pytest.fixture
def make(connection: Connection, database_url: str, inputs: None) -> Derive:
    return lambda dataset=TREES, **options: derive(Database(database_url), connection, dataset, "a run", **options)


def with_part(name: str, text: str) -> Dataset:
    parts = tuple(Part(name, text) if part.name == name else part for part in PARTS)
    return replace(TREES, l1=replace(SHADE, parts=parts))


def entry(select: Select) -> tuple[Any, ...]:
    (row,) = select(
        "SELECT state, error_message, next_attempt_at IS NOT NULL FROM operations.datafile_registry"
        " WHERE source = 'forestry.trees.transformed'"
    )
    return row


def test_it_is_made_of_its_inputs_unit_by_unit(make: Derive, select: Select) -> None:
    made = make()

    assert select(SHADES) == [("Ash", 70), ("Beech", 25), ("Cedar", 10)]
    assert (made.filled.rows, made.filled.units, made.filled.earlier_units) == (3, 3, 0)
    assert entry(select) == ("processed", None, False)
    columns = select(
        "SELECT column_name, data_type FROM information_schema.columns"
        " WHERE (table_schema, table_name) = ('forestry.trees', 'L1') ORDER BY ordinal_position"
    )
    assert columns == [("id", "bigint"), ("wood", "text"), ("shade", "bigint")]
    left = select("SELECT relname FROM pg_class WHERE relname LIKE 'L1.%' AND relkind = 'r'")
    assert left == []


def test_it_goes_on_where_it_stopped_and_the_table_before_stays_until_then(
    make: Derive, select: Select, ingest_bytes: Ingest
) -> None:
    make()
    more = "".join(f"Wood {number},20\n" for number in range(10, 40))
    ingest_bytes(TREES, "more.csv", f"wood,height\nCedar,20\n{more}".encode())
    ingest_bytes(WOODS, "more.csv", f"wood\n{more}".replace(",20", "").encode())

    def stop(_: str) -> None:
        raise TransientError("the machine is switched off")

    with pytest.raises(TransientError):
        make(say=stop)
    assert select(SHADES) == [("Ash", 70), ("Beech", 25), ("Cedar", 10)]
    assert entry(select) == ("failed", "the machine is switched off", True)
    (done,) = select('SELECT count(*) FROM "forestry.trees"."L1.units"')[0]
    assert 1 <= done < 33

    made = make()

    assert (made.filled.units, made.filled.earlier_units) == (33 - done, done)
    woods = [(f"Wood {number}", 5) for number in range(10, 40)]
    assert select(SHADES) == [("Ash", 70), ("Beech", 25), ("Cedar", 15), *woods], "ids go by units, whoever was first"


def test_what_was_done_of_other_inputs_is_done_again(make: Derive, select: Select, connection: Connection) -> None:
    def stop(text: str) -> None:
        raise TransientError(text)

    with pytest.raises(TransientError):
        make(say=stop)
    connection.execute('UPDATE "forestry.trees"."L0" SET height = 50 WHERE wood = \'Ash\'')

    assert make().filled.earlier_units == 0
    assert select(SHADES)[0] == ("Ash", 4)


def test_every_batch_reads_the_inputs_as_they_were_at_the_beginning(
    make: Derive, select: Select, connection: Connection, database_url: str, ingest_bytes: Ingest
) -> None:
    more = "".join(f"Wood {number},20\n" for number in range(10, 60))
    ingest_bytes(TREES, "more.csv", f"wood,height\n{more}".encode())
    ingest_bytes(WOODS, "more.csv", f"wood\n{more}".replace(",20", "").encode())

    def change(_: str) -> None:
        with Database(database_url).connect("test") as other:
            other.execute('UPDATE "forestry.trees"."L0" SET height = 100')

    make(say=change)

    woods = [(f"Wood {number}", 5) for number in range(10, 60)]
    assert select(SHADES) == [("Ash", 70), ("Beech", 25), ("Cedar", 10), *woods]
    assert outlook(connection, TREES).is_due, "and it is made once more"


def test_readers_keep_the_old_table_and_are_told_to_start_again(
    make: Derive, select: Select, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(derivations, "_SECONDS_BETWEEN_SWAPS", 0.05)
    make()
    generation = 'SELECT generation FROM operations.table_version WHERE relation = \'"forestry.trees"."L1"\'::regclass'
    before = select(generation)
    with psycopg.connect(database_url) as reader:
        reader.execute(SHADES.encode())
        maker = threading.Thread(target=make)
        maker.start()
        maker.join(timeout=2)
        assert maker.is_alive(), "it waits until nobody reads the old table"
        with psycopg.connect(database_url, options="-c lock_timeout=3s") as other:
            assert len(other.execute(SHADES.encode()).fetchall()) == 3, "and nobody waits for it"
    maker.join(timeout=30)

    assert not maker.is_alive()
    assert select(generation) > before


def test_an_error_of_the_sql_names_its_part_and_is_not_tried_again(
    make: Derive, select: Select, connection: Connection
) -> None:
    wrong = with_part("tall", "SELECT wood, girth FROM {trees} WHERE wood = ANY ({units})")

    with pytest.raises(InvalidDerivation, match="the part 'tall' of its SQL: column \"girth\" does not exist"):
        make(wrong)

    assert entry(select)[::2] == ("failed", False)
    assert "girth" in outlook(connection, wrong).reason
    assert outlook(connection, TREES).is_due, "another declaration is another attempt"


def test_an_error_in_the_values_names_its_part_too(make: Derive) -> None:
    with pytest.raises(InvalidDerivation, match=r"the part 'rows' of its SQL: division by zero"):
        make(
            with_part(
                "rows",
                "SELECT wood, sum(1 / (height - height)) AS shade FROM tall JOIN {woods} USING (wood) GROUP BY 1",
            )
        )


def test_no_rows_at_all_are_taken_for_a_mistake(make: Derive, select: Select) -> None:
    make()

    with pytest.raises(InvalidDerivation, match="gave no rows for 3 woods: "):
        make(with_part("tall", "SELECT wood, height FROM {trees} WHERE wood = ANY ({units}) AND height > 1000"))

    assert len(select(SHADES)) == 3


def test_while_a_file_of_an_input_waits_nothing_is_made(make: Derive, select: Select, connection: Connection) -> None:
    connection.execute("UPDATE operations.datafile_registry SET state = 'due' WHERE file_name = 'woods.csv'")

    assert outlook(connection, TREES).reason == (
        "forestry.trees.L1 waits until its inputs are loaded: forestry.woods woods.csv."
    )
    with pytest.raises(TransientError, match=r"forestry\.woods woods\.csv"):
        make()
    assert entry(select)[::2] == ("failed", True)


def test_a_table_of_earlier_times_is_replaced_and_a_view_too(
    make: Derive, select: Select, connection: Connection
) -> None:
    connection.execute('DROP TABLE "forestry.trees"."L1"; CREATE VIEW "forestry.trees"."L1" AS SELECT 1 AS id')

    make()

    assert len(select(SHADES)) == 3
