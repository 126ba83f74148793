"""Datasets about trade, from a file that an operator puts into the storage to the rows in the API."""

import pytest

from tests.journeys.client import read_table
from tests.journeys.world import World
from tests.published import zipped

YEARS = ",".join(map(str, range(1958, 2019)))
CASES = {
    "dit.baci L1": (
        "2022.zip",
        zipped({"BACI_HS92_Y2022_V202601.csv": "t,i,j,k,v,q\n2022,4,276,010121,22.5,NA\n", "Readme.txt": ""}),
        {
            "year": 2022,
            "product_category": 10121,
            "exporter": 4,
            "importer": 276,
            "trade_flow_value": 22.5,
            "quantity": None,
        },
    ),
    "dit.eu_country_membership L1": (
        "members.csv",
        f"Country,ISO3,{YEARS}\nBelgium,BEL,{','.join(['EUN'] * 61)}\n".encode(),
        {"country": "Belgium", "iso3": "BEL", "year": 1958, "tariff_code": "EUN"},
    ),
    "comtrade.country_code_and_iso L1": (
        "codes.csv",
        b"ctyCode,cty Name English,cty Fullname English,Cty Abbreviation,Cty Comments,ISO2-digit Alpha,"
        b"ISO3-digit Alpha,Start Valid Year,End Valid Year\r384,C\xf4te,,CIV,,CI,CIV,1962,2061\r",
        {
            "cty_code": 384,
            "cty_name_english": "Côte",
            "cty_fullname_english": None,
            "cty_abbreviation": "CIV",
            "cty_comments": None,
            "iso2_digit_alpha": "CI",
            "iso3_digit_alpha": "CIV",
            "start_valid_year": "1962",
            "end_valid_year": "2061",
        },
    ),
    "world_bank.bound_rates L1": (
        "rates.csv",
        b"NomenCode,Reporter_ISO_N,ProductCode,BoundRate,Nbr_Total_Lines\nH0,004,010111,10.5,2\n",
        {"reporter": 4, "product": 10111, "bound_rate": 10.5},
    ),
    "world_bank.tariff L0": (
        "tariff.csv",
        b"Reporter_ISO_N,Year,ProductCode,Partner_ISO_N,DutyType,SimpleAverage,Nbr_Total_Lines\n48,1999,201,0,AHS,5,20\n",
        {
            "reporter": 48,
            "year": 1999,
            "product": 201,
            "partner": 0,
            "duty_type": "AHS",
            "simple_average": 5.0,
            "number_of_total_lines": 20,
        },
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_a_file_in_the_storage_becomes_rows_in_the_api(name: str, world: World) -> None:
    file_name, content, expected = CASES[name]
    key, _, table = name.partition(" ")
    organisation, _, dataset = key.partition(".")
    world.service.storage.put(f"datasets/{organisation}/{dataset}/{file_name}", [content])

    (run,) = world.look(f"{organisation}__{dataset}__files")

    assert run.success
    first = read_table(world, key, table)[0]
    assert {column: value for column, value in first.items() if column not in {"id", "data_source_row_id"}} == expected
