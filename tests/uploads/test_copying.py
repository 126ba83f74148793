"""Between the load here and the copy in Data Workspace the pages say what is true, and what the person can do."""

from urllib.parse import urlsplit

import pytest

from tests.parts.site import UPLOADER, Site, Visitor, id_in

CSV = "name,amount\nPens,1\n"


def load(site: Site, person: Visitor, dataset: str, content: str = CSV) -> str:
    """A version whose rows are loaded and not copied, as the assets half leaves it."""
    file_id = id_in(person.upload(dataset, content).url)
    person.post(f"{dataset}verify/{file_id}/")
    site.sql(
        "UPDATE pipeline_data_file SET state = 'processing_dataflow', loaded_at = clock_timestamp() WHERE id = %s",
        file_id,
    )
    site.sql(
        "INSERT INTO operations.datafile_registry (source, file_name, state, created_timestamp, updated_timestamp)"
        " SELECT organisation || '.' || dataset, %s, 'processed', now(), now() FROM pipeline"
        " JOIN pipeline_data_file AS file ON pipeline.id = pipeline_id WHERE file.id = %s",
        file_id,
        file_id,
    )
    return file_id


def run_of(site: Site, file_id: str, state: str, attempt: int = 1) -> None:
    """A run of data-flow that serves this version."""
    site.sql(
        "WITH run AS (INSERT INTO operations.dataflow_run (schema_name, table_name, state, attempt, requested_at,"
        " finished_at) VALUES ('dbt.x', 'L0', %s, %s, now(), now()) RETURNING id)"
        " UPDATE operations.datafile_registry SET dataflow_run_id = run.id FROM run WHERE file_name = %s",
        state,
        attempt,
        file_id,
    )


@pytest.mark.parametrize(
    ("state", "attempt", "told", "is_offered"),
    [
        ("", 0, "The rows are loaded and wait to be copied to Data Workspace", False),
        ("running", 1, "The rows are loaded. Copying them to Data Workspace began on ", False),
        ("failed", 1, "Copying them to Data Workspace was tried once without success", True),
        ("failed", 4, "Copying them to Data Workspace was tried 4 times without success", True),
    ],
)
def test_how_far_the_copy_is_and_what_can_be_done(
    site: Site, person: Visitor, state: str, attempt: int, told: str, is_offered: bool
) -> None:
    dataset = person.create_dataset()
    file_id = load(site, person, dataset)
    if state:
        run_of(site, file_id, state, attempt)

    page = person.get(f"{dataset}uploaded/{file_id}/")

    assert '<h1 class="govuk-heading-l">Your data is loaded</h1>' in page.text
    assert "They are not in Data Workspace yet" in page.text
    assert person.get(f"/upload/progress/{file_id}/").json()["info"].startswith(told) or told in page.text
    assert ("Try to copy it now" in page.text) == is_offered
    assert f"{dataset}cancel/{file_id}/" not in page.text


@pytest.mark.parametrize(
    ("changes", "told", "is_offered"),
    [
        ("state = 'running', situation = 'paused'", "has paused it. It goes on by itself once they resume it.", False),
        ("state = 'running', situation = 'no scheduler'", "is not working at the moment.", False),
        ("state = 'running', situation = 'stale'", "is being updated.", False),
        ("state = 'running', situation = 'queued'", "It waits for its turn behind other copies.", False),
        ("state = 'running', situation = 'cleared'", "Copying them to Data Workspace began on", False),
        ("state = 'requested', error_message = 'HTTP 503', situation = 'unanswered'", "tried once without", True),
        (
            "state = 'requested', error_message = 'HTTP 503', next_attempt_at = now()",
            "The rows are loaded and wait to be copied",
            False,
        ),
        ("is_stopped = true, error_message = 'HTTP 404', situation = 'unknown DAG'", "It is not tried again by", True),
    ],
)
def test_what_is_odd_about_a_copy_is_said_in_plain_words(
    site: Site, person: Visitor, changes: str, told: str, is_offered: bool
) -> None:
    dataset = person.create_dataset()
    file_id = load(site, person, dataset)
    run_of(site, file_id, "failed")
    site.sql(f"UPDATE operations.dataflow_run SET reason = 'Traceback', {changes} WHERE true")

    page = person.get(f"{dataset}uploaded/{file_id}/")

    assert told in page.text
    assert ("Try to copy it now" in page.text) == is_offered
    assert ("copying continues in the background" in page.text) == ("is_stopped" not in changes)
    for raw in ("HTTP", "Traceback", "DAG", "Airflow"):
        assert raw not in page.text


