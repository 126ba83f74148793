"""Datasets about trade, from small files in their publishers' forms to the rows that clients read."""

from decimal import Decimal

import pytest

from dss_assets.datasets import BACI, BOUND_RATES, COUNTRY_CODE_AND_ISO, EU_COUNTRY_MEMBERSHIP, TARIFF
from dss_assets.errors import WrongHeader
from tests.parts.assets_fixtures import Ingest, Select
from tests.published import zipped


def test_baci_in_both_of_its_layouts_and_as_a_zip_of_all_years(ingest_bytes: Ingest, select: Select) -> None:
    l1 = (
        'SELECT year, product_category, exporter, importer, trade_flow_value, quantity FROM "dit.baci"."L1" ORDER BY id'
    )
    ingest_bytes(BACI, "1995.csv", b"t,hs6,i,j,v,q\n1995,010519,004,251,1.548,0.051\n2022,010519,4,251,1,1\n")
    years = {
        f"BACI_HS92_Y{year}_V202601.csv": (
            f"t,i,j,k,v,q\n{year},4,276,010121,22956.957,404.542\n{year},76,251,1, 2,   NA\n"
        )
        for year in (2022, 2023)
    }
    lists = {"country_codes_V202601.csv": "country_code,country_name\n4,NA\n", "Readme.txt": "BACI"}

    ingested = ingest_bytes(BACI, "BACI_HS92_V202601.zip", zipped(years | lists))

    assert ingested.rows == 4
    assert select(l1) == [
        (1995, 10519, 4, 251, Decimal("1.548"), Decimal("0.051")),
        (2022, 10121, 4, 276, Decimal("22956.957"), Decimal("404.542")),
        (2022, 1, 76, 251, Decimal(2), None),
        (2023, 10121, 4, 276, Decimal("22956.957"), Decimal("404.542")),
        (2023, 1, 76, 251, Decimal(2), None),
    ]


def test_country_codes_with_cr_line_ends_in_windows_1252(ingest_bytes: Ingest, select: Select) -> None:
    header = (
        "ctyCode,cty Name English,cty Fullname English,Cty Abbreviation,Cty Comments,"
        "ISO2-digit Alpha,ISO3-digit Alpha,Start Valid Year,End Valid Year"
    )
    text = f'{header}\r384,C\u00f4te d\u2019Ivoire,"Ivory Coast, Republic of",CIV,,CI,CIV,1962,2061\r'

    ingest_bytes(COUNTRY_CODE_AND_ISO, "codes.csv", b"\xef\xbb\xbf" + text.encode("windows-1252"))

    assert select('SELECT * FROM "comtrade.country_code_and_iso"."L1"') == [
        (
            1,
            1,
            384,
            "Côte d\N{RIGHT SINGLE QUOTATION MARK}Ivoire",
            "Ivory Coast, Republic of",
            "CIV",
            None,
            "CI",
            "CIV",
            "1962",
            "2061",
        )
    ]


def test_country_codes_in_utf_16_are_refused_with_what_helps(ingest_bytes: Ingest) -> None:
    with pytest.raises(WrongHeader, match="This looks like UTF-16: declare that encoding, or save the file as CSV"):
        ingest_bytes(COUNTRY_CODE_AND_ISO, "codes.csv", "ctyCode,cty Name English\n384,Côte\n".encode("utf-16"))


def test_membership_is_a_row_for_each_country_and_year(ingest_bytes: Ingest, select: Select) -> None:
    years = range(1958, 2019)
    header = ",".join(["Country", "ISO3", *map(str, years)])
    rows = [["Austria", "AUT", *("EUN" if year >= 1995 else "" for year in years)], ["Belgium", "BEL", *["EUN"] * 61]]
    text = "\n".join([header, *(",".join(row) for row in rows)]) + "\n"

    ingest_bytes(EU_COUNTRY_MEMBERSHIP, "members.csv", text.encode())

    l1 = '"dit.eu_country_membership"."L1"'
    assert select(f"SELECT count(*), count(DISTINCT id), count(tariff_code) FROM {l1}") == [(122, 122, 24 + 61)]
    assert select(f"SELECT * FROM {l1} WHERE iso3 = 'AUT' AND year IN (1994, 1995) ORDER BY id") == [
        (97, None, "Austria", "AUT", 1994, None),
        (98, None, "Austria", "AUT", 1995, "EUN"),
    ]


def test_of_the_bound_rates_of_a_product_the_newest_nomenclature_counts(ingest_bytes: Ingest, select: Select) -> None:
    header = "NomenCode,Reporter_ISO_N,ProductCode,BoundRate,Nbr_Total_Lines\n"
    l1 = 'SELECT reporter, product, bound_rate FROM "world_bank.bound_rates"."L1" ORDER BY id'
    generation = (
        'SELECT generation FROM operations.table_version WHERE relation = \'"world_bank.bound_rates"."L1"\'::regclass'
    )
    ingest_bytes(BOUND_RATES, "a.csv", f'{header}"H1","004","010111","10","2"\n"H0","004","010111","5","2"\n'.encode())
    assert select(l1) == [(4, 10111, Decimal(10))]
    before = select(generation)

    newer = header.replace("Nbr_Total_Lines", "TotalNoOfLines")
    ingest_bytes(BOUND_RATES, "b.csv", f"{newer}H2,4,010111,7.5,2\nH0,8,010111,1,1\n".encode())

    assert select(l1) == [(4, 10111, Decimal("7.5")), (8, 10111, Decimal(1))]
    assert select(generation) != before, "a client that has read the old rate starts again"


def test_tariffs_as_staff_put_them_together(ingest_bytes: Ingest, select: Select) -> None:
    text = (
        "Reporter_ISO_N,Year,ProductCode,Partner_ISO_N,DutyType,SimpleAverage,Nbr_Total_Lines\n"
        '"048", 1999, "0201","000","AHS",5,20\n'
    )

    ingest_bytes(TARIFF, "tariff.csv", text.encode())

    assert select(
        "SELECT reporter, year, product, partner, duty_type, simple_average, number_of_total_lines"
        ' FROM "world_bank.tariff"."L0"'
    ) == [(48, 1999, 201, 0, "AHS", Decimal(5), 20)]


def test_a_job_of_wits_as_it_comes_is_refused_since_it_does_not_name_the_kind_of_duty(ingest_bytes: Ingest) -> None:
    text = (
        "NomenCode,Reporter_ISO_N,Year,ProductCode,Partner,Sum_Of_Rates,Min_Rate,Max_Rate,SimpleAverage,Nbr_NA_Lines,"
        "TotalNoOfLines\nH0,048,1999,020110,000,100,0,10,5,0,20\n"
    )

    with pytest.raises(WrongHeader, match=r"unknown: NomenCode, .*; missing: duty_type \(titled DutyType\)"):
        ingest_bytes(TARIFF, "JobID_12.CSV", text.encode())
