"""L1 of the tariffs: every step by numbers that can be checked by hand, and all of them against a slow reference."""

from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from psycopg import sql

from dss_assets.database import Connection, Database
from dss_assets.datasets import BOUND_RATES, COUNTRY_CODE_AND_ISO, EU_COUNTRY_MEMBERSHIP, TARIFF
from dss_assets.datasets.world_bank_tariff import ASSUMED
from dss_assets.derivations import derive
from dss_assets.loading import Tables, create_or_bring_along
from tests.datasets.assumed_tariffs import YEARS, Assumed, Tariff, assumed_tariffs
from tests.parts.assets_fixtures import Select

COUNTRIES = {"DZA": 12, "AGO": 24, "AUS": 36, "BRA": 76, "SVN": 705, "ZAF": 710, "ESP": 724}
MEMBERS = {("SVN", year) for year in range(2004, 2019)} | {("ESP", year) for year in range(1986, 2019)}

Put = Callable[..., None]
Cells = dict[tuple[int, int, int], Assumed]


@pytest.fixture
def put(connection: Connection) -> Put:
    """Put rows into the inputs, in the place of what is there."""
    for dataset in (TARIFF, BOUND_RATES, COUNTRY_CODE_AND_ISO, EU_COUNTRY_MEMBERSHIP):
        with connection.transaction():
            create_or_bring_along(connection, Tables(dataset))

    def put(
        tariffs: Iterable[Tariff],
        bound_rates: Mapping[tuple[int, int], Decimal] = {(4, 1): Decimal(1)},
        codes: Iterable[tuple[str | None, int]] = tuple(COUNTRIES.items()),
        members: Iterable[tuple[str, int]] = tuple(MEMBERS),
    ) -> None:
        by_country: dict[str, list[str]] = {}
        for iso3, year in members:
            by_country.setdefault(iso3, []).append(str(year))
        replace(
            TARIFF,
            ("reporter", "year", "product", "partner", "duty_type", "simple_average"),
            [[*one] for one in tariffs],
        )
        replace(
            BOUND_RATES,
            ("nomen_code", "reporter", "product", "bound_rate"),
            [["H2", *key, rate] for key, rate in bound_rates.items()],
        )
        replace(COUNTRY_CODE_AND_ISO, ("iso3_digit_alpha", "cty_code"), [[*code] for code in codes])
        names = [column.name for column in EU_COUNTRY_MEMBERSHIP.columns[2:]]
        replace(
            EU_COUNTRY_MEMBERSHIP,
            ("iso3", *names),
            [[iso3, *("EUN" if name in years else None for name in names)] for iso3, years in by_country.items()],
        )

    def replace(dataset: Any, columns: tuple[str, ...], rows: list[list[Any]]) -> None:
        table = sql.Identifier(dataset.key, "L0")
        connection.execute(sql.SQL("DELETE FROM {}").format(table))
        with connection.cursor() as cursor:
            cursor.executemany(
                sql.SQL("INSERT INTO {} ({}) VALUES ({})").format(
                    table,
                    sql.SQL(", ").join(map(sql.Identifier, columns)),
                    sql.SQL(", ").join([sql.Placeholder()] * len(columns)),
                ),
                rows,
            )

    return put


@pytest.fixture
def made(connection: Connection, database_url: str, select: Select) -> Callable[..., list[Assumed]]:
    """Make L1 and read it in the order of its ids."""

    def made(**options: Any) -> list[Assumed]:
        derive(Database(database_url), connection, TARIFF, "a run", **options)
        names = ", ".join(column.name for column in ASSUMED.columns)
        return [Assumed(*row) for row in select(f'SELECT {names} FROM "world_bank.tariff"."L1" ORDER BY id')]

    return made


def cells(rows: Iterable[Assumed]) -> Cells:
    """The rows of one product by reporter, partner and year."""
    return {(row.reporter, row.partner, row.year): row for row in rows}


def ahs(reporter: int, partner: int, year: int, rate: float, product: int = 201) -> Tariff:
    return Tariff(reporter, year, product, partner, "AHS", Decimal(str(rate)))


