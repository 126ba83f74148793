"""What people say that columns mean: from version to version, from a pasted list, and noted without names."""

import pytest

from tests.parts.service import Client
from tests.parts.site import READER, UPLOADER, id_in
from tests.uploads.described import describe, events, structure
from tests.uploads.test_versions import FIRST, SECOND, Dataset


def test_what_columns_mean_is_kept_across_versions_and_restorations(dataset: Dataset, client: Client) -> None:
    first = dataset.load(FIRST)
    describe(dataset, name="What is sold", amount="In boxes")
    dataset.load("name\nPens\n")
    assert "In boxes" in dataset.get("columns/").text, "it is listed as of a column that is gone"
    assert {"name": "name", "type": "TEXT", "description": "What is sold"} in structure(client, dataset)["columns"]  # type: ignore[operator]

    assert dataset.person.post(f"{dataset.path}restore/{first}/").ok
    dataset.load_confirmed(first)

    assert {"name": "amount", "type": "INTEGER", "description": "In boxes"} in structure(client, dataset)["columns"]  # type: ignore[operator]


@pytest.mark.parametrize(
    ("content", "name"),
    [("name,amounts\nPens,1\n", "amounts"), ("name,amount\nPens,1\n", "boxes")],
    ids=["a name like it", "renamed while it was checked"],
)
def test_the_description_of_a_renamed_column_is_proposed(dataset: Dataset, content: str, name: str) -> None:
    dataset.load(FIRST)
    describe(dataset, amount="How many there are")
    file_id = id_in(dataset.person.upload(dataset.path, content).url)
    dataset.person.post(f"{dataset.path}verify/{file_id}/", {"name-2": name, "accept-changes": "yes"})
    dataset.load_confirmed(file_id)

    page = dataset.get("columns/").text

    assert f'name="about-{name}" type="text" autocomplete="off" value="How many there are"' in page
    assert "what was said of amount, which the data no longer has" in page
    assert dataset.site.login(READER).get(f"{dataset.path}columns/").text.count("How many there are") == 1, (
        "readers see what was said, and of which column"
    )
    assert events(dataset, "describe columns") == [(UPLOADER.email, None, {"column 2": "How many there are"})]
    describe(dataset)
    assert "which the data no longer has" not in dataset.get("columns/").text


def test_a_pasted_list_fills_in_the_form_and_saves_nothing(dataset: Dataset) -> None:
    dataset.load(SECOND)
    pasted = "Column\tMeaning\nAMOUNT\tIn boxes, of  twelve\nregion\tWhere\ncolour\tWhich\n"
    page = dataset.person.post(f"{dataset.path}columns/", {"fill": "yes", "list": pasted, "about-name": "Sold"})

    assert page.status_code == 200
    assert "2 descriptions of your list are filled in below" in page.text
    assert "These are no columns of the data: Column, colour" in page.text
    assert 'value="In boxes, of twelve"' in page.text
    assert 'value="Sold"' in page.text, "what was typed stays"
    assert events(dataset, "describe columns") == []
    as_csv = dataset.person.post(
        f"{dataset.path}columns/", {"fill": "yes", "list": 'region,"Where, or near"\nname,a, b'}
    )
    assert 'value="Where, or near"' in as_csv.text
    assert 'value="a, b"' in as_csv.text
    wrong = dataset.person.post(f"{dataset.path}columns/", {"fill": "yes", "list": "nothing"})
    assert (wrong.status_code, "No line of the list begins with the name of a column" in wrong.text) == (422, True)


def test_four_hundred_columns_are_described_in_one_event_by_their_places(dataset: Dataset) -> None:
    names = [f"c{number}" for number in range(400)]
    dataset.load(",".join(names) + "\n" + ",".join(["1"] * 400) + "\n")

    describe(dataset, **{name: f"Means {name}" for name in names})

    ((_, before, after),) = events(dataset, "describe columns")
    assert before is None
    assert after == {f"column {number + 1}": f"Means c{number}" for number in range(400)}
    describe(dataset, c0="Something else", c1="")
    assert events(dataset, "describe columns")[1:] == [
        (UPLOADER.email, {"column 1": "Means c0"}, {"column 1": "Something else"}),
        (UPLOADER.email, {"column 2": "Means c1"}, None),
    ]
    long = dataset.person.post(f"{dataset.path}columns/", {"about-c2": "x" * 1001})
    assert (long.status_code, "What c2 means must be 1,000 characters or fewer" in long.text) == (422, True)


def test_readers_see_what_columns_mean_and_change_nothing(dataset: Dataset) -> None:
    dataset.load(FIRST)
    describe(dataset, amount="In boxes")
    reader = dataset.site.login(READER)

    page = reader.get(f"{dataset.path}columns/").text

    assert "In boxes" in page
    assert "<form" not in page
    assert reader.get(dataset.path.replace("/data/", "/created/")).url.endswith(dataset.path)
