"""Documents about datasets in published standards, as people get them."""

import re

import pytest

from tests.parts.site import READER, UPLOADER, Site

NAMES = ("dcat.jsonld", "csvw.json", "datapackage.json", "schema-org.jsonld")


@pytest.fixture
def key(site: Site) -> str:
    """A dataset with a version, as its uploader has made it."""
    owner = site.login(UPLOADER)
    slug = owner.create_dataset().split("/")[3]
    ((key,),) = site.sql("SELECT organisation || '.' || dataset FROM pipeline WHERE slug = %s", slug)
    return str(key)


def test_who_may_see_a_dataset_gets_its_documents_and_nobody_else(site: Site, key: str) -> None:
    page = f"/datasets/{key.replace('.', '/')}/"
    reader = site.login(READER)
    about = reader.get(page).text
    for name in NAMES:
        assert re.search(rf'<link rel="alternate" type="[^"]+" title="[^"]+" href="{page}{name}">', about)
        answer = reader.get(page + name)
        assert (answer.status_code, answer.headers["Cache-Control"]) == (
            200,
            "max-age=0, no-cache, no-store, must-revalidate, private",
        )
        assert key in answer.text

    site.sql("INSERT INTO operations.restricted_dataset (dataset, restricted_by) VALUES (%s, '')", key)

    assert {reader.get(page + name).status_code for name in NAMES} == {404}
    assert key not in reader.get("/datasets/catalogue.jsonld").text


def test_the_catalogue_is_one_document(site: Site) -> None:
    answer = site.login(READER).get("/datasets/catalogue.jsonld")

    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "application/ld+json")
    assert answer.json()["@type"] == "dcat:Catalog"
