"""Who may see a dataset is decided on its page: by its owners, and for published datasets by administrators."""

import re
from collections.abc import Iterator

import pytest

from tests.conftest import add_hawk_client
from tests.parts.site import ADMINISTRATOR, COLLEAGUE, READER, UPLOADER, Site, Visitor, unbroken
from tests.parts.waiting import wait_until

PUBLISHED = "/datasets/hmrc/people_test/"


@pytest.fixture(scope="module")
def owner(site: Site) -> Visitor:
    return site.login(UPLOADER)


@pytest.fixture
def page(site: Site, owner: Visitor) -> Iterator[str]:
    """The page of a dataset in the catalogue."""
    organisation, dataset = owner.create_dataset().split("/")[3].split("-", 1)
    yield f"/datasets/{organisation}/{dataset}/"
    site.sql("DELETE FROM operations.restricted_dataset WHERE dataset = %s", f"{organisation}.{dataset}")


@pytest.fixture
def published(site: Site) -> Iterator[str]:
    site.sql(
        "INSERT INTO operations.dataset (key, schema_name, title, description, owner, contact, licence,"
        " licence_url, source_page, tables, declared_at) VALUES ('hmrc.people_test', 'hmrc.people_test', 'T',"
        " '', '', '', '', '', '', '[]', now())"
    )
    yield PUBLISHED
    site.sql("DELETE FROM operations.dataset WHERE key = 'hmrc.people_test'")
    site.sql("DELETE FROM operations.dataset_grant WHERE dataset = 'hmrc.people_test'")
    site.sql("DELETE FROM operations.restricted_dataset WHERE dataset = 'hmrc.people_test'")


def give(visitor: Visitor, page: str, kind: str, grantee: str) -> str:
    return unbroken(visitor.post(f"{page}people/", {"kind": kind, "grantee": grantee}).text)


def take_back(visitor: Visitor, page: str, grantee: str) -> str:
    shown = visitor.get(f"{page}people/").text
    (path,) = re.findall(rf'href="([^"]+)">Take back<span[^>]*> the access of {re.escape(grantee)}<', shown)
    assert "Take back access?" in visitor.get(path).text
    return unbroken(visitor.post(path).text)


def trail(site: Site, page: str) -> list[tuple[object, ...]]:
    return site.sql(
        "SELECT person, action, coalesce(after, before) ->> 'grantee' FROM operations.upload_event WHERE dataset = %s"
        " AND action IN ('restrict', 'open to everybody', 'let read', 'take back reading') ORDER BY id",
        page.removeprefix("/datasets/").strip("/").replace("/", "."),
    )


def test_a_dataset_is_open_until_its_owner_restricts_it_and_again_when_they_open_it(
    site: Site, owner: Visitor, page: str
) -> None:
    reader = site.login(READER)
    assert "Everyone with access to this service can see this dataset" in owner.get(f"{page}people/").text
    assert "loses access at once" in owner.get(f"{page}people/restriction/").text
    assert reader.get(page).status_code == 200

    assert "<strong>restricted</strong>" in owner.post(f"{page}people/restriction/").text
    assert reader.get(page).status_code == 404

    assert "will be able to find" in owner.get(f"{page}people/restriction/").text
    owner.post(f"{page}people/restriction/")
    assert reader.get(page).status_code == 200
    assert trail(site, page) == [(UPLOADER.email, "restrict", None), (UPLOADER.email, "open to everybody", None)]


def test_who_was_let_sees_it_until_that_is_taken_back(site: Site, owner: Visitor, page: str) -> None:
    reader = site.login(READER)
    owner.post(f"{page}people/restriction/")

    shown = give(owner, page, "person", READER.email.upper())

    assert f"Rita Reader<br>{READER.email}" in shown
    assert UPLOADER.email in shown
    assert reader.get(page).status_code == 200
    give(owner, page, "person", READER.email)
    take_back(owner, page, READER.email)
    assert reader.get(page).status_code == 404
    assert trail(site, page)[1:] == [
        (UPLOADER.email, "let read", READER.email),
        (UPLOADER.email, "take back reading", READER.email),
    ]


