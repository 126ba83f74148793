"""The names and types that the columns of an uploaded file are given."""

import io
from collections.abc import Iterator

import psycopg
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from psycopg import sql

from dss_web.shared.contract import ColumnType
from dss_web.shared.csv import InvalidCsv, ProblemKind, inspect_csv
from dss_web.shared.csv.column_names import name_columns
from dss_web.shared.csv.column_types import ColumnTypes
from infra.local.postgres import Postgres


def test_titles_become_names_of_columns() -> None:
    titles = ["Company Name", "Exports (£m)", "2019", " Région ", "a__b_", "name", "Name", "NAME", "name_1"]
    expected = ["company_name", "exports_m", "column_2019", "region", "a__b_", "name", "name_2", "name_3", "name_1"]
    assert name_columns(titles) == expected


def test_every_title_that_cannot_become_a_name_is_a_problem_of_its_column() -> None:
    with pytest.raises(InvalidCsv) as caught:
        name_columns(["fine", "", "日本", "ID", "b" * 64])
    assert [(problem.kind, problem.column, problem.found[:4]) for problem in caught.value.problems] == [
        (ProblemKind.UNNAMED_COLUMN, 2, ""),
        (ProblemKind.UNUSABLE_NAME, 3, "日本"),
        (ProblemKind.RESERVED_NAME, 4, "ID"),
        (ProblemKind.LONG_NAME, 5, "bbbb"),
    ]


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        (["1", "-20", "2147483647"], ColumnType.INTEGER),
        (["1", "2147483648"], ColumnType.NUMERIC),
        (["1", "-2147483648"], ColumnType.INTEGER),
        (["1", "-2147483649"], ColumnType.NUMERIC),
        (["1", "2.50", ".5", "-3e10"], ColumnType.NUMERIC),
        (["003", "4"], ColumnType.TEXT),
        (["00.5"], ColumnType.TEXT),
        (["+447700900123"], ColumnType.TEXT),
        (["1,000"], ColumnType.TEXT),
        (["1", "", "NULL", "None", "N/A"], ColumnType.INTEGER),
        (["1", "null"], ColumnType.TEXT),
        (["", "NULL"], ColumnType.TEXT),
        (["0", "1"], ColumnType.INTEGER),
        (["true", "F", "Yes", "no"], ColumnType.BOOLEAN),
        (["yes", "maybe"], ColumnType.TEXT),
        (["2024-02-29", "29/02/2024", "1/3/2024"], ColumnType.DATE),
        (["2023-02-29"], ColumnType.TEXT),
        (["01/13/2024"], ColumnType.TEXT),
        (["1/3/24"], ColumnType.TEXT),
        (["2024-02-29 10:30", "2024-02-29T10:30:59.5", "29/02/2024 10:30", "2024-02-29"], ColumnType.TIMESTAMP),
        (["2024-02-29T10:30:00Z"], ColumnType.TEXT),
        (["2024-02-29 25:00"], ColumnType.TEXT),
        (["12:30"], ColumnType.TEXT),
        (["1"] * 99 + ["x"], ColumnType.TEXT),
    ],
)
def test_a_column_has_the_narrowest_type_that_all_its_values_have(values: list[str], kind: ColumnType) -> None:
    rows = "".join(f'{number},"{value}"\n' for number, value in enumerate(values))
    assert inspect_csv(io.BytesIO(f"number,value\n{rows}".encode()), sample_rows=1000).types[1] == kind


def test_types_are_inferred_from_so_many_rows_and_no_more() -> None:
    file = io.BytesIO(b"a,b\n" + b"1,1\n" * 3000 + b"x,1\n")
    assert inspect_csv(file, sample_rows=3000).types == [ColumnType.INTEGER, ColumnType.INTEGER]
    assert inspect_csv(file, sample_rows=3001).types == [ColumnType.TEXT, ColumnType.INTEGER]


@pytest.fixture(scope="module")
def loading(postgres_server: Postgres) -> Iterator[psycopg.Connection]:
    """A connection with the settings under which files are loaded."""
    options = "-c DateStyle=ISO,DMY"
    with psycopg.connect(postgres_server.url("postgres"), options=options, autocommit=True) as connection:
        yield connection


VALUE_LIKE = st.one_of(
    st.text("0123456789-+./: eETtrufalsyno", max_size=20),
    st.from_regex(r"\A-?[0-9]{1,12}(\.[0-9]{0,4})?(e-?[0-9]{1,2})?\Z"),
    st.from_regex(r"\A[0-9]{4}-[0-1][0-9]-[0-3][0-9]([ T][0-2][0-9]:[0-6][0-9](:[0-6][0-9](\.[0-9]{1,7})?)?)?\Z"),
    st.from_regex(r"\A[0-3]?[0-9]/[01]?[0-9]/[0-9]{4}( [0-2][0-9]:[0-6][0-9])?\Z"),
)


@settings(max_examples=400, deadline=None)
@given(values=st.lists(VALUE_LIKE, min_size=1, max_size=3))
def test_postgres_reads_every_value_as_the_type_that_was_inferred(
    loading: psycopg.Connection, values: list[str]
) -> None:
    types = ColumnTypes(1)
    types.narrow([[value] for value in values])
    (kind,) = types.inferred()
    cast = sql.SQL("SELECT count(value::{}) FROM unnest(%s::text[]) AS value").format(sql.SQL(kind.value))
    present = [value for value in values if value]
    assert loading.execute(cast, [present]).fetchone() == (len(present),)
