"""What people say about a dataset: who may, what is noted of it, and what readers and clients get to see."""

import re

import pytest

from dss_assets.catalogue import record_datasets
from dss_assets.datasets import EXPORTERS
from tests.parts.service import Client
from tests.parts.site import READER, UPLOADER, Site, Visitor, id_in
from tests.uploads.described import describe, events, structure
from tests.uploads.test_deletions import ask, carry_out
from tests.uploads.test_versions import FIRST, SECOND, Dataset

OPEN_LICENCE = "Open Government Licence v3.0"
ANSWERS = {
    "title": {"title": "Pens & ink"},
    "description": {"description": "Each row is a pen.\nNot <for> ink."},
    "contact": {"contact": "pens@example.gov.uk"},
    "licence": {"licence": OPEN_LICENCE},
    "personal-data": {"may_hold_personal_data": "yes"},
    "classification": {"classification": "OFFICIAL-SENSITIVE"},
}


def answer_all(dataset: Dataset) -> None:
    for question, answer in ANSWERS.items():
        assert dataset.person.post(f"{dataset.path}about/{question}/", answer).ok


def statuses(page: str) -> list[str]:
    found = re.findall(r'<div class="govuk-task-list__status[^>]*>(.*?)</div>', page, re.DOTALL)
    return [re.sub(r"<[^>]*>", "", status).strip() for status in found]


def test_nothing_but_personal_data_has_to_be_answered_before_the_first_file(person: Visitor) -> None:
    path = person.name_dataset()
    tasks = path.replace("/data/", "/created/")
    assert statuses(person.get(tasks).text) == [
        "Completed",
        *["Optional"] * 4,
        "Incomplete",
        "Optional",
        "Cannot start yet",
    ]
    page = person.get(path).text
    assert "somebody has to say whether this dataset may hold personal data" in page
    assert 'type="file"' not in page
    refused = person.http.post(
        person.site.url + path,
        data={"csrfmiddlewaretoken": person.http.cookies["csrftoken"]},
        files={"file": ("a.csv", FIRST, "text/csv")},
    )
    assert (refused.status_code, "somebody has to say" in refused.text) == (422, True)

    after = person.post(f"{path}about/personal-data/", {"may_hold_personal_data": "no"})

    assert after.url.endswith(tasks)
    assert statuses(after.text)[-3:] == ["Completed", "Optional", "Incomplete"]
    assert id_in(person.upload(path, FIRST).url)
    assert statuses(person.get(tasks).text)[-1] == "Completed"


def test_a_dataset_that_was_filled_before_it_was_asked_goes_on(dataset: Dataset) -> None:
    dataset.load(FIRST)
    dataset.site.sql(
        "UPDATE pipeline SET may_hold_personal_data = NULL WHERE organisation || '.' || dataset = %s", dataset.name
    )

    dataset.load(SECOND)


def test_each_answer_is_saved_by_itself_noted_and_shown(dataset: Dataset) -> None:
    answer_all(dataset)

    page = dataset.site.login(READER).get(dataset.path).text
    assert "Each row is a pen.<br>Not &lt;for&gt; ink." in page
    assert 'href="mailto:pens@example.gov.uk"' in page
    assert f'href="https://www.nationalarchives.gov.uk/doc/open-government-licence/version/3/">{OPEN_LICENCE}' in page
    assert "OFFICIAL-SENSITIVE" in page
    assert "This dataset may hold personal data" in page
    assert "Its owners can delete it here." in page
    version = dataset.load(FIRST)
    for path in ("columns/", "manage/", f"version/{version}/"):
        assert "This dataset may hold personal data" in dataset.get(path).text, path
    assert events(dataset, "describe") == [
        (UPLOADER.email, {"may_hold_personal_data": None}, {"may_hold_personal_data": False}),
        (UPLOADER.email, {"title": ""}, {"title": "Pens & ink"}),
        (UPLOADER.email, {"description": ""}, {"description": "Each row is a pen.\nNot <for> ink."}),
        (UPLOADER.email, {"contact": ""}, {"contact": "pens@example.gov.uk"}),
        (
            UPLOADER.email,
            {"licence": "", "licence_url": ""},
            {
                "licence": OPEN_LICENCE,
                "licence_url": "https://www.nationalarchives.gov.uk/doc/open-government-licence/version/3/",
            },
        ),
        (UPLOADER.email, {"may_hold_personal_data": False}, {"may_hold_personal_data": True}),
        (UPLOADER.email, {"classification": ""}, {"classification": "OFFICIAL-SENSITIVE"}),
    ]
    answer_all(dataset)
    assert len(events(dataset, "describe")) == 7, "what is as it was is not noted again"


@pytest.mark.parametrize(
    ("question", "answer", "told"),
    [
        ("title", {"title": "x" * 101}, "Title must be 100 characters or fewer"),
        ("description", {"description": "x" * 2001}, "Description must be 2,000 characters or fewer"),
        ("contact", {"contact": "the pens team"}, "Enter an email address, like name@example.gov.uk"),
        ("contact", {"contact": "http://example.gov.uk"}, "a page that starts with https://"),
        ("licence", {}, "Select a licence"),
        ("licence", {"licence": "other"}, "Enter the name of the licence"),
        (
            "licence",
            {"licence": "other", "own_licence": "Mine", "licence_url": "javascript:alert(1)"},
            "Enter the address of a page that starts with https://",
        ),
        ("personal-data", {"may_hold_personal_data": "perhaps"}, "Select yes if this data may hold personal data"),
        ("classification", {"classification": "SECRET"}, "Select how sensitive the data is"),
    ],
)
def test_an_answer_that_cannot_be_is_refused_in_words(
    person: Visitor, question: str, answer: dict[str, str], told: str
) -> None:
    page = person.post(f"{person.name_dataset()}about/{question}/", answer)

    assert (page.status_code, "<title>Error: " in page.text) == (422, True)
    assert told in page.text.replace("&#x27;", "'")


