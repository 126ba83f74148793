"""A dataset's table is downloaded whole or filtered, under a name that says what it is, with a checksum to check it."""

import hashlib
import io
import json
import re
import uuid
from html import unescape

import pyarrow.parquet
import pytest
import requests

from tests.catalogue.conftest import Publishing
from tests.parts.published import Published
from tests.parts.site import COLLEAGUE, READER, Site, Visitor, unbroken


def fetch(visitor: Visitor, dataset: Published, query: str) -> requests.Response:
    response = visitor.get(f"{dataset.path}download/file/?{query}")
    assert response.status_code == 200, visitor.site.log.read_text()[-3000:]
    return response


def checksums(visitor: Visitor, dataset: Published) -> list[str]:
    return re.findall(r"data-sha256>([0-9a-f]{64})<", visitor.get(f"{dataset.path}download/receipts/").text)


@pytest.fixture
def dataset(publishing: Publishing) -> Published:
    return publishing()


def test_parquet_has_all_rows_and_the_page_its_checksum(dataset: Published, reader: Visitor) -> None:
    response = fetch(reader, dataset, "format=parquet")

    table = pyarrow.parquet.read_table(io.BytesIO(response.content))
    assert table.num_rows == dataset.rows
    assert table.column_names == ["id", "company", "postcode", "amount", "month"]
    assert checksums(reader, dataset) == [hashlib.sha256(response.content).hexdigest()]


def test_the_name_says_dataset_table_version_and_whether_it_is_whole(dataset: Published, reader: Visitor) -> None:
    ((version,),) = reader.site.sql(
        "SELECT version FROM operations.table_version WHERE relation = to_regclass(%s)", f'"{dataset.key}"."L1"'
    )

    whole = fetch(reader, dataset, "format=parquet").headers["Content-Disposition"]
    part = fetch(reader, dataset, "table=L1&format=csv&filter=id.gte=3").headers["Content-Disposition"]

    assert whole == f'attachment; filename="{dataset.key}.L1.version-{version}.parquet"'
    assert part == f'attachment; filename="{dataset.key}.L1.version-{version}.part.csv"'


def test_a_csv_for_people_has_no_formula_unless_they_ask_for_values_as_they_are(
    dataset: Published, reader: Visitor
) -> None:
    assert "\n7,'=1+1," in fetch(reader, dataset, "format=csv").text
    assert "\n7,=1+1," in fetch(reader, dataset, "format=csv&formulas=keep").text


def test_what_is_filtered_on_the_page_of_rows_is_what_is_downloaded(dataset: Published, reader: Visitor) -> None:
    rows = reader.get(f"{dataset.path}rows/?filter=company.eq=Company 9&filter=amount.lte=10").text
    download = re.search(r'href="([^"]+)">Download all rows that match', rows)
    assert download
    page = unescape(reader.get(unescape(download[1])).text)
    assert "company is Company 9" in unbroken(page)
    file = re.search(r'href="([^"]+format=ndjson)"', page)
    assert file

    assert [line["id"] for line in map(dict, _lines(reader.get(file[1])))] == [9]


def _lines(response: requests.Response) -> list[dict[str, object]]:
    return [json.loads(line) for line in response.text.splitlines()]


@pytest.mark.parametrize("query", ["format=xlsx", "formulas=run", "filter=amount.gte=many", "filter=colour.eq=red"])
def test_what_cannot_be_downloaded_is_a_page_and_takes_no_slot(
    published: Published, reader: Visitor, query: str
) -> None:
    for _ in range(4):
        assert reader.get(f"{published.path}download/file/?{query}").status_code == 400
    fetch(reader, published, "format=csv")


def test_a_download_that_ends_in_an_error_page_is_none_of_the_persons_downloads(
    dataset: Published, reader: Visitor
) -> None:
    dataset.execute(
        'CREATE OR REPLACE VIEW {schema}."L1" AS SELECT id, company, postcode, amount / (id - 50) AS amount, month'
        ' FROM {schema}."L0"'
    )

    assert reader.get(f"{dataset.path}download/file/?format=csv").status_code == 422

    assert "You have downloaded nothing of this dataset." in reader.get(f"{dataset.path}download/receipts/").text


def test_nobody_else_sees_the_checksums_of_a_person(site: Site, dataset: Published, reader: Visitor) -> None:
    fetch(reader, dataset, "format=csv")

    assert len(checksums(reader, dataset)) == 1
    assert checksums(site.login(COLLEAGUE), dataset) == []


def test_a_restricted_dataset_gives_its_rows_to_nobody_else(site: Site, dataset: Published) -> None:
    site.sql("INSERT INTO operations.restricted_dataset (dataset, restricted_by) VALUES (%s, '')", dataset.key)
    reader = site.login(READER)

    for page in ("", "rows/", "versions/", "files/", "use/", "download/", "download/receipts/", "download/file/"):
        assert reader.get(dataset.path + page).status_code == 404
    assert reader.get(f"/datasets/hmrc/d{uuid.uuid4().hex}/rows/").status_code == 404
