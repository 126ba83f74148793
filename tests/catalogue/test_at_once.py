"""What people change of their own datasets is in lists and the search with the next page, and not a look later."""

import pytest

from tests.parts.site import UPLOADER, Site, Visitor


@pytest.fixture(scope="module")
def owner(site: Site) -> Visitor:
    return site.login(UPLOADER)


def test_a_new_dataset_is_found_by_its_name_then_by_what_is_said_of_it(owner: Visitor) -> None:
    path = owner.create_dataset()
    name = path.split("/")[3].removeprefix("dbt-")

    def is_found(words: str) -> bool:
        return f"/datasets/dbt/{name}/" in owner.get(f"/datasets/?q={words}").text

    assert is_found(name)
    owner.post(f"{path}about/title/", {"title": f"Whiffles {name}"})
    assert is_found(f"whiffle+{name}")
    owner.post(f"{path}about/description/", {"description": f"Of the burble {name}"})
    assert is_found(f"burbles+{name}")
    owner.load(path, "vorpal,tulgey\n1,2\n")
    assert owner.post(f"{path}columns/", {"about-vorpal": "How it went snicker-snack"}).ok
    assert is_found(f"snicker+{name}")
    assert owner.submit(owner.get(f"{path}manage/"), f"{path}archive/").ok
    assert not is_found(name)
    assert owner.submit(owner.get(f"{path}manage/"), f"{path}archive/").ok
    assert is_found(f"tulgey+{name}")
