"""The front page: what the service is for everybody, and what there is for those who may see it."""

import re

import requests

from tests.catalogue.shelf import Shelf
from tests.parts.site import ADMINISTRATOR, READER, STRANGER, UPLOADER, Site, Visitor, unbroken


def test_everybody_reads_what_the_service_is_and_only_people_with_access_see_data(site: Site, shelf: Shelf) -> None:
    anonymous = requests.get(site.url, timeout=30).text
    stranger = site.login(STRANGER).get("/").text
    for page in (anonymous, stranger):
        assert "Find and use data" in page
        assert "Silly walks" not in page
        assert "/datasets/walks/" not in page
        assert 'type="search"' not in page
    assert re.search(r'href="/login"[^>]*>\s*Sign in', anonymous)
    assert "Your account does not have access to this service" in stranger


def test_people_see_what_arrived_what_is_wrong_and_where_to_go(site: Site, shelf: Shelf, reader: Visitor) -> None:
    page = unbroken(reader.get("/").text)
    arrived, wrong = page.split("Needs attention</h2>")
    assert "Cheese by county" in arrived.partition("Arrived lately</h2>")[2]
    assert "Silly walks of ministers" in wrong
    assert "New data was expected within 3 days." in wrong
    assert "The publisher answered 503" in wrong
    assert 'action="/datasets/" method="get"' in page
    assert ">API documentation</a>" in page
    assert ">Upload data</a>" not in page
    assert ">Upload data</a>" in site.login(UPLOADER).get("/").text
    assert ">Administration</a><br>" in site.login(ADMINISTRATOR).get("/").text


def test_a_login_leads_to_the_front_page(site: Site) -> None:
    visitor = site.visitor()
    assert visitor.get("/login", person=READER).url == f"{site.url}/"


def test_the_list_of_uploads_speaks_of_uploads_and_leads_to_all_datasets(shelf: Shelf, reader: Visitor) -> None:
    page = reader.get("/upload/").text
    assert "There are no datasets yet" not in page
    assert 'href="/datasets/">all datasets</a>' in page
    assert "Silly walks" not in page


def test_the_navigation_says_where_one_is(site: Site, shelf: Shelf, reader: Visitor) -> None:
    current = re.compile(r'href="([^"]+)" aria-current="(\w+)"')

    def places(path: str) -> list[tuple[str, str]]:
        return current.findall(reader.get(path).text.partition("</header>")[0])

    assert places("/") == []
    assert places("/datasets/") == [("/datasets/", "page")]
    assert places("/datasets/?q=walks") == [("/datasets/", "page")]
    assert places("/datasets/walks/silly_walks/") == [("/datasets/", "true")]
    assert places("/upload/deletions/") == [("/upload/", "true")]
    assert places("/upload/mail/") == []
