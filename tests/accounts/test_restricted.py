"""To people to whom a dataset is not open it does not exist: no page shows it, and none says that there is more."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from tests.accounts.test_doors import DOCS, routes
from tests.accounts.test_who_may import TOKEN, path_of
from tests.accounts.test_who_may import Dataset as Named
from tests.accounts.who_may import CLIENT, asked_by
from tests.parts.site import ADMINISTRATOR, COLLEAGUE, READER, STRANGER, UPLOADER, Site, Visitor, id_in

TITLE = "Offers under embargo"
ABOUT_A_DATASET = re.compile(r"<slug:slug>|<slug:organisation>|<uuid:file_id>")
NOBODYS = Named("dbt-nobodys_at_all", "00000000-0000-4000-8000-000000000000")


@dataclass(frozen=True)
class Restricted:
    """A restricted dataset with a version and the record of a deletion."""

    named: Named
    owner: Visitor
    deletion_id: int

    @property
    def names(self) -> tuple[str, ...]:
        return (TITLE, self.named.slug, self.named.slug.replace("-", "."), self.named.slug.partition("-")[2])


@pytest.fixture(scope="module")
def restricted(site: Site) -> Iterator[Restricted]:
    owner = site.login(UPLOADER)
    path = owner.create_dataset()
    version = id_in(owner.upload(path, "a,b\n1,2\n").url)
    owner.post(f"{path}about/title/", {"title": TITLE})
    slug = path.split("/")[3]
    key = slug.replace("-", ".", 1)
    organisation, dataset = key.split(".")
    ((deletion,),) = site.sql(
        "INSERT INTO operations.deletion (organisation, dataset, version, state, requested_by, requested_by_id,"
        " requested_at) VALUES (%s, %s, gen_random_uuid(), 'done', 'x', 'x', now()) RETURNING id",
        organisation,
        dataset,
    )
    site.sql(
        "INSERT INTO operations.catalogue_index (key, schema_name, is_uploaded, organisation, title, description,"
        " owner, state, why, is_archived, search) VALUES (%s, %s, true, 'dbt', %s, '', '', 'fresh', '', false, '')"
        " ON CONFLICT DO NOTHING",
        key,
        key,
        TITLE,
    )
    assert owner.post(f"/datasets/{organisation}/{dataset}/people/restriction/").ok
    yield Restricted(Named(slug, version), owner, deletion)
    site.sql("DELETE FROM operations.deletion WHERE id = %s", deletion)
    site.sql("DELETE FROM operations.restricted_dataset WHERE dataset = %s", key)


def pages() -> list[str]:
    """All routes for people, but for the administrators' own."""
    return [route for route in routes() if asked_by(route) != (CLIENT, CLIENT) and not route.startswith("admin/")]


def answer(visitor: Visitor, method: str, path: str) -> tuple[int, str]:
    """The status, and the page without what differs between any two of them."""
    visitor.http.cookies.set("csrftoken", TOKEN)
    found = visitor.http.request(
        method, f"{visitor.site.url}/{path}", headers={"X-CSRFToken": TOKEN}, allow_redirects=False, timeout=30
    )
    return found.status_code, re.sub(r'nonce="[^"]+"|value="[^"]{64}"', "", found.text) + found.headers.get(
        "Location", ""
    )


@pytest.mark.parametrize("person", [READER, COLLEAGUE, STRANGER], ids=lambda person: person.first_name)
def test_each_address_of_it_answers_as_if_it_did_not_exist(site: Site, restricted: Restricted, person: object) -> None:
    visitor = site.login(person)  # type: ignore[arg-type]
    differs = {}
    for route in filter(ABOUT_A_DATASET.search, pages()):
        for method in ("GET", "POST"):
            there = answer(visitor, method, path_of(route, restricted.named))
            nowhere = answer(visitor, method, path_of(route, NOBODYS))
            if there != nowhere or there[0] != (403 if person == STRANGER else 404):
                differs[f"{method} {route}"] = (there[0], nowhere[0])
    assert differs == {}


@pytest.mark.parametrize("person", [None, READER, COLLEAGUE, STRANGER], ids=lambda person: person and person.first_name)
def test_no_other_page_names_it(site: Site, restricted: Restricted, person: object) -> None:
    visitor = site.login(person) if person else site.visitor()  # type: ignore[arg-type]
    shown = [route for route in pages() if not ABOUT_A_DATASET.search(route) and not route.startswith(("login", "^"))]
    shown = [route for route in shown if "<s" not in route]
    shown += [
        "upload/?archived",
        "datasets/?q=embargo",
        "api/docs/search?q=embargo",
        *(each for each in DOCS if "<" not in each),
    ]
    shown += ["api/docs/reference/datasets", "api/docs/reference/tables"]
    texts = {
        route: visitor.get("/" + route.replace("<int:deletion_id>", str(restricted.deletion_id))).text
        for route in shown
        if route != "logout"
    }
    texts["all of upload/"] = visitor.list_all("/upload/")
    texts["all of datasets/"] = visitor.list_all("/datasets/")
    assert len(texts) > 15
    assert [(route, name) for route, text in texts.items() for name in restricted.names if name in text] == []


def test_its_people_and_administrators_see_it_everywhere(site: Site, restricted: Restricted) -> None:
    for visitor in (restricted.owner, site.login(ADMINISTRATOR)):
        assert TITLE in visitor.list_all("/upload/")
        assert TITLE in visitor.list_all("/datasets/")
        assert visitor.get(f"/upload/deletions/{restricted.deletion_id}/").status_code == 200
        assert visitor.get(f"/upload/progress/{restricted.named.file_id}/").status_code == 200
        assert visitor.get(f"/upload/data/{restricted.named.slug}/").status_code == 200


def test_who_creates_a_dataset_of_its_name_is_told_that_it_is_taken_and_no_more(
    site: Site, restricted: Restricted
) -> None:
    organisation, dataset = restricted.named.slug.split("-", 1)
    page = site.login(COLLEAGUE).post("/upload/create/", {"organisation": organisation, "dataset": dataset})
    assert "This name is taken. Choose another name." in page.text
    assert "Upload a new version" not in page.text


def test_the_record_of_its_deletion_stays_hidden_when_it_is_gone(site: Site) -> None:
    owner = site.login(UPLOADER)
    slug = owner.create_dataset().split("/")[3]
    organisation, dataset = slug.split("-", 1)
    owner.post(f"/datasets/{organisation}/{dataset}/people/restriction/")
    site.sql(
        "INSERT INTO operations.deletion (organisation, dataset, state, requested_by, requested_by_id, requested_at)"
        " VALUES (%s, %s, 'done', %s, %s, now())",
        organisation,
        dataset,
        UPLOADER.email,
        UPLOADER.user_id,
    )
    site.sql("DELETE FROM operations.dataset_member USING pipeline WHERE pipeline_id = pipeline.id AND slug = %s", slug)
    site.sql("DELETE FROM pipeline WHERE slug = %s", slug)

    assert dataset not in site.login(READER).get("/upload/deletions/").text
    assert dataset in owner.get("/upload/deletions/").text
    assert dataset in site.login(ADMINISTRATOR).get("/upload/deletions/").text
    assert site.sql("SELECT FROM operations.restricted_dataset WHERE dataset = %s", f"{organisation}.{dataset}") == []