def mfn(reporter: int, year: int, rate: float, product: int = 201) -> Tariff:
    return Tariff(reporter, year, product, 0, "MFN", Decimal(str(rate)))


def values(row: Assumed) -> dict[str, float]:
    """What is known in a row, by column."""
    return {name: float(value) for name, value in row._asdict().items() if value is not None and "_" in name}


def test_a_rate_for_the_world_is_for_every_partner_and_makes_the_world_average(put: Put, made: Any) -> None:
    put([mfn(12, 2017, 30), ahs(12, 76, 2017, 21), mfn(24, 2017, 5), ahs(24, 710, 2017, 10)])

    found = cells(made())

    assert values(found[12, 24, 2017]) == {"assumed_tariff": 30, "mfn_rate": 30, "world_average": 17.5}
    assert values(found[12, 76, 2017]) == {
        "assumed_tariff": 21,
        "app_rate": 21,
        "mfn_rate": 30,
        "world_average": 17.5,
    }
    assert values(found[24, 710, 2017])["assumed_tariff"] == 10
    assert values(found[24, 12, 2017])["assumed_tariff"] == 5
    assert values(found[76, 710, 2017]) == {"assumed_tariff": 17.5, "world_average": 17.5}
    assert values(found[12, 24, 2018]) == {"assumed_tariff": 30}, "filled, but only in the assumed tariff"
    assert values(found[12, 24, 2016]) == {}, "never filled backwards"
    assert values(found[76, 710, 2018]) == {}, "an average is of its year"


def test_members_of_the_union_charge_each_other_nothing_whatever_they_report(put: Put, made: Any) -> None:
    put([ahs(705, 724, 2018, 10), ahs(705, 724, 2003, 8)], bound_rates={(705, 201): Decimal(80)})

    found = cells(made())

    assert values(found[705, 724, 2018]) == {
        "assumed_tariff": 0,
        "app_rate": 10,
        "bnd_rate": 80,
        "eu_part_rate": 10,
        "eu_eu_rate": 0,
    }
    assert values(found[724, 705, 2018]) == {"assumed_tariff": 0, "eu_eu_rate": 0}
    before = values(found[705, 724, 2003])
    assert before == {"assumed_tariff": 8, "app_rate": 8, "bnd_rate": 80, "eu_part_rate": 8}, "Slovenia joined in 2004"


def test_what_the_union_reports_is_each_members_unless_it_has_a_rate_of_its_own(put: Put, made: Any) -> None:
    put([ahs(918, 36, 2017, 10), ahs(705, 36, 2017, 20), ahs(36, 705, 2017, 30)])

    found = cells(made())

    assert values(found[705, 36, 2017]) == {"assumed_tariff": 20, "app_rate": 20, "eu_rep_rate": 10}
    assert values(found[724, 36, 2017]) == {"assumed_tariff": 10, "eu_rep_rate": 10}
    assert values(found[36, 724, 2017]) == {"assumed_tariff": 30, "eu_part_rate": 30}
    assert values(found[12, 36, 2017]) == {}
    assert values(found[724, 36, 2018]) == {"assumed_tariff": 10}


def test_an_applied_rate_of_earlier_years_counts_before_the_rate_for_the_world_of_this_one(put: Put, made: Any) -> None:
    put([ahs(12, 76, 2010, 4), mfn(12, 2012, 50), ahs(12, 76, 2014, 6)])

    found = cells(made())

    assumed = [values(found[12, 76, year]).get("assumed_tariff") for year in range(2009, 2016)]
    assert assumed == [None, 4, 4, 4, 4, 6, 6]
    assert values(found[12, 76, 2012]) == {"assumed_tariff": 4, "mfn_rate": 50, "world_average": 50}


def test_sudan_has_one_number_for_both_of_its_own(put: Put, made: Any) -> None:
    countries = {"SDN": 729, "ETH": 231, "DZA": 12}
    put(
        [ahs(736, 12, 2005, 1), ahs(12, 736, 2006, 2), ahs(231, 729, 2007, 3), ahs(231, 736, 2008, 4)],
        codes=countries.items(),
    )

    found = cells(made())

    assert values(found[729, 12, 2005])["app_rate"] == 1
    assert values(found[12, 729, 2006])["app_rate"] == 2
    assert values(found[231, 729, 2007]) == {}
    assert values(found[231, 729, 2008])["app_rate"] == 4


