"""Mistakes in the declaration of a release: each is refused when it is made, with the word that is wrong."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from dss_assets.assets import build_definitions
from dss_assets.dataset import (
    Absent,
    Check,
    Column,
    Dataset,
    Delimited,
    ForeignKey,
    Incremental,
    Member,
    Release,
    ReleasedTable,
    Rowwise,
    StorageFolder,
    TrailingList,
)
from dss_assets.resources import AssetsSettings, Service
from dss_web.shared.contract import ColumnType

COUNCILS = ReleasedTable.of("councils", "id integer, name text not null", primary_key=("id",))
TREES = ReleasedTable.of(
    "trees", "council_id integer, species text, planted date", primary_key=("council_id", "species")
)
TO_COUNCILS = ForeignKey(("council_id",), "councils")
FORESTRY = Dataset("forestry", "trees", None, Delimited(), Release((COUNCILS, TREES)))
NO_SETTINGS = AssetsSettings.model_construct(
    dss_database_url="", dataflow_base_url="https://airflow.example", dss_source_interval_seconds=None
)


def tree(**changed: object) -> Callable[[], object]:
    return lambda: replace(TREES, **changed)  # type: ignore[arg-type]


def released(*tables: ReleasedTable, schema: str | None = None) -> Callable[[], object]:
    return lambda: Release(tables, schema)


def dataset(**changed: object) -> Callable[[], object]:
    return lambda: replace(FORESTRY, **changed)  # type: ignore[arg-type]


def leads_to(name: str, *columns: str) -> ReleasedTable:
    return replace(TREES, foreign_keys=(ForeignKey(columns, name),))


def circle() -> object:
    first = ReleasedTable.of("a", "x integer", primary_key=("x",), foreign_keys=(ForeignKey(("x",), "b"),))
    second = ReleasedTable.of("b", "x integer", primary_key=("x",), foreign_keys=(ForeignKey(("x",), "c"),))
    third = ReleasedTable.of("c", "x integer", primary_key=("x",), foreign_keys=(ForeignKey(("x",), "a"),))
    return Release((first, second, third))


WRONG: dict[str, Callable[[], object]] = {
    "'Trees' is not a lower-case name": tree(name="Trees"),
    "an asset of each release is called 'registry'": tree(name="registry"),
    "trees has no columns": tree(columns=(), primary_key=()),
    "trees: columns declared twice: a": lambda: ReleasedTable.of("trees", "a integer, a text"),
    "trees: titles declared twice: a": tree(columns=(Column("a"), Column("b", titles=("A",))), primary_key=()),
    "keeps the column name 'data_hash' for itself": tree(columns=(Column("data_hash"),), primary_key=()),
    "trees: 'a string' is not a column's name, one of our types": lambda: ReleasedTable.of("trees", "a string"),
    "trees: 'b text null' is not": lambda: ReleasedTable.of("trees", "a integer, b text null"),
    "trees: a description names what the table lacks: girth": lambda: TREES.described("Trees.", {"girth": "Wide."}, {}),
    "trees: 'a' is not": lambda: ReleasedTable.of("trees", "a"),
    "trees: pages go by the column 'id'": lambda: ReleasedTable.of("trees", "id integer"),
    "councils: pages go by the column 'id'": lambda: replace(
        COUNCILS, columns=(Column("id"), Column("name")), primary_key=("id",)
    ),
    "pages go by the column 'id', so it is a whole number and the primary key": lambda: replace(
        COUNCILS, primary_key=("id", "name")
    ),
    "trees: the primary key names what the table lacks: girth": tree(primary_key=("girth",)),
    "trees: columns of the primary key declared twice: species": tree(primary_key=("species", "species")),
    "trees: not_null names what the table lacks: girth": tree(not_null=("species", "girth")),
    "the foreign key to councils names what the table lacks: council": tree(
        foreign_keys=(ForeignKey(("council",), "councils"),)
    ),
    "trees: a may be absent, and may not be NULL": tree(
        columns=(Column("a", absent=Absent.NULL),), primary_key=(), not_null=("a",)
    ),
    "trees: foreign keys declared twice": tree(foreign_keys=(TO_COUNCILS, TO_COUNCILS)),
    "a foreign key to councils is a tuple": lambda: ForeignKey("council_id", "councils"),  # type: ignore[arg-type]
    "a foreign key to owners is a tuple": lambda: ForeignKey((), "owners"),
    "the check 'planted >' is not valid SQL": lambda: Check("planted >", "a date"),
    "the check 'planted > 1) OR (true' is not valid SQL": lambda: Check("planted > 1) OR (true", "a date"),
    "is no single SQL expression": lambda: Check("planted > 1; DROP TABLE trees", "a date"),
    "'planted > 1 -- always' is no single": lambda: Check("planted > 1 -- always", "a date"),
    "'species IN (SELECT name FROM kinds)' is no single": lambda: Check("species IN (SELECT name FROM kinds)", "one"),
    "the check '1 = 1' looks at no column": lambda: Check("1 = 1", "sense"),
    "the check 'planted > 1' does not say what it expects": lambda: Check("planted > 1", ""),
    "the check 'girth > 1' names what the table lacks: girth": tree(checks=(Check("girth > 1", "more"),)),
    "a release has at least one table": released(),
    "tables of a release declared twice: trees": released(TREES, TREES),
    "the schema 'Trees' is not a lower-case name": released(TREES, schema="Trees"),
    "the schema 'operations' is not for datasets": released(TREES, schema="operations"),
    "the schema 'pg_trees' is not for datasets": released(TREES, schema="pg_trees"),
    "trees: the foreign key to councils leads out of the release": released(leads_to("councils", "council_id")),
    "trees: kinds has no primary key": released(
        leads_to("kinds", "species"), ReleasedTable.of("kinds", "name text not null")
    ),
    "the foreign key (species) has other columns or types than the primary key of councils (id)": released(
        leads_to("councils", "species"), COUNCILS
    ),
    "the foreign key (council_id, planted) has other columns": released(
        leads_to("councils", "council_id", "planted"), COUNCILS
    ),
    "foreign keys go round in a circle: ": circle,
    "forestry.trees: the tables of a release have columns, and it has none": dataset(columns=(Column("a"),)),
    "forestry.trees: the tables of a release have": dataset(l1=Rowwise(("a",))),
    "forestry.trees: a release is Delimited": dataset(format=TrailingList("|", ("utf-8",))),
    "each of its tables says which members": dataset(format=Delimited(members=(Member("a"),))),
    "forestry.trees has no table L0": dataset(dataflow_table="L0"),
    "data-flow finds tables in the schema 'forestry.trees'": dataset(
        loading=Release((TREES,), "forestry"), dataflow_table="trees"
    ),
    "forestry.trees has no columns": dataset(loading=Incremental()),
    "only the files of a Release are packed": dataset(
        loading=Incremental(),
        columns=(Column("a", ColumnType.DATE),),
        source=StorageFolder(".*", timedelta(days=1), packed_as="a.zip"),
    ),
    "what is packed as 'a/b.zip' is a zip": lambda: StorageFolder(".*", timedelta(days=1), packed_as="a/b.zip"),
    "what is packed as 'a.csv' is a zip": lambda: StorageFolder(".*", timedelta(days=1), packed_as="a.csv"),
    "schemas of datasets declared twice: forestry": lambda: build_definitions(
        [replace(FORESTRY, name=name, loading=Release((TREES,), "forestry")) for name in ("trees", "hedges")],
        Service(NO_SETTINGS),
    ),
}


@pytest.mark.parametrize("reason", WRONG)
def test_a_wrong_release_is_refused_with_the_word_that_is_wrong(reason: str) -> None:
    with pytest.raises(ValueError) as refused:
        WRONG[reason]()
    assert reason in str(refused.value)
