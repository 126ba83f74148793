"""The assumed tariffs, computed slowly and obviously: one step after another, in exact fractions."""

from collections.abc import Iterable, Mapping, Sequence
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from itertools import product as each
from typing import NamedTuple

YEARS = range(2000, 2019)
UNION, WORLD = 918, 0
NOT_COUNTRIES = frozenset(
    {"IND", "FRA", "ITA", "ANTABW", "BELLUX", "CHELIE", "DEUF", "ETHF", "KNAXA", "NORF", "PAKF", "PANF", "USAF"}
    | {"USAV", "VNMF", "YEMF", "ZAFF"}
)
RENAMED = {"INDXSIK": "IND", "FRAXM": "FRA", "ITAF": "ITA"}


class Tariff(NamedTuple):
    reporter: int
    year: int
    product: int
    partner: int
    duty_type: str
    average: Decimal | None


class Assumed(NamedTuple):
    product: int
    reporter: int
    partner: int
    year: int
    assumed_tariff: Decimal | None = None
    app_rate: Decimal | None = None
    mfn_rate: Decimal | None = None
    bnd_rate: Decimal | None = None
    eu_rep_rate: Decimal | None = None
    eu_part_rate: Decimal | None = None
    eu_eu_rate: Decimal | None = None
    world_average: Decimal | None = None


def mean(values: Iterable[Fraction | None]) -> Fraction | None:
    known = [value for value in values if value is not None]
    return sum(known, Fraction()) / len(known) if known else None


def first(*values: Fraction | None) -> Fraction | None:
    return next((value for value in values if value is not None), None)


def rounded(value: Fraction | None) -> Decimal | None:
    if value is None:
        return None
    # Enough digits that no third of anything is taken for a half.
    exact = Decimal(value.numerator) / Decimal(value.denominator)
    return exact.quantize(Decimal("0.001"), ROUND_HALF_UP)


def assumed_tariffs(
    tariffs: Sequence[Tariff],
    bound_rates: Mapping[tuple[int, int], Decimal],
    codes: Iterable[tuple[str, int]],
    members: Iterable[tuple[str, int]],
    listed: Mapping[str, int],
) -> list[Assumed]:
    """`bound_rates` by reporter and product; `members` by ISO code and year; `listed` are the countries wanted."""
    # 1, 2: the dictionary, and every product, year and pair of countries
    dictionary = {(RENAMED.get(iso3, iso3), number) for iso3, number in codes if iso3 not in NOT_COUNTRIES}
    countries = sorted(number for iso3, number in listed.items() if (iso3, number) in dictionary)
    products = sorted({one.product for one in tariffs if one.year >= 2000})

    # 3: distinct rates, by product, year, reporter and partner
    app: dict[tuple[int, int, int, int], set[Fraction]] = {}
    mfn: dict[tuple[int, int, int, int], set[Fraction]] = {}
    for one in tariffs:
        if (one.reporter, one.partner) == (231, 729) or one.average is None:
            continue
        reporter, partner = (729 if number == 736 else number for number in (one.reporter, one.partner))
        rates = {"AHS": app, "MFN": mfn}.get(one.duty_type)
        if rates is not None:
            rates.setdefault((one.product, one.year, reporter, partner), set()).add(Fraction(one.average))

    # 4: who is a member when
    is_member = {(listed[iso3], year) for iso3, year in members if iso3 in listed}

    rows = []
    for product in products:
        # 10: the mean over the rows of all pairs, in which each rate that a reporter gives counts once
        world = {
            year: mean(
                rate
                for reporter, partner in each(countries, countries)
                if reporter != partner
                for rate in mfn.get((product, year, reporter, WORLD), ())
            )
            for year in YEARS
        }
        for reporter, partner in each(countries, countries):
            if reporter == partner:
                continue
            last_ahs = last_mfn = None
            for year in YEARS:
                app_rate = mean(app.get((product, year, reporter, partner), ()))
                # 8: what is reported for the world is for everybody
                mfn_rate = mean(mfn.get((product, year, reporter, WORLD), ()))
                # 9
                bound = bound_rates.get((reporter, product))
                # 5: what the Union reports is each member's
                eu_rep_rate = None
                if (reporter, year) in is_member:
                    eu_rep_rate = mean(app.get((product, year, UNION, partner), ()))
                # 7: what a reporter applies to members on average
                eu_part_rate = None
                if (partner, year) in is_member:
                    eu_part_rate = mean(
                        rate
                        for other in countries
                        if (other, year) in is_member and other != reporter
                        for rate in app.get((product, year, reporter, other), ())
                    )
                # 6
                both = {(reporter, year), (partner, year)} <= is_member
                eu_eu_rate = Fraction(0) if both else None
                # 11, 12: the newest until this year
                last_ahs = first(app_rate, eu_rep_rate, eu_part_rate, last_ahs)
                last_mfn = first(mfn_rate, last_mfn)
                # 13, 14
                assumed = first(eu_eu_rate, last_ahs, last_mfn, world[year])
                values = (
                    assumed,
                    app_rate,
                    mfn_rate,
                    Fraction(bound) if bound is not None else None,
                    eu_rep_rate,
                    eu_part_rate,
                    eu_eu_rate,
                    world[year],
                )
                rows.append(Assumed(product, reporter, partner, year, *map(rounded, values)))
    return rows
