"""Rows are replaced, appended or updated by a key, as a person chooses after they have seen what it does."""

import re
import threading
from html import unescape

import psycopg
import pytest
import requests

from dss_assets.database import Connection
from dss_web.shared.contract import LoadMode
from tests.parts.site import Site, Visitor, id_in
from tests.parts.waiting import PATIENCE_SECONDS, wait_until
from tests.uploads.modes import FIRST, MORE, choose, load, rows_of, version_row
from tests.uploads.test_check_page import errors_on
from tests.uploads.test_two_people import WAITING
from tests.uploads.test_versions import Dataset


@pytest.fixture
def dataset(site: Site, person: Visitor, connection: Connection) -> Dataset:
    """A dataset with three rows."""
    dataset = Dataset(site, person, connection, person.create_dataset())
    dataset.load(FIRST, "first.csv")
    return dataset


def numbers_on(page: requests.Response) -> str:
    (text,) = re.findall(r'id="numbers">(.*?)</p>', page.text, re.S)
    return unescape(text)


def test_rows_are_appended_after_the_person_has_seen_how_many(dataset: Dataset) -> None:
    first = version_row(dataset, id_in(dataset.get("").text), "id")[0]

    page = choose(dataset, MORE, LoadMode.APPEND)

    assert numbers_on(page) == "more.csv adds 3 rows, changes none, leaves 3 as they are, and removes none."
    assert "1 row of the file is there already with the same values. It will be there twice." in page.text
    assert len(rows_of(dataset)) == 3, "nothing is loaded before it is confirmed"
    appended = load(dataset, page)
    assert rows_of(dataset) == [
        (1, "a1", "pens", 1),
        (2, "a2", "ink", 2),
        (3, "a3", "paper", 3),
        (4, "a2", "ink", 20),
        (5, "a3", "paper", 3),
        (6, "a4", "glue", 4),
    ]
    assert version_row(dataset, appended, "mode, based_on, rows, added, changed, left_out") == (
        "append",
        first,
        6,
        3,
        0,
        0,
    )


def test_rows_are_updated_by_a_key_after_the_person_has_seen_how_many(dataset: Dataset) -> None:
    page = choose(dataset, MORE, LoadMode.UPDATE, "1")

    assert numbers_on(page) == "more.csv adds 1 row, changes 1, leaves 2 as they are, and removes none."
    updated = load(dataset, page)
    assert rows_of(dataset) == [(1, "a1", "pens", 1), (2, "a2", "ink", 20), (3, "a3", "paper", 3), (4, "a4", "glue", 4)]
    assert version_row(dataset, updated, "mode, key_columns, rows, added, changed") == ("update", ["ref"], 4, 1, 1)


def test_what_was_chosen_last_time_is_proposed_again(dataset: Dataset) -> None:
    load(dataset, choose(dataset, MORE, LoadMode.UPDATE, "1"))

    page = dataset.person.upload(dataset.path, MORE)

    assert re.search(r'value="update" checked', page.text)
    assert re.search(r'name="key-1" type="checkbox" value="yes" checked', page.text)
    assert not re.search(r'name="key-2" type="checkbox" value="yes" checked', page.text)


def test_the_first_version_is_not_asked(site: Site, person: Visitor) -> None:
    page = person.upload(person.create_dataset(), FIRST)

    assert 'name="mode"' not in page.text


@pytest.mark.parametrize(
    ("content", "keys", "problem"),
    [
        (MORE, [], "Choose the columns by which rows are updated"),
        (MORE + "a4,tape,5\n", ["1"], "ref “a4” comes more than once in the file, in lines 4 and 5."),
        ("ref,name,amount\na1,x,1\n,y,2\n", ["1"], "Line 3 has no value in ref, which is part of the key."),
        ("code,name,amount\na1,x,1\n", ["1"], "code cannot be part of the key: the version in use has no column"),
    ],
    ids=["none", "twice", "empty", "another name"],
)
def test_a_key_that_is_none_is_refused_with_its_lines(
    content: str, keys: list[str], problem: str, dataset: Dataset
) -> None:
    errors = errors_on(choose(dataset, content, LoadMode.UPDATE, *keys))

    assert any(problem in error for error in errors), errors


