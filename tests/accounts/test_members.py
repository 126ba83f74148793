"""Whose a dataset is: owners give and take what others may do, by email, and somebody always owns it."""

import re
import threading

import pytest

from tests.parts.site import ADMINISTRATOR, COLLEAGUE, READER, UPLOADER, Site, Visitor


@pytest.fixture(scope="module")
def owner(site: Site) -> Visitor:
    return site.login(UPLOADER)


@pytest.fixture
def dataset(owner: Visitor) -> str:
    """The path of a dataset that the owner created."""
    return owner.create_dataset()


def give(visitor: Visitor, dataset: str, email: str, role: str) -> str:
    return visitor.post(f"{dataset}people/", {"email": email, "role": role}).text


def members_of(site: Site, dataset: str) -> list[tuple[str, str]]:
    return site.sql(
        "SELECT email, role FROM operations.dataset_member JOIN pipeline ON pipeline_id = pipeline.id WHERE slug = %s"
        " ORDER BY email",
        dataset.split("/")[3],
    )


def take(visitor: Visitor, dataset: str, email: str) -> str:
    page = visitor.get(f"{dataset}people/").text
    (path,) = re.findall(rf'href="([^"]+)">Remove<span[^>]*> {re.escape(email)}<', page)
    return visitor.post(path).text


def make_nobodys(site: Site, dataset: str) -> None:
    """Let a dataset be as those of the release before, which knows no owners."""
    site.sql(
        "DELETE FROM operations.dataset_member USING pipeline WHERE pipeline_id = pipeline.id AND slug = %s",
        dataset.split("/")[3],
    )


def test_who_creates_a_dataset_owns_it(site: Site, dataset: str) -> None:
    assert members_of(site, dataset) == [(UPLOADER.email, "owner")]


def test_somebody_who_was_let_may_upload_until_that_is_taken_from_them(
    site: Site, owner: Visitor, dataset: str
) -> None:
    colleague = site.login(COLLEAGUE)
    assert "You can see this dataset" in colleague.get(dataset).text
    assert UPLOADER.email in colleague.get(dataset).text

    give(owner, dataset, COLLEAGUE.email.upper(), "uploader")
    assert "Check the columns" in colleague.upload(dataset, "a,b\n1,2\n").text
    assert colleague.get(f"{dataset}people/").status_code == 403

    take(owner, dataset, COLLEAGUE.email)
    assert "Upload and check" not in colleague.get(dataset).text


def test_what_is_given_to_an_email_waits_for_its_person_and_stays_theirs(
    site: Site, owner: Visitor, dataset: str
) -> None:
    give(owner, dataset, "new.person@example.gov.uk", "uploader")
    assert "Has not signed in yet" in owner.get(f"{dataset}people/").text
    site.sql("DELETE FROM accounts_user WHERE user_id = %s", READER.user_id)
    give(owner, dataset, READER.email, "uploader")

    reader = site.login(READER)

    # A right to a dataset makes nobody an uploader whom SSO lets only read.
    assert "ask the Data Workspace team for upload access" in reader.get(dataset).text
    assert "Cannot upload yet" in owner.get(f"{dataset}people/").text
    ((person,),) = site.sql(
        "SELECT count(*) FROM operations.dataset_member WHERE person_id IS NULL AND email = %s", READER.email
    )
    assert person == 0


def test_the_last_owner_stays(site: Site, owner: Visitor, dataset: str) -> None:
    assert "A dataset must have an owner" in take(owner, dataset, UPLOADER.email)
    assert "A dataset must have an owner" in give(owner, dataset, UPLOADER.email, "uploader")
    give(owner, dataset, COLLEAGUE.email, "owner")

    take(owner, dataset, UPLOADER.email)

    assert members_of(site, dataset) == [(COLLEAGUE.email, "owner")]
    assert "Upload and check" not in owner.get(dataset).text


def test_of_two_owners_who_remove_each_other_at_once_one_stays(site: Site, owner: Visitor, dataset: str) -> None:
    give(owner, dataset, COLLEAGUE.email, "owner")
    both = {UPLOADER.email: site.login(COLLEAGUE), COLLEAGUE.email: owner}
    threads = [threading.Thread(target=take, args=(visitor, dataset, email)) for email, visitor in both.items()]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(members_of(site, dataset)) == 1


def test_a_dataset_of_before_is_open_until_an_administrator_names_an_owner(
    site: Site, owner: Visitor, dataset: str
) -> None:
    owner.upload(dataset, "a,b\n1,2\n")
    make_nobodys(site, dataset)
    colleague, administrator = site.login(COLLEAGUE), site.login(ADMINISTRATOR)
    assert "Check the columns" in colleague.upload(dataset, "a,b\n1,2\n").text
    assert "This dataset has no owner" in colleague.get(dataset).text
    assert colleague.get(f"{dataset}people/").status_code == 403
    assert "Name an owner first" in give(administrator, dataset, COLLEAGUE.email, "uploader")

    give(administrator, dataset, COLLEAGUE.email, "owner")

    # Who has uploaded to it before loses nothing.
    assert members_of(site, dataset) == [(COLLEAGUE.email, "owner"), (UPLOADER.email, "uploader")]


@pytest.mark.parametrize(
    ("email", "role", "told"),
    [
        ("", "owner", "Enter an email address"),
        ("nobody", "owner", "Enter an email address in the correct format"),
        ("a@example.gov.uk", "king", "Select whether they upload or own the dataset"),
    ],
)
def test_what_is_no_person_or_no_role_is_refused_in_words(
    owner: Visitor, dataset: str, email: str, role: str, told: str
) -> None:
    page = give(owner, dataset, email, role)
    assert told in page
    assert "<title>Error: " in page


def test_who_was_let_by_whom_is_in_the_trail(site: Site, owner: Visitor, dataset: str) -> None:
    give(owner, dataset, COLLEAGUE.email, "uploader")
    take(owner, dataset, COLLEAGUE.email)
    name = dataset.split("/")[3].replace("-", ".", 1)
    assert site.sql(
        "SELECT person, action, before ->> 'role', after ->> 'role' FROM operations.upload_event WHERE dataset = %s"
        " AND action LIKE '%%access' ORDER BY id",
        name,
    ) == [(UPLOADER.email, "give access", None, "uploader"), (UPLOADER.email, "take access", "uploader", None)]


def test_members_go_with_their_dataset_whoever_deletes_it(site: Site, dataset: str) -> None:
    site.sql("DELETE FROM pipeline WHERE slug = %s", dataset.split("/")[3])
    assert members_of(site, dataset) == []
    assert not site.sql("SELECT FROM operations.dataset_member WHERE pipeline_id NOT IN (SELECT id FROM pipeline)")