def test_countries_are_those_of_the_list_that_comtrade_has_by_their_number(put: Put, made: Any) -> None:
    codes = [
        ("FRA", 251),
        ("FRAXM", 250),
        ("ITA", 381),
        ("ITAF", 380),
        ("IND", 356),
        ("USAV", 840),
        ("AFG", 4),
        (None, 899),
    ]
    put([ahs(250, 4, 2005, 1), ahs(4, 4, 2005, 2)], codes=[*codes, ("LUX", 442), ("AGO", 25)])

    rows = made()

    assert {row.reporter for row in rows} == {row.partner for row in rows} == {4, 250, 380}
    assert len(rows) == 3 * 2 * len(YEARS)
    assert rows == sorted(rows, key=lambda row: row[:4]), "ids go by product, reporter, partner and year"


def test_products_are_those_that_any_row_since_2000_has(put: Put, made: Any) -> None:
    others = [
        ahs(12, 24, 1999, 5, product=1),
        Tariff(12, 2019, 2, 24, "AHS", None),
        Tariff(12, 2000, 3, 24, "BND", None),
    ]
    put([*others, ahs(12, 24, 2018, 1, product=4)])

    assert {row.product for row in made()} == {2, 3, 4}


def test_a_rate_that_comes_twice_counts_once_and_two_rates_make_their_mean(put: Put, made: Any) -> None:
    put([ahs(12, 24, 2005, 1), ahs(12, 24, 2005, 1), ahs(12, 24, 2005, 2), ahs(12, 24, 2005, 2.0002)])

    assert values(cells(made())[12, 24, 2005]) == {"assumed_tariff": 1.667, "app_rate": 1.667}


SOME = {"AFG": 4, "DZA": 12, "SVN": 705, "ESP": 724, "SDN": 729, "ETH": 231, "ITA": 380}
RATE = st.decimals(0, 100, places=4) | st.integers(0, 3).map(Decimal)
YEAR = st.sampled_from([1999, 2000, 2001, 2004, 2005, 2017, 2018, 2019])
NUMBER = st.sampled_from([4, 12, 705, 724, 729, 736, 231, 380, 381])
TARIFFS = st.lists(
    st.builds(
        Tariff,
        reporter=NUMBER | st.just(918),
        year=YEAR,
        product=st.sampled_from([101, 201]),
        partner=NUMBER | st.just(0),
        duty_type=st.sampled_from(["AHS", "AHS", "MFN", "BND"]),
        average=RATE | st.none(),
    )
    | st.builds(
        Tariff,
        reporter=NUMBER,
        year=YEAR,
        product=st.just(201),
        partner=st.just(0),
        duty_type=st.just("MFN"),
        average=RATE,
    ),
    max_size=40,
)
CODES = st.lists(
    st.sampled_from([*SOME.items(), ("ITA", 381), ("ITAF", 380), ("USAF", 840), ("AFG", 5)]), min_size=2, unique=True
)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    tariffs=TARIFFS,
    codes=CODES,
    members=st.sets(st.tuples(st.sampled_from(["SVN", "ESP", "ITA", "LUX"]), st.sampled_from(YEARS)), min_size=1),
    bound_rates=st.dictionaries(st.tuples(NUMBER, st.sampled_from([101, 201])), RATE, min_size=1),
)
def test_all_steps_are_those_of_the_slow_reference(
    tariffs: list[Tariff],
    codes: list[tuple[str, int]],
    members: set[tuple[str, int]],
    bound_rates: dict[tuple[int, int], Decimal],
    put: Put,
    made: Any,
) -> None:
    tariffs = [*tariffs, Tariff(4, 2018, 201, 0, "BND", None)]
    codes = [*codes, ("AGO", 24), ("BRA", 76)]
    put(tariffs, bound_rates, codes, members)
    # The list of the SQL itself is in its own test.
    listed = {"USA": 840, "AGO": 24, "BRA": 76, **SOME}

    assert made() == assumed_tariffs(tariffs, bound_rates, codes, members, listed)