def test_a_key_that_the_version_in_use_has_twice_is_refused(dataset: Dataset) -> None:
    load(dataset, choose(dataset, MORE, LoadMode.APPEND))

    errors = errors_on(choose(dataset, MORE, LoadMode.UPDATE, "1"))

    assert errors == [
        "ref “a2” comes more than once in the version in use.",
        "ref “a3” comes more than once in the version in use.",
    ]


def test_a_file_without_a_common_column_is_not_appended(dataset: Dataset) -> None:
    (error,) = errors_on(choose(dataset, "x,y\n1,2\n", LoadMode.APPEND))

    assert error.startswith("The file has none of the columns of the version in use")


def test_columns_that_differ_are_told_and_a_type_that_becomes_wider_needs_a_tick(dataset: Dataset) -> None:
    page = choose(dataset, "ref,amount,note\na4,2.5,new\n", LoadMode.APPEND)

    assert "New: note. Empty in the rows that are there" in page.text
    assert "Not in the file: name. Empty in the rows that are added" in page.text
    assert "amount is “Whole number” and becomes “Decimal number”" in page.text
    refused = dataset.person.post(f"{dataset.path}load/{id_in(page.url)}/")
    assert errors_on(refused) == ["Tick the box if the types of these columns are to change"]
    appended = load(dataset, page, **{"accept-types": "yes"})
    assert rows_of(dataset, "ref, name, amount::text, note") == [
        ("a1", "pens", "1", None),
        ("a2", "ink", "2", None),
        ("a3", "paper", "3", None),
        ("a4", None, "2.5", "new"),
    ]
    assert version_row(dataset, appended, "column_names, column_types") == (
        ["ref", "name", "amount", "note"],
        ["text", "text", "numeric", "text"],
    )


BAD = "ref,name,amount\na4,glue,4\na5,tape,many\na6,pins,x\na7,clips,7\n"


def refused_values(dataset: Dataset, content: str, mode: LoadMode, *keys: str, **fields: str) -> requests.Response:
    """A file of which some values are not of the chosen type, and what the page says of it."""
    page = choose(dataset, content, mode, *keys, **{"type-3": "integer", **fields})
    assert page.status_code == 422, page.text
    return page


@pytest.mark.parametrize(("mode", "keys", "added"), [("replace", [], None), ("append", [], 2), ("update", ["1"], 2)])
def test_the_other_rows_are_loaded_if_the_person_says_so_after_they_have_seen_the_wrong_ones(
    mode: str, keys: list[str], added: int | None, dataset: Dataset
) -> None:
    page = refused_values(dataset, BAD, LoadMode(mode), *keys)

    assert "Load the other 2 rows, without these 2" in re.sub(r"\s+", " ", page.text)
    file_id = id_in(page.url)
    fields = {"type-3": "integer", "mode": mode, "leave-out-rows": "2", **{f"key-{key}": "yes" for key in keys}}
    agreed = dataset.person.post(f"{dataset.path}verify/{file_id}/", fields)
    if mode == "replace":
        dataset.load_confirmed(file_id)
    else:
        load(dataset, agreed)
    there = [] if mode == "replace" else [(1, "a1", "pens", 1), (2, "a2", "ink", 2), (3, "a3", "paper", 3)]
    first = len(there) + 1
    assert rows_of(dataset) == [*there, (first, "a4", "glue", 4), (first + 1, "a7", "clips", 7)]
    assert version_row(dataset, file_id, "left_out, added, state") == (2, added, "completed")
    assert "2, because a value did not fit its column" in dataset.get(f"version/{file_id}/").text
    assert "2 left out" in dataset.get("").text
    assert "of which 2 were left out" in dataset.get(f"report/{file_id}/").text
    assert dataset.get(f"report/{file_id}/json/").json()["left_out"] == 2
    assert dataset.get(f"bad-values/{file_id}/").text.count("\r\n") == 3
    events = dataset.site.sql(
        "SELECT after -> 'left_out', after -> 'mode' FROM operations.upload_event"
        " WHERE version = %s AND action = 'confirm'",
        file_id,
    )
    assert events == [(2, mode if mode != "replace" else None)]


