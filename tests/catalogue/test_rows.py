"""The page of rows shows a person what they ask for, and says how much of the table was looked at."""

import re
from collections.abc import Mapping
from html import unescape
from urllib.parse import parse_qs, urlsplit

import pytest

from dss_web.catalogue import preview
from tests.catalogue.conftest import Publishing
from tests.parts.published import Published
from tests.parts.site import Visitor, unbroken


def cells(html: str) -> list[list[str]]:
    """The rows of the table on the page."""
    body = html.partition('<tbody class="govuk-table__body">')[2].partition("</tbody>")[0]
    return [
        [unescape(value) for value in re.findall(r'<td class="govuk-table__cell">(.*?)</td>', row, re.DOTALL)]
        for row in body.split("<tr")[1:]
    ]


def look(visitor: Visitor, dataset: Published, query: str = "", status: int = 200) -> str:
    response = visitor.get(f"{dataset.path}rows/{query}")
    assert response.status_code == status, visitor.site.log.read_text()[-3000:]
    return unescape(unbroken(response.text))


def following(html: str) -> str:
    found = re.search(r'href="[^"]*rows/(\?[^"]*)">(?:Next rows|Search the next rows)', html)
    assert found, html
    return found[1]


@pytest.fixture(scope="module")
def long(publishing: Publishing) -> Published:
    """A dataset of more rows than are looked at for a filter without an index."""
    return publishing(preview.WINDOW + 5000)


def test_pages_follow_one_another_by_id_to_the_last_row(published: Published, reader: Visitor) -> None:
    first = look(reader, published)
    second = look(reader, published, following(first))
    third = look(reader, published, following(second))

    assert cells(first)[0] == ["1", "Company 1", "LS1 1", "1.10", "2024-01-02"]
    assert [row[0] for page in (first, second, third) for row in cells(page)] == [str(n) for n in range(1, 121)]
    assert "Next rows" not in third


@pytest.mark.parametrize(
    ("wanted", "ids"),
    [
        ("postcode.eq=LS1 3", ["3", "53", "103"]),
        ("company.prefix=Company 11", ["11", "110", "111", "112", "113", "114", "115", "116", "117", "118", "119"]),
        ("amount.gte=130.9", ["119", "120"]),
        ("month.lte=2024-01-01", ["28", "56", "84", "112"]),
        ("postcode.empty=", ["10", "20", "30", "40", "50", "60", "70", "80", "90", "100", "110", "120"]),
        ("company.eq='; DROP TABLE x --", []),
    ],
)
def test_rows_are_filtered_by_what_their_type_makes_of_a_value(
    published: Published, reader: Visitor, wanted: str, ids: list[str]
) -> None:
    assert [row[0] for row in cells(look(reader, published, f"?filter={wanted}"))] == ids


def test_filters_are_added_by_the_form_and_removed_by_their_links(published: Published, reader: Visitor) -> None:
    asked = "?filter=postcode.eq=LS1 3&column=amount&comparison=lte&value=60&sort=amount&order=down"
    response = reader.get(f"{published.path}rows/{asked}")

    assert parse_qs(urlsplit(response.url).query) == {
        "filter": ["postcode.eq=LS1 3", "amount.lte=60"],
        "sort": ["-amount"],
    }
    assert [row[0] for row in cells(response.text)] == ["53", "3"]
    removals = re.findall(r'href="([^"]+)">Remove', unescape(response.text))
    assert parse_qs(urlsplit(removals[0]).query) == {"filter": ["amount.lte=60"], "sort": ["-amount"]}


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("?filter=amount.gte=many", "“many” cannot be compared with amount"),
        ("?filter=colour.eq=red", "The table has no column “colour”"),
        ("?filter=amount.like=1", "“like” is no way to compare values"),
    ],
)
def test_what_cannot_be_asked_is_told_and_no_fault(
    published: Published, reader: Visitor, query: str, said: str
) -> None:
    text = look(reader, published, query, status=422)

    assert "Error: " in text
    assert said in text


def test_a_filter_without_an_index_looks_at_a_part_of_the_table_and_says_so(long: Published, reader: Visitor) -> None:
    last = f"?filter=company.eq=Company {long.rows}"
    text = look(reader, long, last)

    assert cells(text) == []
    assert f"Looked at {preview.WINDOW:,} rows, the first ones of the table" in text
    found = look(reader, long, following(text))
    assert [row[0] for row in cells(found)] == [str(long.rows)]
    assert "Looked at" not in found


def test_an_index_finds_rows_wherever_they_are(long: Published, reader: Visitor) -> None:
    long.execute("UPDATE {schema}.\"L0\" SET postcode = 'ZE2 9' WHERE id = " + str(long.rows))

    text = look(reader, long, "?filter=postcode.eq=ZE2 9")

    assert [row[0] for row in cells(text)] == [str(long.rows)]
    assert "Looked at" not in text


def test_rows_are_sorted_by_an_index_or_among_the_first_ones(long: Published, reader: Visitor) -> None:
    by_index, by_window = look(reader, long, "?sort=-id"), look(reader, long, "?sort=-amount")

    assert cells(by_index)[0][0] == str(long.rows)
    assert "were sorted" not in by_index
    assert cells(by_window)[0][0] == str(preview.WINDOW)
    assert f"Only the first {preview.WINDOW:,} rows of the table were sorted" in by_window


CALM: Mapping[str, tuple[str, int, str]] = {
    "empty": ('TRUNCATE {schema}."L0"', 200, "The table has no rows."),
    "gone": ('DROP TABLE {schema}."L0" CASCADE', 200, "There are no rows yet"),
    "without an id": ('ALTER TABLE {schema}."L0" RENAME id TO number', 422, "The rows cannot be shown here"),
    "of other columns": ('ALTER TABLE {schema}."L0" ADD colour text', 200, "50 rows"),
}


@pytest.mark.parametrize("state", CALM)
def test_a_table_that_is_not_as_it_should_be_has_a_calm_page(
    publishing: Publishing, reader: Visitor, state: str
) -> None:
    dataset = publishing()
    statement, status, said = CALM[state]
    dataset.execute(statement)

    assert said in look(reader, dataset, "?table=L0", status)
    for page in ("", "download/", "use/"):
        assert reader.get(f"{dataset.path}{page}?table=L0").status_code in {200, 422}


def test_a_table_that_is_being_replaced_is_asked_for_later(publishing: Publishing, reader: Visitor) -> None:
    """Readers wait for the lock, and read the table that took its place."""
    dataset = publishing()
    dataset.execute(
        'BEGIN; ALTER TABLE {schema}."L0" RENAME TO "L0@1"; CREATE TABLE {schema}."L0" AS SELECT 1 AS id; COMMIT'
    )

    assert cells(look(reader, dataset, "?table=L0")) == [["1"]]
    assert reader.get(f"{dataset.path}rows/?table=L0@1").status_code == 404
