"""The pages of the documentation: every one is found, every link leads somewhere, and each shows what it may."""

import re
from collections.abc import Iterator
from urllib.parse import urlsplit

import psycopg
import pytest
import requests

from dss_assets.catalogue import record_datasets
from dss_assets.datasets import EXPORTERS
from dss_web.registry.catalogue_index import refresh
from tests.docs.page import addresses, read_page
from tests.parts.site import ADMINISTRATOR, READER, STRANGER, Site

# Where each kind of anchor was while the documentation was one page.
ANCHORS = ("first-table", "sign", "a-worked-example", "tag-tables", "get_table_data", "response-changed", "responses")


def text(url: str) -> str:
    answer = requests.get(url, timeout=30)
    assert answer.status_code == 200, url
    return answer.text


def markdown(site: Site, page: str) -> str:
    """A page of the guide for programs that read."""
    return text(f"{site.url}/api/docs/guide/{page}.md")


def test_every_link_and_every_anchor_leads_somewhere(site: Site) -> None:
    pages = {address: read_page(site.url + address) for address in ("/api/docs", *addresses(site.url))}
    assert len(pages) > 15
    wrong = []
    for address, page in pages.items():
        assert len(page.ids) == len(set(page.ids)), f"an id comes twice on {address}"
        for link in page.links:
            path, _, anchor = link.removeprefix(site.url).partition("#")
            target = pages.get((path or address).partition("?")[0])
            if target is None and path.startswith("/"):
                assert requests.get(site.url + path, timeout=30).ok, path
            elif target is not None and anchor and anchor not in target.ids:
                wrong.append((address, link))
    assert wrong == []


def test_each_page_marks_where_one_is_and_lists_its_sections(site: Site) -> None:
    for address in ("/api/docs", *addresses(site.url)):
        current = re.findall(r'<a href="([^"]+)" aria-current="page"', text(site.url + address).partition("<h1")[0])
        assert current == [address]
    tables = text(f"{site.url}/api/docs/reference/tables")
    assert '<li><a href="#get_table_data">' in tables.partition("<h1")[0]


@pytest.mark.parametrize("anchor", ANCHORS)
def test_what_had_an_anchor_on_the_one_page_is_a_link_on_the_first_page(site: Site, anchor: str) -> None:
    found = re.search(rf'<li id="{anchor}"><a class="govuk-link" href="([^"#]+)', text(f"{site.url}/api/docs"))

    assert found
    assert anchor == "responses" or anchor in read_page(site.url + found[1]).ids


def test_a_search_finds_sections_by_all_words_and_marks_them(site: Site) -> None:
    found = text(f"{site.url}/api/docs/search?q=Page-Size+rows")

    first = found.partition('<ol class="govuk-list dss-docs__results">')[2].partition("</li>")[0]
    assert 'href="/api/docs/' in first
    assert "<mark>page-size</mark>" in found
    assert 'value="Page-Size rows"' in found
    assert "Nothing has" in text(f"{site.url}/api/docs/search?q=zeppelin")


def test_a_search_puts_a_title_with_the_word_first_and_shows_no_html_of_the_question(site: Site) -> None:
    found = text(f"{site.url}/api/docs/search?q=limits")
    assert re.search(r'dss-docs__results">\s*<li>\s*<h2[^>]*><a[^>]*href="/api/docs/guide/errors#limits"', found)
    assert "<script>x" not in text(f"{site.url}/api/docs/search?q=<script>x</script>")


def test_the_guide_is_there_as_markdown_and_llms_txt_lists_it(site: Site) -> None:
    listed = requests.get(f"{site.url}/llms.txt", timeout=30)
    assert listed.headers["Content-Type"] == "text/markdown; charset=utf-8"
    assert listed.text.startswith("# Data Store Service API\n\n> ")
    pages = re.findall(r"^- \[[^]]+\]\((\S+)\): \S", listed.text, re.MULTILINE)
    guide = {f"{site.url}{path}.md" for path in addresses(site.url) if path.startswith("/api/docs/guide/")}
    assert {page for page in pages if page.endswith(".md")} == guide
    for page in pages:
        assert urlsplit(page).netloc == urlsplit(site.url).netloc
        content = text(page)
        if page.endswith(".md"):
            assert content.startswith("# ")
            assert "](#" not in content
            assert "{{" not in content
    signing = markdown(site, "sign")
    assert "```python file=hawk_get.py\n" in signing
    here = "/api/docs/guide/sign"
    assert f'href="{here}.md"' in text(site.url + here)


def test_the_client_is_installed_from_where_the_guide_says(site: Site) -> None:
    (wheel,) = set(re.findall(r"https?://\S+\.whl", markdown(site, "clients")))
    assert wheel.startswith(site.url)
    assert requests.get(wheel, timeout=30).content.startswith(b"PK")


def test_reading_says_how_large_a_page_may_be_and_an_export_where_it_has_no_checkpoint(site: Site) -> None:
    for page in ("first-table", "read"):
        assert "page-size=10000" in text(f"{site.url}/api/docs/guide/{page}")
    assert "The first 8 MiB have no checkpoint" in text(f"{site.url}/api/docs/guide/export")


@pytest.fixture
def declared(site: Site) -> Iterator[None]:
    """A published dataset, which only those may see to whom it was given."""
    with psycopg.connect(site.database_url) as connection:
        record_datasets(connection, [EXPORTERS])
        refresh(connection)
    yield
    site.sql("DELETE FROM operations.restricted_dataset")
    site.sql("DELETE FROM operations.dataset")
    site.sql("DELETE FROM operations.catalogue_index WHERE key = %s", EXPORTERS.key)


def test_tables_are_listed_for_those_who_may_see_them_and_for_nobody_else(site: Site, declared: None) -> None:
    path = "/api/docs/tables"
    reader = site.login(READER).list_all(path)
    assert f'href="/datasets/{EXPORTERS.key.replace(".", "/")}/"' in reader
    assert f"/api/v1/table-data/{EXPORTERS.schema}/L1" in reader
    assert all(column.name in reader for column in EXPORTERS.columns_of("L1"))
    anyone = text(site.url + path)
    assert EXPORTERS.schema not in anyone.partition("<h1")[2]
    assert 'href="/login?next=/api/docs/tables"' in anyone
    assert EXPORTERS.schema not in site.login(STRANGER).list_all(path).partition("<h1")[2]
    site.sql("INSERT INTO operations.restricted_dataset (dataset, restricted_by) VALUES (%s, '')", EXPORTERS.key)
    assert EXPORTERS.schema not in site.login(READER).list_all(path).partition("<h1")[2]
    assert EXPORTERS.schema in site.login(ADMINISTRATOR).list_all(path)
