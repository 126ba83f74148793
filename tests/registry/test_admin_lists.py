"""Lists of the administration beside many rows: they do not count them all, and show the values that there are."""

import re
from collections.abc import Iterator

import pytest

from tests.parts.site import ADMINISTRATOR, Site

FILES = """
    INSERT INTO operations.datafile_registry (source, file_name, state, created_timestamp, updated_timestamp)
    SELECT 'org.set_' || number %% 3, 'file_' || number || '.csv', 'processed', now(), now() - number * interval '1 s'
    FROM generate_series(1, 20000) AS number
"""


@pytest.fixture
def grown(site: Site) -> Iterator[Site]:
    """The site of all tests, for a while with many files."""
    site.sql(FILES)
    site.sql("ANALYZE operations.datafile_registry")
    yield site
    site.sql("DELETE FROM operations.datafile_registry WHERE source LIKE 'org.set_%%'")
    site.sql("ANALYZE operations.datafile_registry")


def test_a_list_of_many_files_is_not_counted_and_leads_to_its_last_page(grown: Site) -> None:
    administrator = grown.login(ADMINISTRATOR)

    listed = administrator.get("/admin/registry/datafile/")

    assert "file_1.csv" in listed.text
    [(number_of_files,)] = grown.sql("SELECT count(*) FROM operations.datafile_registry")
    [shown] = re.findall(r"(\d+) data files", listed.text)
    assert int(shown) == pytest.approx(number_of_files, rel=0.01)
    for number in range(3):
        assert f"?source=org.set_{number}" in listed.text
    last_page = -(-number_of_files // 100)
    assert "file_20000.csv" in administrator.get(f"/admin/registry/datafile/?p={last_page}").text


def test_what_is_filtered_or_searched_is_counted(grown: Site) -> None:
    administrator = grown.login(ADMINISTRATOR)

    assert "6667 data files" in administrator.get("/admin/registry/datafile/?source=org.set_1").text
    assert "1 data file" in administrator.get("/admin/registry/datafile/?q=file_4711.csv").text


def test_alerts_are_listed_by_what_is_wrong_now_with_the_beginning_of_their_reasons(site: Site) -> None:
    site.sql(
        "INSERT INTO operations.alert (kind, dataset, since, reason, over_at) VALUES"
        " ('failing', 'org.wide', now(), 'unknown: ' || repeat('a_column, ', 100) || 'the_last', NULL),"
        " ('late', 'org.again', now(), 'Nothing was loaded yet', now())"
    )
    try:
        administrator = site.login(ADMINISTRATOR)
        everything = administrator.get("/admin/registry/alert/").text
        wrong_now = administrator.get("/admin/registry/alert/?state=now").text
        over = administrator.get("/admin/registry/alert/?state=over").text
    finally:
        site.sql("DELETE FROM operations.alert WHERE dataset LIKE 'org.%%'")

    assert "unknown: a_column" in wrong_now
    assert "the_last" not in wrong_now
    assert [("org.wide" in page, "org.again" in page) for page in (everything, wrong_now, over)] == [
        (True, True),
        (True, False),
        (False, True),
    ]