def test_a_licence_can_be_in_ones_own_words(dataset: Dataset, client: Client) -> None:
    dataset.load(FIRST)
    url = "https://example.gov.uk/licence"
    own = {"licence": "other", "own_licence": "Ordnance Survey, internal", "licence_url": url}
    assert dataset.person.post(f"{dataset.path}about/licence/", own).ok

    told = structure(client, dataset)["dataset"]
    assert isinstance(told, dict)
    assert (told["licence"], told["licence_url"]) == ("Ordnance Survey, internal", url)
    page = dataset.get("about/licence/").text
    assert 'value="other" checked' in page
    assert 'value="Ordnance Survey, internal"' in page


def test_clients_read_what_is_said_if_they_ask_for_it(dataset: Dataset, client: Client) -> None:
    dataset.load(FIRST)
    plain = structure(client, dataset, "")
    answer_all(dataset)
    describe(dataset, name="What is sold", amount="In boxes")

    assert structure(client, dataset, "") == plain, "existing clients notice nothing"
    told = structure(client, dataset)
    assert told["columns"] == [
        {"name": "id", "type": "BIGINT"},
        {"name": "name", "type": "TEXT", "description": "What is sold"},
        {"name": "amount", "type": "INTEGER", "description": "In boxes"},
    ]
    assert told["dataset"] == {
        "title": "Pens & ink",
        "description": "Each row is a pen.\nNot <for> ink.",
        "owner": UPLOADER.email,
        "contact": "pens@example.gov.uk",
        "licence": OPEN_LICENCE,
        "licence_url": "https://www.nationalarchives.gov.uk/doc/open-government-licence/version/3/",
        "may_hold_personal_data": True,
        "classification": "OFFICIAL-SENSITIVE",
    }


def test_published_and_uploaded_datasets_are_in_one_catalogue(dataset: Dataset) -> None:
    dataset.load(FIRST)
    describe(dataset, amount="In boxes")
    record_datasets(dataset.connection, [EXPORTERS])
    try:
        rows = dataset.site.sql(
            "SELECT key, is_uploaded, owner, jsonb_array_length(tables) FROM operations.catalogue"
            " WHERE key = ANY (%s) ORDER BY is_uploaded",
            [dataset.name, EXPORTERS.key],
        )
        assert rows == [(EXPORTERS.key, False, EXPORTERS.owner, 2), (dataset.name, True, UPLOADER.email, 1)]
        assert dataset.site.sql("SELECT tables FROM operations.catalogue WHERE key = %s", dataset.name) == [
            (
                [
                    {
                        "name": "L0",
                        "columns": [
                            {"name": "name", "type": "text", "description": ""},
                            {"name": "amount", "type": "integer", "description": "In boxes"},
                        ],
                    }
                ],
            )
        ]
        empty = dataset.person.name_dataset().split("-")[-1].strip("/")
        assert dataset.site.sql("SELECT tables FROM operations.catalogue WHERE key = %s", f"dbt.{empty}") == [([],)]
    finally:
        record_datasets(dataset.connection, [])


def test_what_is_said_goes_with_the_version_or_the_dataset(dataset: Dataset) -> None:
    first = dataset.load("name,secret_column\nPens,1\n")
    describe(dataset, name="What is sold", secret_column="A secret")
    dataset.load("name\nPens\n")
    ask(dataset, first)
    carry_out(dataset)

    said = (
        "SELECT name FROM operations.column_description JOIN pipeline ON pipeline.id = pipeline_id WHERE dataset = %s"
    )
    name = dataset.name.partition(".")[2]
    assert dataset.site.sql(said, name) == [("name",)]
    noted = dataset.site.sql(
        "SELECT before::text || after::text FROM operations.upload_event WHERE dataset = %s", dataset.name
    )
    assert "secret_column" not in str(noted), "names of columns are the file's"
    ask(dataset)
    carry_out(dataset)
    assert (
        dataset.site.sql("SELECT FROM operations.column_description WHERE pipeline_id NOT IN (SELECT id FROM pipeline)")
        == []
    )
    assert dataset.site.sql("SELECT FROM operations.catalogue WHERE key = %s", dataset.name) == []


def test_whoever_may_upload_says_whether_a_dataset_without_an_owner_holds_personal_data(
    site: Site, person: Visitor
) -> None:
    path = person.name_dataset()
    site.sql(
        "DELETE FROM operations.dataset_member USING pipeline WHERE pipeline_id = pipeline.id AND slug = %s",
        path.split("/")[3],
    )

    page = person.post(f"{path}about/personal-data/", {"may_hold_personal_data": "yes"})

    assert page.url.endswith(path)
    assert 'type="file"' in page.text
    assert person.get(f"{path}about/title/").status_code == 403
