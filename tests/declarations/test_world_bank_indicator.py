"""Records in JSON, a page after the other, as the API gives them: numbers keep their digits."""

import json
from decimal import Decimal

from tests.declarations.conftest import Journey
from tests.declarations.world_bank_indicator import GDP
from tests.parts.unruly import Answer, UnrulyPublisher

PATH = "/v2/country/all/indicator/NY.GDP.MKTP.CD?format=json&per_page=1000&page="


def record(country: str, iso3: str, year: int, value: str) -> str:
    indicator = {"id": "NY.GDP.MKTP.CD", "value": "GDP (current US$)"}
    names = json.dumps({"indicator": indicator, "country": {"id": iso3[:2], "value": country}, "countryiso3code": iso3})
    return f'{names[:-1]}, "date": "{year}", "value": {value}, "unit": "", "obs_status": "", "decimal": 0}}'


def page(number: int, *records: str) -> Answer:
    head = {"page": number, "pages": 2, "per_page": 1000, "total": 3, "sourceid": "2", "lastupdated": "2026-10-07"}
    return Answer(f"[{json.dumps(head)}, [{', '.join(records)}]]".encode())


def test_the_records_of_all_pages_are_rows(journey: Journey, unruly: UnrulyPublisher) -> None:
    unruly.answers[PATH + "1"] = page(
        1, record("Côte d'Ivoire", "CIV", 2024, "86538270914.6213"), record("Aruba", "ABW", 2024, "null")
    )
    unruly.answers[PATH + "2"] = page(2, record("World", "WLD", 2024, "111326370000000.10"))

    [ingested] = journey.ingest(GDP, {"https://api.worldbank.org": unruly.url})

    assert (ingested.version, ingested.rows) == ("2026-10-07", 3)
    assert journey.rows(GDP, "L0") == [
        {"id": 1, "country": "Côte d'Ivoire", "iso3": "CIV", "year": 2024, "dollars": Decimal("86538270914.6213")},
        {"id": 2, "country": "Aruba", "iso3": "ABW", "year": 2024, "dollars": None},
        {"id": 3, "country": "World", "iso3": "WLD", "year": 2024, "dollars": Decimal("111326370000000.10")},
    ]