def copy_again(site: Site, person: Visitor, dataset: str, file_id: str) -> str:
    """Have a version copied at once: the address of the page that follows."""
    token = person.get(f"{dataset}uploaded/{file_id}/").text.partition('name="csrfmiddlewaretoken" value="')[2]
    page = person.http.post(
        f"{site.url}{dataset}copy-again/{file_id}/", data={"csrfmiddlewaretoken": token.partition('"')[0]}
    )
    return urlsplit(page.url).path


def test_a_run_that_may_have_been_made_is_asked_for_at_once_and_stays_the_same_one(site: Site, person: Visitor) -> None:
    dataset = person.create_dataset()
    file_id = load(site, person, dataset)
    run_of(site, file_id, "requested")
    site.sql(
        "UPDATE operations.dataflow_run SET error_message = 'x', next_attempt_at = now() + interval '1 h' WHERE true"
    )

    copy_again(site, person, dataset, file_id)

    assert site.sql(
        "SELECT run.next_attempt_at <= now() FROM operations.dataflow_run AS run"
        " JOIN operations.datafile_registry ON dataflow_run_id = run.id WHERE file_name = %s",
        file_id,
    ) == [(True,)]


def test_a_copy_that_failed_is_asked_for_at_once(site: Site, person: Visitor) -> None:
    dataset = person.create_dataset()
    file_id = load(site, person, dataset)
    run_of(site, file_id, "failed")

    page = person.post(f"{dataset}uploaded/{file_id}/")
    assert page.status_code == 405, "only the address of the form takes it"

    assert copy_again(site, person, dataset, file_id) == f"{dataset}uploaded/{file_id}/"
    assert site.sql("SELECT dataflow_run_id FROM operations.datafile_registry WHERE file_name = %s", file_id) == [
        (None,)
    ]
    assert site.sql(
        "SELECT person, action FROM operations.upload_event WHERE version = %s ORDER BY id DESC LIMIT 1",
        file_id,
    ) == [(UPLOADER.email, "copy again")]


def test_of_versions_that_one_run_has_copied_the_last_one_loaded_is_in_use(site: Site, person: Visitor) -> None:
    dataset = person.create_dataset()
    first, second = load(site, person, dataset), load(site, person, dataset, "a\n1\n")
    page = person.get(dataset)
    assert ("Not copied yet" in page.text, ">Replaced<" in page.text, ">In use<" in page.text) == (True, True, False)

    site.sql(
        "UPDATE pipeline_data_file SET state = 'completed', processed_at = now() WHERE id::text IN (%s, %s)",
        first,
        second,
    )

    assert "This version was replaced" in person.get(f"{dataset}uploaded/{first}/").text
    assert "Your data is ready" in person.get(f"{dataset}uploaded/{second}/").text
    assert person.get(dataset).text.count(">In use<") == 1


def test_while_a_new_version_waits_the_page_says_which_one_is_in_data_workspace(site: Site, person: Visitor) -> None:
    dataset = person.create_dataset()
    person.load(dataset, CSV)
    load(site, person, dataset, "a\n1\n")
    page = person.get(dataset)
    assert (">In Data Workspace<" in page.text, ">Not copied yet<" in page.text) == (True, True)