def test_a_group_and_a_program_are_let_by_their_names(site: Site, owner: Visitor, page: str) -> None:
    add_hawk_client(site.database_url, "a-program", "the key of a program", [])
    add_hawk_client(site.database_url, "reads-all", "the key of a program", ["*"])
    owner.post(f"{page}people/restriction/")
    give(owner, page, "group", "dss-reader")
    shown = give(owner, page, "client", "a-program")

    assert "a-program" in shown
    # Whoever restricts a dataset learns who reads it nevertheless.
    assert "reads-all" in shown
    assert "every dataset, restricted ones too" in shown
    assert site.login(READER).get(page).status_code == 200


@pytest.mark.parametrize(
    ("kind", "grantee", "told"),
    [
        ("", "x", "Select whether it is a person, a group or a program"),
        ("person", "", "Enter an email address, or the name of a group or program"),
        ("person", "nobody", "Enter an email address in the correct format"),
        ("group", "two words", "Enter the slug of an access profile"),
        ("client", "nobody", "There is no program with the id “nobody”"),
    ],
)
def test_what_is_nobody_is_refused_in_words(owner: Visitor, page: str, kind: str, grantee: str, told: str) -> None:
    shown = give(owner, page, kind, grantee)
    assert told in shown
    assert "<title>Error: " in shown


def test_administrators_alone_decide_about_what_is_published(site: Site, owner: Visitor, published: str) -> None:
    assert owner.get(published).status_code == 200
    assert owner.get(f"{published}people/").status_code == 403
    assert site.login(READER).get(f"{published}people/").status_code == 403
    administrator = site.login(ADMINISTRATOR)

    administrator.post(f"{published}people/restriction/")

    assert owner.get(published).status_code == 404
    give(administrator, published, "person", COLLEAGUE.email)
    assert site.login(COLLEAGUE).get(published).status_code == 200
    assert [action for _, action, _ in trail(site, published)] == ["restrict", "let read"]


def test_a_restricted_dataset_has_no_named_route_in_the_documentation(site: Site, published: str) -> None:
    document = "/api/docs/openapi.json"
    anybody = site.visitor()
    site.sql(
        "UPDATE operations.dataset SET routes = %s WHERE key = 'hmrc.people_test'",
        '[{"path": "get-people-test/", "scope": "list_people_test", "table": "L1", "rows": "pages",'
        ' "casing": "as_stored", "hidden": []}]',
    )
    wait_until(lambda: "get-people-test" in anybody.get(document).text, site.log.read_text)
    site.sql("INSERT INTO operations.restricted_dataset (dataset, restricted_by) VALUES ('hmrc.people_test', '')")
    wait_until(lambda: "get-people-test" not in anybody.get(document).text)
    site.sql("DELETE FROM operations.restricted_dataset WHERE dataset = 'hmrc.people_test'")


def test_owners_see_which_programs_and_people_have_taken_the_data(site: Site, owner: Visitor) -> None:
    path = owner.create_dataset()
    version = owner.load(path, "a,b\n1,2\n")
    organisation, dataset = path.split("/")[3].split("-", 1)
    page = f"/datasets/{organisation}/{dataset}/people/"
    reader = site.login(READER)
    reader.get(path)
    assert "nobody has downloaded from it" in owner.get(page).text
    site.sql(
        'INSERT INTO operations.dataset_read (dataset, "table", kind, reader, day)'
        " VALUES (%s, 'L1', 'client', 'nightly-robot', current_date)",
        f"{organisation}.{dataset}",
    )

    for _ in range(2):
        assert reader.get(f"{path}version/{version}/original/").status_code == 200

    shown = unbroken(owner.get(page).text)
    assert READER.email in shown
    assert "nightly-robot" in shown
    assert reader.get(page).status_code == 403