def test_another_number_than_was_agreed_is_refused_with_both(dataset: Dataset) -> None:
    refused = refused_values(dataset, BAD, LoadMode.REPLACE, **{"leave-out-rows": "1"})

    assert errors_on(refused)[0] == "You agreed to leave out 1 rows, and 2 do not fit now. Look at them again."


def test_a_restoration_between_the_numbers_and_the_load_is_noticed(dataset: Dataset) -> None:
    first = id_in(dataset.get("").text)
    dataset.load("ref,name,amount\nb1,rulers,9\n")
    page = choose(dataset, MORE, LoadMode.APPEND)
    dataset.person.post(f"{dataset.path}restore/{first}/")
    dataset.load_confirmed(first)

    refused = dataset.person.http.post(page.url, data={"csrfmiddlewaretoken": dataset.person.http.cookies["csrftoken"]})

    assert errors_on(refused)[0].startswith("Another version has come into use since this page was opened")
    assert numbers_on(refused) == "more.csv adds 3 rows, changes none, leaves 3 as they are, and removes none."
    assert len(rows_of(dataset)) == 3
    load(dataset, refused)
    assert len(rows_of(dataset)) == 6


def test_a_restoration_between_the_check_and_a_replacement_is_noticed(dataset: Dataset) -> None:
    first = id_in(dataset.get("").text)
    second = dataset.load(FIRST)
    verify = f"{dataset.path}verify/{id_in(dataset.person.upload(dataset.path, MORE).url)}/"
    dataset.person.post(f"{dataset.path}restore/{first}/")
    dataset.load_confirmed(first)

    (error,) = errors_on(dataset.person.post(verify, {"base": second}))

    assert error.startswith("Another version has come into use since this page was opened")
    assert "/uploaded/" in dataset.person.post(verify).url


def test_a_restoration_at_the_moment_of_the_confirmation_is_noticed(dataset: Dataset) -> None:
    first = id_in(dataset.get("").text)
    second = dataset.load(FIRST)
    page = choose(dataset, MORE, LoadMode.APPEND)
    answers: list[requests.Response] = []
    form = {"csrfmiddlewaretoken": dataset.person.http.cookies["csrftoken"]}
    confirm = threading.Thread(target=lambda: answers.append(dataset.person.http.post(page.url, data=form)))
    with psycopg.connect(dataset.site.database_url) as holder:
        # The confirmation has looked at what is in use, and waits for the dataset's row.
        holder.execute("SELECT FROM pipeline WHERE organisation || '.' || dataset = %s FOR UPDATE", [dataset.name])
        confirm.start()
        wait_until(lambda: dataset.site.sql(WAITING) == [(1,)], "the confirmation waits for a lock")
        holder.execute("UPDATE pipeline_data_file SET loaded_at = clock_timestamp() WHERE id = %s", [first])
    confirm.join(PATIENCE_SECONDS)

    (answer,) = answers
    assert answer.status_code == 409
    assert "Nothing of your file was loaded" in answer.text
    assert version_row(dataset, id_in(page.url), "state") == ("uploaded",)
    assert version_row(dataset, second, "state") == ("completed",)


def test_the_page_compares_with_what_is_proposed(dataset: Dataset) -> None:
    load(dataset, choose(dataset, MORE, LoadMode.APPEND))

    page = dataset.person.upload(dataset.path, "ref,amount\na5,5\n")

    assert "Together with the rows that are there" in page.text
    assert "Not in the file: name. Empty in the rows that are added" in page.text
    assert "will break" not in page.text
    assert "accept-changes" not in page.text
    replaced = dataset.person.post(page.url.removeprefix(dataset.site.url), {"mode": "replace"})
    assert errors_on(replaced) == ["Tick the box if this version is to replace the one in use"]
    assert "Queries that read name will break" in replaced.text
