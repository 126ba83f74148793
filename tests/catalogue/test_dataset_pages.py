"""The pages of a dataset say what it is, what is in it, what was loaded, and how to use it."""

import re
from html import unescape

import pytest

from tests.catalogue.conftest import Publishing
from tests.parts.published import Published
from tests.parts.site import Visitor, unbroken


def page(visitor: Visitor, path: str, status: int = 200) -> str:
    response = visitor.get(path)
    assert response.status_code == status, visitor.site.log.read_text()[-3000:]
    return unescape(unbroken(response.text))


def test_it_says_what_it_is_and_where_it_comes_from(published: Published, reader: Visitor) -> None:
    text = page(reader, published.path)

    for said in ("Exporters of goods", "month by month", "team@trade.example", "data@hmrc.example", "OGL 3.0"):
        assert said in text
    assert 'href="https://www.uktradeinfo.example/exporters/"' in text
    assert re.findall(r'dss-way__what">([^<]+)', text) == ["Publisher", "Kept here", "Table", "Table", "For programs"]


def test_it_leads_to_its_changes_and_to_whoever_wants_to_follow_it(published: Published, reader: Visitor) -> None:
    text = page(reader, published.path)

    assert f'href="{published.path}follow/"' in text
    assert f'type="application/atom+xml" title="Changes of this dataset" href="{published.path}changes.atom"' in text


def test_columns_have_their_meaning_examples_ends_and_what_is_empty(published: Published, reader: Visitor) -> None:
    text = page(reader, published.path)

    row = re.search(r'<tr class="govuk-table__row" role="row">\s*<th[^>]*>postcode.*?</tr>', text, re.DOTALL)
    assert row
    assert "Where they are." in row[0]
    assert "10%" in row[0]
    assert "<li>LS1 1</li>" in row[0]
    assert f"all {published.rows} rows" in text


def test_a_large_table_is_sampled_from_its_first_to_its_last_row(publishing: Publishing, reader: Visitor) -> None:
    dataset = publishing(30_000)

    text = page(reader, dataset.path)

    assert re.search(r"from a sample of (2,0|1,9)\d\d rows", text)
    assert "<li>1</li><li>30000</li>" in text


@pytest.mark.parametrize("sub", ["", "rows/", "versions/", "files/", "use/", "download/"])
def test_a_table_that_it_does_not_have_has_no_page(published: Published, reader: Visitor, sub: str) -> None:
    assert reader.get(f"{published.path}{sub}?table=L1").status_code == 200
    assert reader.get(f"{published.path}{sub}?table=L0.files").status_code == 404
