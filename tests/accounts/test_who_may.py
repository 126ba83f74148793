"""Every URL of the project, asked for by everybody who may come: each gets what the table says, and nothing else."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit

import pytest
import requests

from tests.accounts.test_doors import example, routes
from tests.accounts.who_may import ADMIN, CLIENT, CREATE, OPEN, OWN, READ, UPLOAD, asked_by
from tests.parts.site import ADMINISTRATOR, COLLEAGUE, READER, STRANGER, UPLOADER, Site, Visitor

# A form token of our own: it only has to be the same in the cookie and in the header.
TOKEN = "t" * 32
# What a person gets who may not, by what the page says.
LOGIN, NO_ACCESS, ONLY_READS, NOT_THEIRS, NOT_OWNED, NOT_ADMIN, PAGE = (
    "login",
    "You do not have access",
    "You cannot change data",
    "You cannot upload to this dataset",
    "Only its owners can do this",
    "You do not have permission to do this",
    "page",
)
TITLE = re.compile(r"<title>(.*?) – ")

EVERYTHING = dict.fromkeys((READ, CREATE, UPLOAD, OWN), PAGE) | {ADMIN: NOT_ADMIN}
# Each kind of person: what they get from a page that asks this of them.
EXPECTED = {
    "anonymous": dict.fromkeys((READ, CREATE, UPLOAD, OWN, ADMIN), LOGIN),
    "barred": dict.fromkeys((READ, CREATE, UPLOAD, OWN, ADMIN), LOGIN),
    "without access": dict.fromkeys((READ, CREATE, UPLOAD, OWN, ADMIN), NO_ACCESS),
    "reader": {READ: PAGE, CREATE: ONLY_READS, UPLOAD: ONLY_READS, OWN: ONLY_READS, ADMIN: NOT_ADMIN},
    "uploader of other datasets": EVERYTHING | {UPLOAD: NOT_THEIRS, OWN: NOT_OWNED},
    "uploader of an open dataset": EVERYTHING | {OWN: NOT_OWNED},
    "the dataset's uploader": EVERYTHING | {OWN: NOT_OWNED},
    "owner": EVERYTHING,
    "administrator": EVERYTHING | {ADMIN: PAGE},
}


@dataclass(frozen=True)
class Dataset:
    """A dataset with a version that waits to be confirmed."""

    slug: str
    file_id: str


@pytest.fixture(scope="module")
def owner(site: Site) -> Visitor:
    return site.login(UPLOADER)


def new_dataset(owner: Visitor) -> Dataset:
    path = owner.create_dataset()
    page = owner.upload(path, "a,b\n1,2\n")
    return Dataset(path.split("/")[3], page.url.split("/")[-2])


@pytest.fixture(scope="module")
def datasets(site: Site, owner: Visitor) -> dict[str, Dataset]:
    """Of the owner alone, shared with an uploader, and of nobody."""
    site.login(COLLEAGUE)
    alone, shared, nobodys = new_dataset(owner), new_dataset(owner), new_dataset(owner)
    give(owner, shared, COLLEAGUE.email, "uploader")
    site.sql(
        "DELETE FROM operations.dataset_member USING pipeline WHERE pipeline_id = pipeline.id AND slug = %s",
        nobodys.slug,
    )
    return {"alone": alone, "shared": shared, "nobodys": nobodys}


def give(owner: Visitor, dataset: Dataset, email: str, role: str) -> requests.Response:
    return owner.post(f"/upload/data/{dataset.slug}/people/", {"email": email, "role": role})


@pytest.fixture
def barred(site: Site) -> Iterator[Visitor]:
    """A person with a session, whom an administrator bars."""
    visitor = site.login(COLLEAGUE)
    bar = "UPDATE accounts_user SET is_active = %s WHERE user_id = %s"
    site.sql(bar, False, COLLEAGUE.user_id)
    yield visitor
    site.sql(bar, True, COLLEAGUE.user_id)


def answer_to(visitor: Visitor, method: str, path: str) -> str:
    """What a person gets from a path: one of the words above."""
    visitor.http.cookies.set("csrftoken", TOKEN)
    answer = visitor.http.request(
        method, f"{visitor.site.url}/{path}", headers={"X-CSRFToken": TOKEN}, allow_redirects=False, timeout=30
    )
    if answer.status_code == 302:
        target = urlsplit(answer.headers["Location"]).path
        return LOGIN if target in {"/login", "/admin/login/"} else PAGE
    if answer.status_code == 403:
        found = TITLE.search(answer.text)
        return found[1] if found else "403"
    return PAGE if answer.status_code < 500 else str(answer.status_code)


def path_of(route: str, dataset: Dataset) -> str:
    if "hawkclient/.*" in route:
        return "admin/registry/hawkclient/"
    organisation, name = dataset.slug.split("-", 1)
    filled = route.replace("<slug:slug>", dataset.slug).replace("<uuid:file_id>", dataset.file_id)
    filled = filled.replace("<slug:organisation>", organisation).replace("<slug:dataset>", name)
    # Nobody's number: an action on it ends where the view has been reached.
    return example(filled.replace("<int:member_id>", "0").replace("<int:grant_id>", "0"))


def walk(visitor: Visitor, dataset: Dataset, expected: dict[str, str]) -> dict[str, tuple[str, str]]:
    """Where the answers differ from what is expected: method and route with (expected, answer)."""
    wrong = {}
    for route in routes():
        asked = asked_by(route)
        assert asked, f"nobody has decided who may see {route}: add it to tests/accounts/who_may.py"
        for method, right in zip(("GET", "POST"), asked, strict=True):
            if right in {OPEN, CLIENT}:
                continue
            answer = answer_to(visitor, method, path_of(route, dataset))
            # What nobody may do in the administration, since processes wrote the rows.
            if right == ADMIN and expected[right] == PAGE and answer == NOT_ADMIN:
                continue
            if answer != expected[right]:
                wrong[f"{method} {route}"] = (expected[right], answer)
    return wrong


@pytest.mark.parametrize(
    ("who", "person", "whose"),
    [
        ("anonymous", None, "alone"),
        ("without access", STRANGER, "alone"),
        ("reader", READER, "alone"),
        ("uploader of other datasets", COLLEAGUE, "alone"),
        ("uploader of an open dataset", COLLEAGUE, "nobodys"),
        ("the dataset's uploader", COLLEAGUE, "shared"),
        ("owner", UPLOADER, "alone"),
        ("administrator", ADMINISTRATOR, "alone"),
    ],
)
def test_each_person_gets_what_they_may_and_a_reason_otherwise(
    site: Site, datasets: dict[str, Dataset], who: str, person: object, whose: str
) -> None:
    visitor = site.login(person) if person else site.visitor()  # type: ignore[arg-type]

    assert walk(visitor, datasets[whose], EXPECTED[who]) == {}


def test_a_barred_person_gets_nothing_and_reads_that_they_are_barred(
    datasets: dict[str, Dataset], barred: Visitor
) -> None:
    assert walk(barred, datasets["alone"], EXPECTED["barred"]) == {}
    page = barred.get("/upload/", person=COLLEAGUE)
    assert (page.status_code, "You are barred from this service" in page.text) == (403, True)


LINK = re.compile(r'href="(/[^"#?]*)')


@pytest.mark.parametrize("person", [READER, COLLEAGUE], ids=lambda person: person.first_name)
def test_no_link_and_no_form_leads_to_a_refusal(site: Site, owner: Visitor, person: object) -> None:
    dataset = new_dataset(owner)
    path = f"/upload/data/{dataset.slug}/"
    for state in ("failed", "cancelled", "processing_dataflow", "completed"):
        version = new_version(owner, path)
        site.sql("UPDATE pipeline_data_file SET state = %s, loaded_at = now() WHERE id = %s", state, version)
    visitor = site.login(person)  # type: ignore[arg-type]

    pages, unseen = {}, {path}
    while unseen:
        here = unseen.pop()
        answer = visitor.get(here)
        pages[here] = answer
        # Only what belongs to this dataset: of all others a person may own some.
        unseen |= {link for link in LINK.findall(answer.text) if link.startswith(path)} - set(pages)

    assert len(pages) > 4
    assert {here: page.status_code for here, page in pages.items() if page.status_code != 200} == {}
    assert [here for here, page in pages.items() if 'method="post"' in page.text] == []


def new_version(owner: Visitor, path: str) -> str:
    return owner.upload(path, "a,b\n1,2\n").url.split("/")[-2]
