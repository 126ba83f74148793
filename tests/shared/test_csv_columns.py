"""The names and types that the columns of an uploaded file are given."""

import io
from collections.abc import Iterator

import psycopg
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from psycopg import sql

from dss_web.shared.contract import ColumnType
from dss_web.shared.csv import Conversion, CsvFile, FindingKind, inspect_csv
from dss_web.shared.csv.census import ColumnCensus
from dss_web.shared.csv.column_names import name_columns
from dss_web.shared.csv.column_types import decide
from dss_web.shared.csv.conversions import converter
from infra.local.postgres import Postgres


def check(values: list[str], title: str = "value") -> CsvFile:
    """A file with the values in its second column, in quotation marks."""
    rows = "".join(f'r{number},"{value.replace(chr(34), chr(34) * 2)}"\n' for number, value in enumerate(values))
    return inspect_csv(io.BytesIO(f"number,{title}\n{rows}".encode()))


def told(csv_file: CsvFile) -> set[FindingKind]:
    return {finding.kind for finding in csv_file.findings if finding.column == 2}


@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("Company Name", "company_name"),
        ("Exports (£m)", "exports_gbp_m"),
        ("2019", "column_2019"),
        (" Région ", "region"),
        ("a__b_", "a__b_"),
        ("Größe", "groesse"),
        ("Total (£)", "total_gbp"),
        ("Łódź", "lodz"),
        ("Straße", "strasse"),
        ("Город", "gorod"),
        ("Ελλάδα", "ellada"),
        ("人口", "column_1"),
        ("", "column_1"),
        ("ID", "id_in_source"),
        ("_id", "id_in_source"),
        ("xmin", "xmin_in_source"),
        ("ctid", "ctid_in_source"),
        ("Change in %", "change_in_percent"),
        ("b" * 64, "b" * 63),
    ],
)
def test_a_title_becomes_a_name_that_keeps_its_letters(title: str, name: str) -> None:
    assert name_columns([title]) == [name]


def test_names_are_told_apart() -> None:
    titles = ["name", "Name", "NAME", "name_1", "c" * 70, "c" * 71, "Total £", "Total $", "total"]
    expected = ["name", "name_2", "name_3", "name_1", "c" * 63, "c" * 61 + "_1", "total_gbp", "total_usd", "total"]
    assert name_columns(titles) == expected


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        (["1", "-20", "2147483647"], ColumnType.INTEGER),
        (["1", "2147483648"], ColumnType.NUMERIC),
        (["1", "-2147483648"], ColumnType.INTEGER),
        (["1", "-2147483649"], ColumnType.NUMERIC),
        (["1", "2.50", ".5", "-3e10"], ColumnType.NUMERIC),
        (["1.2E-3", "6.02e23", "1e0"], ColumnType.NUMERIC),
        (["1E5", "12E03"], ColumnType.TEXT),
        (["003", "4"], ColumnType.TEXT),
        (["00.5"], ColumnType.TEXT),
        (["4929123456781234", "1"], ColumnType.TEXT),
        (["+447700900123"], ColumnType.TEXT),
        (["0x1F"], ColumnType.TEXT),
        (["1_000"], ColumnType.TEXT),
        (["１２３"], ColumnType.TEXT),
        (["1,000"], ColumnType.TEXT),
        (["1", "", "NULL", "None", "N/A"], ColumnType.INTEGER),
        (["1", "null"], ColumnType.TEXT),
        (["", "NULL"], ColumnType.TEXT),
        (["0", "1"], ColumnType.INTEGER),
        (["true", "F", "Yes", "no"], ColumnType.BOOLEAN),
        (["yes", "maybe"], ColumnType.TEXT),
        (["NO", "NO"], ColumnType.TEXT),
        (["2024-02-29", "29/02/2024", "1/3/2024"], ColumnType.DATE),
        (["31.01.2024", "1.2.2024"], ColumnType.DATE),
        (["2024/01/31"], ColumnType.DATE),
        (["31 Jan 2024", "1 February 2024"], ColumnType.DATE),
        (["01/13/2024", "02/01/2024"], ColumnType.DATE),
        (["01/01/2024", "01/13/2024"], ColumnType.DATE),
        (["01/13/2024", "13/01/2024"], ColumnType.TEXT),
        (["31JAN2024", "1feb2024"], ColumnType.DATE),
        (["31/Jan/2024"], ColumnType.DATE),
        (["31JAN-2024"], ColumnType.TEXT),
        (["Jan-24"], ColumnType.TEXT),
        (["2023-02-29"], ColumnType.TEXT),
        (["1/3/24"], ColumnType.TEXT),
        (["2024-02-29 10:30", "2024-02-29T10:30:59.5", "29/02/2024 10:30", "2024-02-29"], ColumnType.TIMESTAMP),
        (["31/01/2024, 10:30:00", "1/2/2024, 9:05"], ColumnType.TIMESTAMP),
        (["2024-02-29T10:30:00Z"], ColumnType.TEXT),
        (["2024-02-29 25:00"], ColumnType.TEXT),
        (["12:30"], ColumnType.TEXT),
        (["1"] * 99 + ["x"], ColumnType.TEXT),
        (["1"] * 150_000 + ["1.5"], ColumnType.NUMERIC),
    ],
)
def test_a_column_has_the_narrowest_type_that_all_its_values_have(values: list[str], kind: ColumnType) -> None:
    assert check(values).types[1] == kind


