"""Files of hundreds of columns: their page, its form, and where the end is."""

from urllib.parse import urlsplit

import pytest

from dss_web.shared.contract import MOST_UPLOAD_COLUMNS
from tests.parts.site import Site, Visitor, id_in

MEBIBYTE = 1024 * 1024


def wide_csv(columns: int) -> str:
    names = ",".join(f"measure_of_column_{number}" for number in range(columns))
    return f"{names}\n" + "".join(f"{','.join([str(row)] * columns)}\n" for row in range(5))


@pytest.mark.parametrize("columns", [400, MOST_UPLOAD_COLUMNS])
def test_as_many_columns_as_a_table_can_have_are_checked_and_confirmed(
    site: Site, person: Visitor, columns: int
) -> None:
    dataset = person.create_dataset()
    page = person.upload(dataset, wide_csv(columns))
    verify = urlsplit(page.url).path
    page = person.get(verify)
    assert page.text.count('<select class="govuk-select" id="id_type-') == columns
    assert len(page.content) < 2.2 * 1024 * columns + 0.1 * MEBIBYTE
    page = person.post(verify, {f"type-{columns}": "text"})
    assert "/uploaded/" in page.url
    ((types,),) = site.sql("SELECT column_types FROM pipeline_data_file WHERE id = %s", id_in(verify))
    assert types == ["integer"] * (columns - 1) + ["text"]


def test_more_columns_than_a_table_can_have_are_refused_at_the_check(person: Visitor) -> None:
    page = person.upload(person.create_dataset(), wide_csv(MOST_UPLOAD_COLUMNS + 1))
    assert "Your file could not be read" in page.text
    assert "The file has 1,599 columns. A table can have 1,598." in page.text
