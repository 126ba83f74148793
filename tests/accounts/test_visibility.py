"""A dataset that is not open to everybody is seen by its people, by those with a grant, and by administrators."""

from collections.abc import Iterator

import pytest

from tests.parts.site import ADMINISTRATOR, COLLEAGUE, READER, UPLOADER, Site, Visitor


@pytest.fixture
def restricted(site: Site) -> Iterator[tuple[str, Visitor]]:
    """The page of a dataset in the catalogue that is restricted, and its owner."""
    owner = site.login(UPLOADER)
    slug = owner.create_dataset().split("/")[3]
    ((key,),) = site.sql("SELECT organisation || '.' || dataset FROM pipeline WHERE slug = %s", slug)
    site.sql("INSERT INTO operations.restricted_dataset (dataset, restricted_by) VALUES (%s, '')", key)
    yield key, owner
    site.sql("DELETE FROM operations.restricted_dataset WHERE dataset = %s", key)
    site.sql("DELETE FROM operations.dataset_grant WHERE dataset = %s", key)


def status(visitor: Visitor, key: str) -> int:
    return visitor.get(f"/datasets/{key.replace('.', '/')}/").status_code


def test_others_are_told_that_it_does_not_exist(site: Site, restricted: tuple[str, Visitor]) -> None:
    key, owner = restricted
    assert status(owner, key) == 200
    assert status(site.login(ADMINISTRATOR), key) == 200
    for person in (READER, COLLEAGUE):
        assert status(site.login(person), key) == 404


@pytest.mark.parametrize("kind", ["person", "group"])
def test_a_grant_to_a_person_or_to_their_group_opens_it(site: Site, restricted: tuple[str, Visitor], kind: str) -> None:
    key, _ = restricted
    reader = site.login(READER)
    assert status(reader, key) == 404
    ((groups,),) = site.sql("SELECT access_profiles FROM accounts_user WHERE user_id = %s", READER.user_id)
    grantee = READER.email.lower() if kind == "person" else groups[0]
    site.sql(
        "INSERT INTO operations.dataset_grant (dataset, kind, grantee, given_by) VALUES (%s, %s, %s, '')",
        key,
        kind,
        grantee,
    )
    assert status(reader, key) == 200


def test_what_is_open_is_open_to_all_who_may_come_in(site: Site) -> None:
    slug = site.login(UPLOADER).create_dataset().split("/")[3]
    ((key,),) = site.sql("SELECT organisation || '.' || dataset FROM pipeline WHERE slug = %s", slug)
    assert status(site.login(READER), key) == 200