@pytest.mark.parametrize(
    ("values", "conversion", "after", "kind"),
    [
        (["10\u00a0", "1\u00a0234"], Conversion.NUMBER, ["10", "1234"], FindingKind.CONVERTED),
        (['="00123"', '="04567"'], Conversion.EXCEL_TEXT, ["00123", "04567"], FindingKind.CONVERTED),
        (["01/31/2024", "2/1/2024"], Conversion.MONTH_FIRST, ["2024-01-31", "2024-02-01"], FindingKind.CONVERTED),
        (["31-01-2024 10:30"], Conversion.DAY_FIRST, ["2024-01-31 10:30"], FindingKind.CONVERTED),
        ([" true", "false "], Conversion.TRIM, ["true", "false"], FindingKind.CONVERTED),
        (["6.02e3", "1.5e-1"], Conversion.PLAIN, ["6020", "0.15"], None),
    ],
)
def test_what_has_one_meaning_is_converted_and_told(
    values: list[str], conversion: Conversion, after: list[str], kind: FindingKind | None
) -> None:
    csv_file = check(values)
    assert csv_file.reading.columns[1].conversion is conversion
    convert = converter(conversion)
    assert convert is not None
    assert [convert(value) for value in values] == after
    assert kind is None or kind in told(csv_file)


@pytest.mark.parametrize(
    ("value", "after"),
    [("1,234.56", "1234.56"), ("£1,000", "1000"), ("12%", "0.12"), ("(500)", "-500"), ("5-", "-5"), ("1,50", "1.50")],
)
def test_a_number_as_people_write_it_stays_text_until_a_person_chooses(value: str, after: str) -> None:
    csv_file = check([value, value])
    assert csv_file.types[1] is ColumnType.TEXT
    assert csv_file.reading.columns[1].conversion is Conversion.NONE
    assert FindingKind.CONVERTIBLE in told(csv_file)
    chosen = csv_file.reading.with_types([ColumnType.TEXT, ColumnType.NUMERIC])
    convert = converter(chosen.columns[1].conversion)
    assert convert is not None
    assert convert(value) == after


@pytest.mark.parametrize(
    ("value", "after"),
    [
        ("kr 1 234,50", "1234.50"),
        ("1.250 kr.", "1250"),
        ("R$ 1.234,50", "1234.50"),
        ("1 234,50 zł", "1234.50"),
        ("CHF 1'234.50", "1234.50"),
        ("US$1,234.00", "1234.00"),
        ("-1 234 Kč", "-1234"),
    ],
)
def test_an_amount_in_any_currency_is_offered_as_the_number_that_it_is(value: str, after: str) -> None:
    csv_file = check([value, value])
    assert csv_file.types[1] is ColumnType.TEXT
    convert = converter(csv_file.reading.columns[1].offer)
    assert convert is not None
    assert convert(value) == after


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        (["NO", "NO"], FindingKind.ONE_SIDED),
        (["F"], FindingKind.ONE_SIDED),
        (["1E5"], FindingKind.CODES),
        (["007"], FindingKind.CODES),
        (["1.9", "1.10", "1.1"], FindingKind.CODES),
        (["01/02/2024", "03/04/2024"], FindingKind.AMBIGUOUS_DATES),
        (["31/01/2024", "01/31/2024"], FindingKind.MIXED_DATES),
        (["31/12/68"], FindingKind.SHORT_YEARS),
        (["2024-02-29T10:30:00+02:00"], FindingKind.OFFSETS),
        (["1", "-"], FindingKind.NULL_WORDS),
        (["1", "(null)"], FindingKind.NULL_WORDS),
        (["2024-01-31", "NaT"], FindingKind.NULL_WORDS),
        (["1", "…"], FindingKind.NULL_WORDS),
        (["1", "#NV"], FindingKind.NULL_WORDS),
        (["01/01/2024", "02/03/2024"], FindingKind.AMBIGUOUS_DATES),
        (["1"] * 9 + ["x"], FindingKind.NEARLY),
    ],
)
def test_what_a_person_may_not_expect_is_told(values: list[str], kind: FindingKind) -> None:
    assert kind in told(check(values))


def test_the_value_that_keeps_a_column_from_being_numbers_is_told_with_its_line() -> None:
    csv_file = check(["1"] * 40_000 + ["unknown"] + ["2"] * 40_000)
    assert [(one.line, one.value) for one in csv_file.facts[1].exceptions] == [(40_002, "unknown")]
    assert csv_file.facts[1].kinds == {"integer": 80_000, "text": 1}


def test_what_is_known_of_a_column_is_of_all_its_values() -> None:
    facts = check(["5", "", "-7", "5", "12.5"]).facts[1]
    assert (facts.empty, facts.distinct, facts.smallest, facts.largest) == (1, 3, "-7", "12.5")
    facts = check(["31/01/2024", "01/02/2023"]).facts[1]
    assert (facts.smallest, facts.largest) == ("2023-02-01", "2024-01-31")


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
    st.from_regex(r"\A[0-3]?[0-9]/[01]?[0-9]/[0-9]{4}(,? [0-2][0-9]:[0-6][0-9])?\Z"),
    st.from_regex(r"\A[0-3]?[0-9][-/ ]?(jan|Feb|MAR|sept)[-/ ]?[0-9]{4}\Z"),
)


@settings(max_examples=400, deadline=None)
@given(values=st.lists(VALUE_LIKE, min_size=1, max_size=3))
def test_postgres_reads_every_value_as_the_type_that_was_inferred(
    loading: psycopg.Connection, values: list[str]
) -> None:
    census = ColumnCensus()
    census.take(values, range(1, len(values) + 1))
    facts = decide(census, 1, "value")
    convert = converter(facts.conversion) or str
    values = [convert(value) for value in values if value.strip() not in facts.nulls]
    cast = sql.SQL("SELECT count(value::{}) FROM unnest(%s::text[]) AS value").format(sql.SQL(facts.type.value))
    present = [value for value in values if value.strip() or facts.type is ColumnType.TEXT]
    assert loading.execute(cast, [present]).fetchone() == (len(present),)
