"""People follow a dataset on its page, and read what happens in feeds: the browser's, or one of a secret address."""

import re
from collections.abc import Iterator
from xml.etree import ElementTree as ET

import pytest

from tests.parts.site import READER, UPLOADER, Site, Visitor, unbroken

ATOM = {"atom": "http://www.w3.org/2005/Atom"}


@pytest.fixture(scope="module")
def reader(site: Site) -> Visitor:
    return site.login(READER)


@pytest.fixture
def page(site: Site) -> Iterator[str]:
    """The page of a dataset to which something happened."""
    organisation, dataset = site.login(UPLOADER).create_dataset().split("/")[3].split("-", 1)
    site.sql(
        "INSERT INTO operations.dataset_event (dataset, kind, mark, happened_at, details)"
        " VALUES (%s, 'breaking', '1', '2026-01-02 03:04Z', %s)",
        f"{organisation}.{dataset}",
        '{"removed": ["a<b"]}',
    )
    yield f"/datasets/{organisation}/{dataset}/"
    site.sql("DELETE FROM operations.restricted_dataset WHERE dataset = %s", f"{organisation}.{dataset}")


def restrict(site: Site, page: str) -> None:
    key = page.removeprefix("/datasets/").strip("/").replace("/", ".")
    site.sql("INSERT INTO operations.restricted_dataset (dataset, restricted_by) VALUES (%s, '')", key)


def entries(text: str) -> list[tuple[str, str, str]]:
    """The title, time and summary of each entry of a feed that has what RFC 4287 asks of it."""
    feed = ET.fromstring(text)  # noqa: S314 our own answer
    assert feed.tag == "{http://www.w3.org/2005/Atom}feed"
    found = []
    for element in (feed, *feed.findall("atom:entry", ATOM)):
        required = {name: element.findtext(f"atom:{name}", namespaces=ATOM) for name in ("id", "title", "updated")}
        assert all(required.values()), required
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)", str(required["updated"]))
        if element is not feed:
            summary = element.findtext("atom:summary", namespaces=ATOM) or ""
            found.append((str(required["title"]), str(required["updated"]), summary))
    assert feed.find("atom:author", ATOM) is not None
    return found


def test_a_dataset_is_followed_until_that_is_ended(site: Site, reader: Visitor, page: str) -> None:
    dataset = page.strip("/").split("/")[-1]
    # This site has no mail server: the page says so and offers the feed.
    assert "This service sends no email" in reader.get(f"{page}follow/").text
    site.sql(
        "INSERT INTO operations.subscription (dataset, person_id) SELECT %s, id FROM accounts_user WHERE user_id = %s",
        page.removeprefix("/datasets/").strip("/").replace("/", "."),
        READER.user_id,
    )
    assert dataset in reader.get("/datasets/followed/").text
    assert "You follow this dataset" in reader.get(f"{page}follow/").text
    reader.post(f"{page}follow/")
    assert dataset not in reader.get("/datasets/followed/").text


def test_a_feed_has_what_happened_as_text(reader: Visitor, page: str) -> None:
    answer = reader.get(f"{page}changes.atom")
    assert answer.headers["Content-Type"] == "application/atom+xml; charset=utf-8"
    ((title, updated, summary),) = entries(answer.text)
    assert title.startswith("Columns have changed: ")
    assert updated == "2026-01-02T03:04:00+00:00"
    assert "Removed or renamed: a&lt;b." in summary
    assert any(title == each for each, _, _ in entries(reader.get("/datasets/changes.atom").text))


def secret_address(reader: Visitor) -> str:
    """The path of the feed of everything for programs."""
    page = unbroken(reader.get("/datasets/followed/").text)
    (address,) = re.findall(r'href="http://[^/]+(/feeds/changes\.atom\?key=[^"]+)"', page)
    return str(address)


def test_a_secret_address_opens_what_its_person_may_see_until_it_is_renewed(
    site: Site, reader: Visitor, page: str
) -> None:
    reader.post("/datasets/followed/", {"address": "renew"})
    address, program = secret_address(reader), site.visitor()
    of_one = address.replace("/feeds/", page.replace("/datasets/", "/feeds/"))
    dataset = page.strip("/").split("/")[-1]
    assert dataset in program.get(address).text
    assert len(entries(program.get(of_one).text)) == 1

    restrict(site, page)
    assert dataset not in program.get(address).text
    assert program.get(of_one).status_code == 404

    reader.post("/datasets/followed/", {"address": "renew"})
    assert program.get(address).status_code == 404
    assert program.get(secret_address(reader)).status_code == 200
    reader.post("/datasets/followed/", {"address": "remove"})
    assert "/feeds/" not in reader.get("/datasets/followed/").text


@pytest.mark.parametrize("key", ["", "x", "1.2:3", "1.%00:x"])
def test_no_other_key_opens_a_feed(site: Site, key: str) -> None:
    assert site.visitor().get(f"/feeds/changes.atom?key={key}").status_code == 404


def test_the_feed_of_who_has_not_signed_in_for_long_is_closed(site: Site, reader: Visitor) -> None:
    reader.post("/datasets/followed/", {"address": "renew"})
    address = secret_address(reader)
    away = "UPDATE accounts_user SET profile_read_at = now() - %s::interval WHERE user_id = %s"
    site.sql(away, "91 days", READER.user_id)
    assert site.visitor().get(address).status_code == 404
    site.sql(away, "0 days", READER.user_id)
    assert site.visitor().get(address).status_code == 200
