"""A new dataset has a name that data-flow can take, and one that it cannot take says so."""

import re
import uuid
from collections.abc import Iterator

import psycopg
import pytest

from infra.local.postgres import Postgres
from tests.parts.site import Site, Visitor

# What data-flow does with the schema, whose name it writes without quotation marks.
STATEMENTS = (
    "CREATE SCHEMA IF NOT EXISTS {}",
    "CREATE TABLE {}.t (a int)",
    "ALTER TABLE IF EXISTS {}.t RENAME TO t_swap",
    "SELECT * FROM {}.t_swap",
    "DROP TABLE IF EXISTS {}.t_swap",
)


@pytest.fixture
def datasets(postgres_server: Postgres) -> Iterator[psycopg.Connection]:
    """A database like that of Data Workspace, in which nothing is kept."""
    with psycopg.connect(postgres_server.url("postgres")) as connection:
        yield connection
        connection.rollback()


def takes(datasets: psycopg.Connection, schema: str) -> bool:
    try:
        with datasets.transaction(force_rollback=True):
            for statement in STATEMENTS:
                datasets.execute(statement.format(schema).encode())
    except psycopg.errors.SyntaxError:
        return False
    return True


def refusals(person: Visitor, organisation: str, dataset: str) -> list[str]:
    """What the form says of the names; the dataset is not created, as its name is too long with any organisation."""
    page = person.post("/upload/create/", {"organisation": organisation, "dataset": dataset})
    return re.findall(r'<li><a href="#[^"]+">([^<]+)</a></li>', page.text)


def test_the_words_that_are_refused_are_those_that_postgres_does_not_take(
    site: Site, person: Visitor, datasets: psycopg.Connection
) -> None:
    words = [word for (word,) in datasets.execute("SELECT word FROM pg_get_keywords()").fetchall()]
    refused = {word for word in words if not takes(datasets, word)}
    assert {"order", "user", "left"} <= refused

    reserved = site.sql("SELECT word FROM pg_get_keywords() WHERE catcode IN ('R', 'T')")

    assert {word for (word,) in reserved} == refused


@pytest.mark.parametrize("organisation", ["order", "User", "left"])
def test_a_word_of_sql_is_refused_as_an_organisation(person: Visitor, organisation: str) -> None:
    (told,) = refusals(person, organisation, "x")
    name = organisation.lower()
    assert told.startswith(f"Organisation must not be “{name}”")
    assert f"use “{name}_data”" in told


def test_a_first_digit_is_refused(person: Visitor, datasets: psycopg.Connection) -> None:
    assert not takes(datasets, "2024_org")
    (told,) = refusals(person, "2024.org", "x")
    assert told.startswith("Organisation must start with a letter")


def test_a_table_to_whose_name_nothing_can_be_added_is_refused(person: Visitor) -> None:
    longest = "d" + uuid.uuid4().hex + "_" * 9
    assert len(longest) == 42
    assert refusals(person, "o", longest) == []
    assert refusals(person, "o", longest + "x") == [
        "Dataset must have 42 characters or fewer, because Data Workspace adds to the name while it copies the data. "
        "It has 43."
    ]


def test_a_dataset_of_an_earlier_release_says_what_its_name_means(site: Site, person: Visitor) -> None:
    name = f"d{uuid.uuid4().hex[:8]}"
    slug = f"order-{name}"
    site.sql("INSERT INTO pipeline (organisation, dataset, slug) VALUES ('order', %s, %s)", name, slug)
    dataset = f"/upload/data/{slug}/"
    site.sql("UPDATE pipeline SET may_hold_personal_data = false WHERE slug = %s", slug)

    page = person.get(dataset)

    assert "This dataset cannot be copied to Data Workspace because of its name" in page.text
    assert "Organisation must not be “order”" in page.text
    uploaded = person.upload(dataset, "a\n1\n").url
    file_id = uploaded.split("/")[-2]
    person.post(f"{dataset}verify/{file_id}/")
    site.sql("UPDATE pipeline_data_file SET state = 'processing_dataflow' WHERE id = %s", file_id)
    page = person.get(f"{dataset}uploaded/{file_id}/")
    assert "cannot be copied to Data Workspace because of the name" in page.text
    assert "data-query" not in page.text
